"""A set-up that is cut at any point is done again, and nothing that was left is used."""

import os
from pathlib import Path

import pytest

from tests.appliance.test_certificates import leaf, opened
from vigbox.appliance.authority import name_of
from vigbox.appliance.certificates import open_issuer
from vigbox.appliance.setup import setting_up
from vigbox.casework.setup import AlreadySetUpError, Making, Secrets
from vigbox.seal.errors import NoMatchError
from vigbox.seal.identities import parse_identity
from vigbox.seal.opening import open_bytes
from vigbox.store.identity import read_box
from vigbox.store.layout import Layout

ADDRESSES = ["10.42.0.1"]
MAKING = Making("Anna", 10)
WEB, RECORDER = 54_321, 54_322
FILES = 11
"""Whole files that a set-up writes beside the database: ``box.id`` first, ``box.json`` last."""


class CutError(Exception):
    """The power went."""


class Cut:
    """Ends the set-up before a file of it is there; counts them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, at: int) -> None:
        self.seen: list[str] = []
        self._at = at
        self._replace = Path.replace
        # a plain function, which a path binds
        monkeypatch.setattr(Path, "replace", lambda path, to: self.replace(path, to))  # noqa: PLW0108

    def replace(self, path: Path, to: Path) -> Path:
        if len(self.seen) == self._at:
            raise CutError
        self.seen.append(to.name)
        return self._replace(path, to)


def done(layout: Layout) -> Secrets:
    with setting_up(layout, ADDRESSES, MAKING) as made:
        pass
    return made.secrets


def works(layout: Layout, secrets: Secrets) -> None:
    public, desk = read_box(layout), opened(layout, secrets.passphrase)
    assert desk.me.name == "Anna"
    assert desk.arming_key().verify_key == public.arming
    assert open_issuer(desk).box_name == name_of(public.box)
    assert name_of(public.box) in str(leaf(layout).extensions)
    desk.close()
    sheet = parse_identity(secrets.recovery)
    for path in (layout.authority_key, layout.arming_key, layout.database_key):
        assert open_bytes(path.read_bytes(), [sheet])
    assert len(list(layout.practitioners.iterdir())) == 1


@pytest.mark.parametrize("at", range(FILES))
def test_one_that_is_cut_before_a_file_is_done_again(
    tmp_path: Path, at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout, before = Layout(tmp_path), None
    with monkeypatch.context() as patched:
        Cut(patched, at)
        with pytest.raises(CutError), setting_up(layout, ADDRESSES, MAKING) as made:
            before = made.secrets
    assert not layout.box.exists()
    works(layout, done(layout))
    if before is not None:
        with pytest.raises(NoMatchError):
            open_bytes(layout.authority_key.read_bytes(), [parse_identity(before.recovery)])


def test_the_id_is_written_first_and_the_public_keys_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut = Cut(monkeypatch, FILES)
    done(Layout(tmp_path))
    assert len(cut.seen) == FILES
    assert (cut.seen[0], cut.seen[-1]) == ("box.id", "box.json")


@pytest.mark.parametrize("at", [1, 5, FILES - 1])
def test_one_that_was_cut_and_is_done_again_is_the_same_box(
    tmp_path: Path, at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout = Layout(tmp_path)
    with monkeypatch.context() as patched:
        Cut(patched, at)
        with pytest.raises(CutError):
            done(layout)
    chosen = layout.chosen_id.read_text().strip()
    done(layout)
    assert read_box(layout).box == chosen


def test_one_whose_secrets_nobody_could_be_shown_is_done_again(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    with pytest.raises(CutError), setting_up(layout, ADDRESSES, MAKING):
        raise CutError
    works(layout, done(layout))


def test_what_is_set_up_is_left_alone(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    secrets = done(layout)
    with pytest.raises(AlreadySetUpError), setting_up(layout, ADDRESSES, MAKING):
        pass
    works(layout, secrets)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands over")
def test_the_files_are_their_users_before_the_services_begin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout = Layout(tmp_path)
    layout.create()
    for name, user in (("web", WEB), ("identities", WEB), ("recorder", RECORDER), ("tls", WEB)):
        os.chown(layout.data / name, user, user)
    before = os.umask(0o077)
    try:
        replace = Path.replace
        owners: list[int] = []

        def look(path: Path, to: Path) -> Path:
            if to == layout.box:
                owners.extend(each.stat().st_uid for each in (layout.certificate, layout.database))
            return replace(path, to)

        monkeypatch.setattr(Path, "replace", look)
        done(layout)
        assert owners == [WEB, WEB]
    finally:
        os.umask(before)
    assert layout.box.stat().st_uid == 0
    assert layout.box.stat().st_mode & 0o777 == 0o644
    assert layout.recorder_key.stat().st_uid == RECORDER
    assert not list(layout.data.glob("case.db-*"))
