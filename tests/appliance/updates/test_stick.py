"""A stick is looked on, and says nothing that is not worth a word."""

import io
import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.appliance.updates.made import STRANGER, update_of, wish
from tests.appliance.updates.twin import UNITS
from tests.faults.card import why_not
from vigbox.appliance.hint import is_said
from vigbox.appliance.updates.staging import Staging
from vigbox.appliance.updates.steps import Journal, Update
from vigbox.appliance.updates.stick import look_in, look_on
from vigbox.appliance.updates.wished import serve
from vigbox.casework.schema import HEAD
from vigbox.cli import main


def go_back(staging: Staging, version: str = "0.2.0") -> None:
    """Go back from a version to the one that the twin has."""
    staging.place.folder.mkdir(exist_ok=True)
    update = Update(staging.place.folder, staging.machine, lambda _: None, staging.place.hint)
    update.write(Journal("going back", version, "1", HEAD, UNITS, host="box"), "It was ill.")
    update.go_on()
    assert staging.place.status()["state"] == "gone back"


@pytest.mark.parametrize("state", ["waiting", "installing", "proving"])
def test_a_stick_says_nothing_while_an_update_is_under_way(
    staging: Staging, tmp_path: Path, state: str
) -> None:
    staging.take(io.BytesIO(update_of()), "page")
    staging.place.told.write_text(json.dumps({"state": state}))
    (tmp_path / "a.update").write_bytes(update_of(version="0.3.0"))
    (tmp_path / "b.update").write_bytes(update_of(key=STRANGER))
    look_in(tmp_path, staging, is_by_itself=False)
    assert staging.place.status() == {"state": state}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root looks on a stick")
def test_a_mistake_in_the_settings_keeps_no_stick_from_being_looked_at(
    staging: Staging, tmp_path: Path
) -> None:
    (tmp_path / "vigbox.toml").write_text("update_from_stick = yes")
    given = ["--settings", str(tmp_path / "vigbox.toml"), "--data", str(staging.place.data)]
    (tmp_path / "none.img").write_bytes(bytes(1 << 20))
    assert main(["update", "--stick", str(tmp_path / "none.img"), *given]) == 0
    assert staging.place.status() == {}


def test_a_stick_s_newest_update_is_offered_and_installed_when_it_is_wished(
    staging: Staging, tmp_path: Path
) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    (stick / "vigbox_0.2.0_amd64.update").write_bytes(update_of())
    (stick / "vigbox_0.3.0_amd64.update").write_bytes(update_of(key=STRANGER, version="0.3.0"))
    look_in(stick, staging, is_by_itself=False)
    told = staging.place.status()
    assert (told["state"], told["version"], told["changes"]) == ("offered", "0.2.0", "- More.")
    assert not staging.place.is_under_way()
    wish(staging, install="stick")
    serve(staging.place, lambda: staging)
    assert staging.place.is_under_way()
    assert not staging.place.offered.exists()


@pytest.mark.parametrize("is_by_itself", [True, False])
def test_of_a_stick_s_updates_the_newest_version_counts_and_not_the_name(
    staging: Staging, tmp_path: Path, *, is_by_itself: bool
) -> None:
    for version, name in (("0.9.0", "vigbox_0.9.0"), ("0.10.0", "vigbox_0.10.0"), ("0.2.0", "z")):
        (tmp_path / f"{name}.update").write_bytes(update_of(version=version))
    look_in(tmp_path, staging, is_by_itself=is_by_itself)
    assert staging.place.status()["version"] == "0.10.0"
    assert staging.place.is_under_way() == is_by_itself


def test_older_updates_beside_the_one_that_runs_are_not_worth_a_word(
    staging: Staging, tmp_path: Path
) -> None:
    for version in ("0.0.9", "0.1.0"):
        (tmp_path / f"{version}.update").write_bytes(update_of(version=version))
    look_in(tmp_path, staging, is_by_itself=True)
    assert staging.place.status() == {}


def test_a_stick_installs_by_itself_where_the_settings_say_so(
    staging: Staging, tmp_path: Path
) -> None:
    (tmp_path / "a.update").write_bytes(update_of())
    look_in(tmp_path, staging, is_by_itself=True)
    assert staging.place.is_under_way()


