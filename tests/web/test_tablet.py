"""The tablet's time goes to the recorder with an unlock; the page is calm about an unsure one."""

import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.web.conftest import ORIGIN, Place, a_family
from vigbox.model import Life
from vigbox.seal.signing import SigningKey
from vigbox.store import manifests
from vigbox.web.tablet import TabletTime, box_time, today

AT = datetime(2026, 11, 21, 19, 40, tzinfo=UTC)


def until_set_right() -> None:
    for each in threading.enumerate():
        if each.name == "after-unlock":
            each.join(20)


def unlock(place: Place, **more: str) -> None:
    words = {"passphrase": place.secrets.passphrase, **more}
    answer = place.client().post("/unlock", data=words, headers=ORIGIN)
    assert answer.status_code == 302
    until_set_right()


def test_an_unlock_tells_the_recorder_the_tablets_time_under_a_grant(place: Place) -> None:
    unlock(place, tablet_at=AT.isoformat().replace("+00:00", "Z"))
    told = datetime.fromisoformat(place.recorder.facts("clock")["at"])
    assert timedelta(0) <= told - AT < timedelta(seconds=30), "the passphrase takes its time"


@pytest.mark.parametrize("told", ["", "now", "2026-11-21T19:40:00", "9999-12-31T23:59:59-14:00"])
def test_what_is_no_time_is_not_passed_on(place: Place, told: str) -> None:
    place.recorder.asked.clear()
    unlock(place, tablet_at=told)
    assert "clock" not in {each["do"] for each in place.recorder.asked}


def test_the_time_goes_on_while_the_passphrase_is_tried() -> None:
    passed_s = [5.0]
    tablet = TabletTime(AT.isoformat(), lambda: passed_s[0])
    passed_s[0] = 7.5
    assert tablet.now() == AT + timedelta(seconds=2.5)


@pytest.mark.parametrize(
    ("zone", "day"), [("UTC", 21), ("Europe/Amsterdam", 22), ("America/New_York", 21)]
)
def test_a_day_ends_where_the_box_stands(
    place: Place, monkeypatch: pytest.MonkeyPatch, zone: str, day: int
) -> None:
    late = AT.replace(hour=23, minute=30)
    place.recorder.clock = {"at": late.isoformat(), "source": "chip"}
    try:
        with monkeypatch.context() as there:
            there.setenv("TZ", zone)
            time.tzset()
            assert today(place.services).day == day
    finally:
        time.tzset()
        place.recorder.clock = {}


def test_a_time_that_the_recorder_refuses_is_told_on_the_page(place: Place) -> None:
    place.recorder.refusals["clock"] = "This tablet says it is 1999-01-01. Set the tablet's date."
    client = place.client()
    words = {"passphrase": place.secrets.passphrase, "tablet_at": AT.isoformat()}
    client.post("/unlock", data=words, headers=ORIGIN)
    until_set_right()
    del place.recorder.refusals["clock"]
    assert "Set the tablet&#39;s date" in client.get("/").text


def test_the_box_is_armed_by_the_recorders_time(place: Place) -> None:
    place.recorder.clock = {"at": AT.isoformat(), "source": "unsure"}
    assert box_time(place.services) == AT
    case, mother, _ = a_family(place, "VIG-CLOCK")
    words = {"in_shot": str(mother)}
    answer = place.unlocked().post(f"/cases/{case}/arm", data=words, headers=ORIGIN)
    assert answer.status_code == 302, answer.text
    until = place.recorder.facts("arm")["arming"]["valid_until_at"]
    assert datetime.fromisoformat(until) == AT + timedelta(days=7)


@pytest.mark.parametrize(("clock", "is_told"), [("unsure", True), ("tablet", False), ("", False)])
def test_a_recording_whose_clock_was_unsure_says_so_calmly(
    place: Place,
    drawn_film: bytes,
    clock: str,
    is_told: bool,  # noqa: FBT001
) -> None:
    recording = place.keep(drawn_film, Life.FINISHED)
    path = place.layout.manifest(recording)
    key = SigningKey.from_text(place.layout.recorder_key.read_text())
    manifests.write(place.layout, replace(manifests.read(path), clock=clock), key)
    client = place.unlocked()
    assert ("may be wrong" in client.get(f"/recordings/{recording}").text) == is_told
    assert ("not sure" in client.get("/").text) == is_told
    path.unlink()


def test_the_unlock_page_sends_the_time_by_a_script_of_its_own(place: Place) -> None:
    page = place.client().get("/unlock").text
    assert "tablet.js" in page
    assert 'name="tablet_at"' in page
