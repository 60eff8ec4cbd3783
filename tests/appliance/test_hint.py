"""The lamp's word: who looks at the box leaves it, and it is what the page would say."""

import fcntl
import json
import signal
import time
from pathlib import Path

import pytest

from tests.appliance.test_prepare import prepared
from tests.appliance.test_watch import Air, air, watch
from vigbox.appliance.hint import NAME, is_said, say
from vigbox.appliance.updates.finding import last_update
from vigbox.appliance.updates.place import Place
from vigbox.appliance.updates.steps import Box, Journal, Update

__all__ = ["air"]


def test_what_is_said_is_said_until_it_is_taken_back(tmp_path: Path) -> None:
    path = tmp_path / NAME
    assert not is_said(path)
    say(path, is_well=False)
    assert is_said(path)
    assert path.stat().st_mode & 0o777 == 0o644
    say(path, is_well=True)
    assert not is_said(path)
    assert [each.name for each in tmp_path.iterdir()] == [NAME]


def test_a_wifi_in_trouble_asks_for_a_look_until_it_is_up(tmp_path: Path, air: Air) -> None:
    prepared(tmp_path)
    air.refuses = "Not authorized to control networking."
    watched = watch(tmp_path, air)
    watched.look()
    assert is_said(tmp_path / NAME)
    air.refuses = ""
    watched.look()
    assert not is_said(tmp_path / NAME)


def test_who_holds_the_file_back_holds_up_nobody(tmp_path: Path) -> None:
    """A lease makes an opener wait for up to 45 s (fcntl(2)), who does not refuse to."""
    path = tmp_path / NAME
    say(path, is_well=False)
    before = signal.signal(signal.SIGIO, signal.SIG_IGN)  # its holder is told
    try:
        with path.open("r+b") as held:
            fcntl.fcntl(held, fcntl.F_SETLEASE, fcntl.F_WRLCK)
            began = time.monotonic()
            assert not is_said(path)
            assert time.monotonic() - began < 10
    finally:
        signal.signal(signal.SIGIO, before)
    assert is_said(path)


@pytest.mark.parametrize(
    ("state", "is_asked"),
    [("refused", True), ("gone back", True), ("installing", False), ("done", False)],
)
def test_an_update_that_went_wrong_asks_for_a_look_and_is_not_well_on_the_page(
    tmp_path: Path, state: str, *, is_asked: bool
) -> None:
    place = Place(tmp_path / "data", tmp_path / NAME)
    place.folder.mkdir(parents=True)
    say(place.hint, is_well=is_asked is False)
    update = Update(place.folder, Box(), lambda _: None, place.hint)
    update.tell(state, Journal(state, "0.2.0", "0.1.0", ""), "The page does not answer.")
    assert json.loads(place.told.read_text())["state"] == state
    assert is_said(place.hint) is is_asked
    assert all(each.is_well for each in last_update(place)) is not is_asked


def test_an_update_refused_before_the_box_was_switched_off_is_told_and_is_well(
    tmp_path: Path,
) -> None:
    place = Place(tmp_path, tmp_path / NAME)
    place.told.write_text(json.dumps({"state": "refused", "why": "It is too old."}))
    (found,) = last_update(place)
    assert found.is_well
    assert "It is too old." in found.says
