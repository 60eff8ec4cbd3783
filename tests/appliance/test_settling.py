"""The end of a set-up on the tablet: both halves, cut anywhere, and never twice."""

import os
import threading
from pathlib import Path

import pytest

from vigbox.appliance.settling import Wish, alone, put_in_place, settle
from vigbox.appliance.waiting import prepare
from vigbox.casework.desk import Desk
from vigbox.casework.first_keys import FirstKeys
from vigbox.casework.recovery import current
from vigbox.casework.service import Service
from vigbox.casework.service_file import ServiceFile
from vigbox.casework.setup import AlreadySetUpError, NotNewError
from vigbox.config import Settings
from vigbox.seal.keyring import Keyring
from vigbox.seal.signing import SigningKey
from vigbox.store import durable
from vigbox.store.identity import read_box
from vigbox.store.layout import DataFolderError, Layout


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "data", run=tmp_path, work_factor=15)


@pytest.fixture
def layout(settings: Settings) -> Layout:
    found = Layout(settings.data)
    found.create()
    prepare(found, [settings.address])
    return found


@pytest.fixture
def wish() -> Wish:
    return Wish("Anna", Service(controller="Youth service"), FirstKeys.make(post_quantum=False))


def opened(layout: Layout, wish: Wish) -> Desk:
    keyring = Keyring()
    (path,) = layout.practitioners.glob("*.age")
    keyring.unlock(path.read_bytes(), wish.keys.passphrase)
    return Desk(layout, keyring)


def test_both_halves_make_a_box_that_the_shown_words_open(
    layout: Layout, settings: Settings, wish: Wish
) -> None:
    box = prepare(layout, [settings.address]).box
    settle(layout, settings, wish)
    assert not layout.box.exists()
    assert not layout.recorder_key.exists()
    put_in_place(layout)
    public = read_box(layout)
    assert public.box == box
    assert SigningKey.from_text(layout.recorder_key.read_text()).verify_key == public.recorder
    assert not layout.setup.exists()
    assert ServiceFile(layout, settings).now.controller == "Youth service"
    desk = opened(layout, wish)
    assert desk.me.name == "Anna"
    with desk.session() as casework:
        assert current(casework).proved_at
        assert current(casework).text == wish.keys.sheet.recipient
    desk.close()


def test_no_plain_key_of_the_authority_stays_anywhere(
    layout: Layout, settings: Settings, wish: Wish
) -> None:
    secret = prepare(layout, [settings.address]).authority.key_pem().decode().splitlines()[1]
    settle(layout, settings, wish)
    put_in_place(layout)
    files = [each for each in layout.data.rglob("*") if each.is_file()]
    assert not [each for each in files if secret.encode() in each.read_bytes()]


def test_a_box_that_is_settled_is_never_set_up_again(
    layout: Layout, settings: Settings, wish: Wish
) -> None:
    settle(layout, settings, wish)
    with pytest.raises(AlreadySetUpError):
        settle(layout, settings, wish)
    put_in_place(layout)
    before = layout.box.read_bytes()
    with pytest.raises(AlreadySetUpError):
        settle(layout, settings, wish)
    put_in_place(layout)
    assert layout.box.read_bytes() == before


def test_two_who_finish_at_the_same_time_make_one_box(
    layout: Layout, settings: Settings, wish: Wish
) -> None:
    other = Wish("Bea", Service(), FirstKeys.make(post_quantum=False))
    told: list[str] = []

    def finish(each: Wish) -> None:
        try:
            settle(layout, settings, each)
            told.append(each.name)
        except AlreadySetUpError:
            told.append("refused")

    threads = [threading.Thread(target=finish, args=(each,)) for each in (wish, other)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert told.count("refused") == 1
    put_in_place(layout)
    won = wish if "Anna" in told else other
    opened(layout, won).close()


def test_whoever_comes_while_another_finishes_is_refused(
    layout: Layout, settings: Settings, wish: Wish
) -> None:
    with alone(layout), pytest.raises(AlreadySetUpError, match="just now"):
        settle(layout, settings, wish)


class CutError(Exception):
    """The power went."""


@pytest.mark.parametrize("at", range(12))
def test_a_set_up_that_is_cut_can_be_done_again(
    layout: Layout, settings: Settings, wish: Wish, at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut after each of the files that are made in turn; whoever comes next begins anew."""
    made, real = 0, durable.sync_folder

    def cut(folder: Path) -> None:
        nonlocal made
        real(folder)
        made += 1
        if made > at:
            raise CutError

    monkeypatch.setattr(durable, "sync_folder", cut)
    try:
        settle(layout, settings, wish)
        is_cut = False
    except CutError:
        is_cut = True
    monkeypatch.undo()
    again = Wish("Bea", Service(), FirstKeys.make(post_quantum=False))
    if is_cut and not layout.settled.exists():
        with pytest.raises(DataFolderError, match="waits for its set-up"):
            put_in_place(layout)
        prepare(layout, [settings.address])
        settle(layout, settings, again)
        put_in_place(layout)
        opened(layout, again).close()
    else:
        put_in_place(layout)
        opened(layout, wish).close()


def test_what_root_puts_in_place_goes_on_after_a_cut(
    layout: Layout, settings: Settings, wish: Wish
) -> None:
    settle(layout, settings, wish)
    layout.recorder_key.write_text(layout.staged.recorder_key.read_text())
    layout.waiting.unlink()
    put_in_place(layout)
    opened(layout, wish).close()
    layout.setup.mkdir()
    (layout.setup / "box.json").write_text("left by a cut")
    put_in_place(layout)
    assert not layout.setup.exists()


def test_a_link_in_its_place_is_taken_away_and_not_what_it_names(
    layout: Layout, settings: Settings, wish: Wish
) -> None:
    settle(layout, settings, wish)
    put_in_place(layout)
    layout.setup.symlink_to(layout.recordings)
    layout.film("0").write_bytes(b"a film")
    put_in_place(layout)
    assert not os.path.lexists(layout.setup)
    assert layout.film("0").exists()
    assert list(layout.data.glob("set-up-*")) == []


def test_nothing_is_put_in_place_of_a_box_that_lost_its_box_json(
    layout: Layout, settings: Settings, wish: Wish
) -> None:
    settle(layout, settings, wish)
    layout.film("0").write_bytes(b"a film")
    with pytest.raises(NotNewError):
        put_in_place(layout)
    assert not layout.box.exists()
    assert not layout.recorder_key.exists()


def test_root_takes_no_key_that_is_not_the_recorders(
    layout: Layout, settings: Settings, wish: Wish
) -> None:
    settle(layout, settings, wish)
    layout.staged.recorder_key.write_text(SigningKey.generate().to_text())
    with pytest.raises(DataFolderError, match="not the recorder's"):
        put_in_place(layout)
    assert not layout.box.exists()