def test_a_stick_with_nothing_to_install_says_why_and_one_without_updates_says_nothing(
    staging: Staging, tmp_path: Path
) -> None:
    look_in(tmp_path / "none", staging, is_by_itself=False)
    assert staging.place.status() == {}
    (tmp_path / "a.update").write_bytes(update_of(version="0.0.1"))
    (tmp_path / "b.update").symlink_to("/dev/zero")
    look_in(tmp_path, staging, is_by_itself=False)
    assert staging.place.status()["state"] == "refused"
    assert is_said(staging.place.hint), "whoever put it in sees the lamp alone"
    assert not staging.place.offered.exists()


def test_a_stick_that_stays_in_the_box_says_nothing_of_what_is_installed(
    staging: Staging, tmp_path: Path
) -> None:
    (tmp_path / "a.update").write_bytes(update_of(version="0.1.0"))
    look_in(tmp_path, staging, is_by_itself=True)
    assert staging.place.status() == {}


@pytest.mark.parametrize("is_by_itself", [True, False])
def test_a_stick_that_stays_in_brings_nothing_back_that_was_gone_back_from(
    staging: Staging, tmp_path: Path, *, is_by_itself: bool
) -> None:
    (tmp_path / "a.update").write_bytes(update_of())
    (tmp_path / "b.update").write_bytes(update_of(key=STRANGER))
    go_back(staging)
    before = staging.place.status()
    look_in(tmp_path, staging, is_by_itself=is_by_itself)
    assert not staging.place.is_under_way()
    assert staging.place.status() == before
    assert is_said(staging.place.hint)
    (tmp_path / "c.update").write_bytes(update_of(version="0.3.0"))
    look_in(tmp_path, staging, is_by_itself=is_by_itself)
    assert staging.place.is_under_way() == is_by_itself
    assert staging.place.status()["version"] == "0.3.0"


def test_of_two_versions_that_were_gone_back_from_neither_follows_the_other(
    staging: Staging, tmp_path: Path
) -> None:
    for version in ("0.2.0", "0.3.0"):
        (tmp_path / f"{version}.update").write_bytes(update_of(version=version))
        go_back(staging, version)
    # whatever is told since: the page can ask for something that is refused
    staging.place.told.write_text(json.dumps({"state": "refused"}))
    look_in(tmp_path, staging, is_by_itself=True)
    assert not staging.place.is_under_way()
    staging.take(io.BytesIO(update_of()), "page")
    assert staging.place.is_under_way(), "whoever gives its file on the page tries again"


def test_when_a_version_stayed_what_was_gone_back_from_before_is_forgotten(
    staging: Staging, tmp_path: Path
) -> None:
    go_back(staging)
    folder = staging.place.folder
    (folder / "next.deb").write_text("2")
    update = Update(folder, staging.machine, lambda _: None, staging.place.hint)
    update.write(Journal("waiting", "2", "1", HEAD, UNITS, host="box"))
    update.go_on()
    assert staging.place.status()["state"] == "done"
    (tmp_path / "a.update").write_bytes(update_of())
    look_in(tmp_path, staging, is_by_itself=True)
    assert staging.place.is_under_way()


@pytest.mark.skipif(bool(why_not()), reason=str(why_not()))
def test_a_stick_is_mounted_to_be_read_and_let_go(
    staging: Staging, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # not every kernel has FAT
    monkeypatch.setattr("vigbox.appliance.updates.stick.TYPES", "ext4")
    (tmp_path / "stick/vigbox").mkdir(parents=True)
    (tmp_path / "stick/vigbox/a.update").write_bytes(update_of())
    image = tmp_path / "stick.img"
    subprocess.run(
        ["mkfs.ext4", "-q", "-d", tmp_path / "stick", image, "8M"], check=True, capture_output=True
    )
    look_on(image, staging, is_by_itself=False)
    assert staging.place.status()["state"] == "offered"
    assert str(image) not in Path("/proc/mounts").read_text()
    (tmp_path / "none.img").write_bytes(bytes(1 << 20))
    staging.place.told.unlink()
    look_on(tmp_path / "none.img", staging, is_by_itself=False)
    assert staging.place.status() == {}
