"""``vigbox update`` on a box: what it asks of systemd, which others may have asked before."""

from pathlib import Path

import pytest

from vigbox.cli.update import NotUpdatedError, begin


@pytest.fixture
def systemctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A systemctl that notes what it is asked; a file ``fails`` beside it names what it cannot."""
    program = tmp_path / "systemctl"
    program.write_text(
        f'#!/bin/sh\necho "$*" >> {tmp_path}/asked\n'
        f'grep -qx -- "$1" {tmp_path}/fails 2>/dev/null || exit 0\n'
        'echo "no, it is masked" >&2\nexit 1\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path


def asked(systemctl: Path) -> list[str]:
    return (systemctl / "asked").read_text().splitlines()


def test_an_update_begins_however_often_the_page_asked_before(systemctl: Path) -> None:
    begin()
    # systemd starts nothing that was started too often, until that is forgotten
    assert asked(systemctl) == [
        "reset-failed vigbox-update.service", "start --no-block vigbox-update.service"
    ]  # fmt: skip


def test_a_unit_that_never_failed_is_begun_all_the_same(systemctl: Path) -> None:
    (systemctl / "fails").write_text("reset-failed\n")
    begin()
    assert asked(systemctl)[-1].startswith("start ")


def test_what_systemd_refuses_is_said_with_what_happens_now(systemctl: Path) -> None:
    (systemctl / "fails").write_text("start\n")
    with pytest.raises(NotUpdatedError, match=r"\(no, it is masked\).* at the next boot"):
        begin()
