"""Lanes: made in the background, kept sealed, forgotten at the lock, erased with their film."""

import base64
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient

from tests.journeys import demo
from tests.media import drawn
from tests.web.conftest import ORIGIN, Place
from vigbox.casework.desk import Desk
from vigbox.media.boxes import ReadAt
from vigbox.media.fragments import FilmIndex
from vigbox.media.lanes import Lanes, LanesError, unpacked
from vigbox.media.speech import Samples
from vigbox.media.strip import Strip
from vigbox.model import Life
from vigbox.seal.opening import open_bytes
from vigbox.seal.sealing import seal_bytes
from vigbox.store import manifests
from vigbox.web.erasing import Erasing
from vigbox.web.lane_making import DAMAGED, Makers, Told
from vigbox.web.lane_standing import IN_LINE, RECORDING_GOES_ON, Standing, State
from vigbox.web.lane_work import STILL_FILMED, LaneWork

MARKER = b"a plain marker of 32 bytes......"
LOOK_S = 0.02
PATIENCE_S = 60.0


class CannotError(Exception):
    """A decoder that fails as decoders do."""


@dataclass
class Drawn:
    """Makers that count, wait where they are told to, and fail when they are told to."""

    made: list[int] = field(default_factory=list)
    is_open: threading.Event = field(default_factory=threading.Event)
    at_gate: threading.Event = field(default_factory=threading.Event)
    fails: bool = False
    reads: int = 0

    def __post_init__(self) -> None:
        self.is_open.set()

    def makers(self) -> Makers:
        return Makers(self.strip, self.wave, self.motion, self.samples)

    def strip(self, index: FilmIndex, read_at: ReadAt, told: Told) -> Strip:
        self.made.append(index.end)
        while True:
            read_at(0, 100)
            self.reads += 1
            told(0.5)
            self.at_gate.set()
            if self.is_open.wait(LOOK_S):
                break
        self._may_fail()
        return Strip(MARKER, 1, 160, 90, [0])

    def wave(self, index: FilmIndex, read_at: ReadAt, told: Told) -> bytes:
        self._may_fail()
        for offset in range(0, index.end, 1 << 16):
            read_at(offset, 1 << 16)
            told(offset / index.end)
        return MARKER * 4

    def motion(self, _index: FilmIndex) -> bytes:
        self._may_fail()
        return MARKER

    def samples(self, _index: FilmIndex, _read_at: ReadAt) -> Iterator[Samples]:
        yield np.zeros(16_000, np.float32)
        self._may_fail()

    def _may_fail(self) -> None:
        if self.fails:
            raise CannotError


@dataclass
class Workshop:
    """The work on lanes beside a real box, with drawn makers."""

    place: Place
    makers: Drawn
    work: LaneWork
    desk: Desk

    def standing(self, recording: str) -> Standing:
        manifest = manifests.read(self.place.layout.manifest(recording))
        return self.work.standing(self.desk, manifest)

    def is_in(self, recording: str, state: State) -> Callable[[], bool]:
        return lambda: self.standing(recording).state is state

    def ready(self, recording: str) -> Standing:
        until(self.is_in(recording, State.READY))
        return self.standing(recording)

    def lane(self, recording: str) -> Path:
        return self.place.layout.lane(recording)

    def opened(self, recording: str) -> bytes:
        return open_bytes(
            self.lane(recording).read_bytes(), self.desk.case_identities(self.place.case)
        )


@pytest.fixture
def workshop(place: Place) -> Iterator[Workshop]:
    for each in [*place.layout.recordings.iterdir(), *place.layout.lanes.iterdir()]:
        each.unlink()
    at, makers = place.services, Drawn()
    work = LaneWork(place.layout, at.public, at.recorder, makers.makers(), LOOK_S)
    desk = place.desk()
    yield Workshop(place, makers, work, desk)
    place.recorder.recording = None
    makers.is_open.set()
    work.forget()
    at.door.lock()
    until(lambda: not working())
    desk.close()


def until(is_so: Callable[[], bool]) -> None:
    """Wait for what the thread does."""
    demo.until("what the thread does", is_so, PATIENCE_S)


def working() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name == "lanes"]


def begin(shop: Workshop) -> None:
    shop.work.begin(shop.desk)


def test_lanes_are_made_after_an_unlock_without_anybody_asking(
    workshop: Workshop, drawn_film: bytes
) -> None:
    recording = workshop.place.keep(drawn_film)
    begin(workshop)
    until(workshop.lane(recording).exists)
    lanes = unpacked(workshop.opened(recording), workshop.work.cache.film_bytes(recording))
    assert (lanes.wave, lanes.motion) == (MARKER * 4, MARKER)
    assert lanes.strip is not None
    assert lanes.strip.jpeg == MARKER
    assert workshop.standing(recording).lanes == lanes


def test_nothing_plain_is_on_the_card(workshop: Workshop, drawn_film: bytes) -> None:
    recording = workshop.place.keep(drawn_film)
    workshop.ready(recording)
    assert MARKER in workshop.opened(recording), "or the search would prove nothing"
    files = [each for each in workshop.place.layout.data.rglob("*") if each.is_file()]
    assert workshop.lane(recording) in files
    assert not [each for each in files if MARKER in each.read_bytes()]


def test_while_the_recorder_records_nothing_is_made(workshop: Workshop, drawn_film: bytes) -> None:
    workshop.place.recorder.recording = "0" * 32
    recording = workshop.place.keep(drawn_film)
    until(lambda: workshop.standing(recording).why == RECORDING_GOES_ON)
    assert workshop.standing(recording).state is State.WAITING
    assert workshop.makers.made == []
    workshop.place.recorder.recording = None
    workshop.ready(recording)


def test_recording_that_begins_holds_the_work_and_loses_none_of_it(
    workshop: Workshop, drawn_film: bytes
) -> None:
    workshop.makers.is_open.clear()
    recording = workshop.place.keep(drawn_film)
    until(workshop.is_in(recording, State.WORKING))
    assert workshop.makers.at_gate.wait(PATIENCE_S)
    workshop.place.recorder.recording = "0" * 32
    until(lambda: workshop.standing(recording).why == RECORDING_GOES_ON)
    workshop.makers.is_open.set()
    assert workshop.standing(recording).progress > 0
    assert not workshop.lane(recording).exists()
    workshop.place.recorder.recording = None
    workshop.ready(recording)
    assert len(workshop.makers.made) == 1


def test_film_that_is_being_made_waits(workshop: Workshop, drawn_film: bytes) -> None:
    recording = workshop.place.keep(drawn_film, Life.RECORDING)
    assert workshop.standing(recording) == Standing(State.WAITING, why=STILL_FILMED)


def test_film_that_is_watched_comes_before_the_one_in_hand(
    workshop: Workshop, drawn_film: bytes
) -> None:
    workshop.makers.is_open.clear()
    first = workshop.place.keep(drawn_film, recording="a" * 32)
    watched = workshop.place.keep(drawn_film, recording="1" * 32)
    begin(workshop)
    assert workshop.makers.at_gate.wait(PATIENCE_S)
    until(workshop.is_in(watched, State.WORKING))
    until(lambda: workshop.standing(watched).progress > 0)
    workshop.makers.is_open.set()
    workshop.ready(watched)
    until(workshop.lane(first).exists)


def test_two_films_that_are_watched_do_not_push_each_other_away(
    workshop: Workshop, drawn_film: bytes
) -> None:
    one, other = workshop.place.keep(drawn_film), workshop.place.keep(drawn_film)
    workshop.makers.is_open.clear()
    until(workshop.is_in(one, State.WORKING))
    assert workshop.standing(other) == Standing(State.WAITING, why=IN_LINE)
    seen = workshop.makers.reads
    until(lambda: workshop.makers.reads > seen + 3)
    assert workshop.standing(one).state is State.WORKING
    begun = len(workshop.makers.made)
    workshop.makers.is_open.set()
    workshop.ready(one)
    workshop.ready(other)
    assert len(workshop.makers.made) == begun + 1


def test_lock_in_the_middle_stops_at_once_and_forgets(
    workshop: Workshop, drawn_film: bytes
) -> None:
    at, layout = workshop.place.services, workshop.place.layout
    makers = workshop.makers.makers()
    # a thread that looks about only each minute stops as soon
    work = LaneWork(layout, at.public, at.recorder, makers, look_s=60)
    shop = Workshop(workshop.place, workshop.makers, work, workshop.desk)
    shop.ready(shop.place.keep(drawn_film))
    shop.makers.is_open.clear()
    shop.makers.at_gate.clear()
    recording = shop.place.keep(drawn_film)
    until(shop.is_in(recording, State.WORKING))
    assert shop.makers.at_gate.wait(PATIENCE_S)
    (thread,) = working()
    work.forget()
    thread.join(PATIENCE_S)
    assert not thread.is_alive()
    assert not shop.lane(recording).exists()
    assert not work.cache._held


def test_keyring_that_locks_by_itself_ends_the_work(workshop: Workshop, drawn_film: bytes) -> None:
    workshop.makers.is_open.clear()
    recording = workshop.place.keep(drawn_film)
    begin(workshop)
    assert workshop.makers.at_gate.wait(PATIENCE_S)
    workshop.desk.keyring.lock()
    until(lambda: not working())
    assert not workshop.lane(recording).exists()


def test_restart_finds_what_was_kept(workshop: Workshop, drawn_film: bytes) -> None:
    recording = workshop.place.keep(drawn_film)
    before = workshop.ready(recording)
    at, makers = workshop.place.services, Drawn()
    again = LaneWork(workshop.place.layout, at.public, at.recorder, makers.makers())
    manifest = manifests.read(workshop.place.layout.manifest(recording))
    assert again.standing(workshop.desk, manifest) == before
    film_bytes = again.cache.film_bytes(recording)
    identities = workshop.desk.case_identities(workshop.place.case)
    assert again.cache.is_kept(recording, film_bytes, identities)
    assert not again.cache.is_kept(recording, film_bytes + 1, identities)
    third = workshop.place.keep(drawn_film)
    again.begin(workshop.desk)
    until(workshop.lane(third).exists)
    again.forget()
    assert len(makers.made) == 1


@pytest.mark.parametrize("left", [0, 40, 300])
def test_cut_cache_is_made_anew(workshop: Workshop, drawn_film: bytes, left: int) -> None:
    recording = workshop.place.keep(drawn_film)
    workshop.ready(recording)
    workshop.work.cache.forget()
    whole = workshop.lane(recording).read_bytes()
    workshop.lane(recording).write_bytes(whole[:left])
    workshop.ready(recording)
    assert len(workshop.makers.made) == 2
    assert len(workshop.lane(recording).read_bytes()) == len(whole)


def test_cache_of_another_version_is_not_taken(workshop: Workshop, drawn_film: bytes) -> None:
    recording = workshop.place.keep(drawn_film)
    workshop.ready(recording)
    film_bytes = workshop.work.cache.film_bytes(recording)
    older = workshop.opened(recording).replace(b'"version": 1', b'"version": 0')
    with pytest.raises(LanesError):
        unpacked(older, film_bytes)
    with pytest.raises(LanesError):
        unpacked(workshop.opened(recording), film_bytes - 1)
    with pytest.raises(LanesError):
        unpacked(workshop.opened(recording)[:-1], film_bytes)


def test_interrupted_film_is_made_anew_once_it_is_finished(
    workshop: Workshop, drawn_film: bytes
) -> None:
    recording = workshop.place.keep(drawn_film[: 3 << 16], Life.INTERRUPTED)
    workshop.ready(recording)
    workshop.place.keep(drawn_film[: 2 << 16], Life.FINISHED, recording)
    workshop.ready(recording)
    assert len(workshop.makers.made) == 2
    assert workshop.makers.made[1] < workshop.makers.made[0]


def test_film_that_fails_is_told_and_keeps_no_other_from_being_made(
    workshop: Workshop, drawn_film: bytes
) -> None:
    workshop.makers.fails = True
    bad = workshop.place.keep(drawn_film)
    until(workshop.is_in(bad, State.FAILED))
    assert "could" in workshop.standing(bad).why
    workshop.makers.fails = False
    empty, good = workshop.place.keep(b""), workshop.place.keep(drawn_film)
    workshop.ready(good)
    until(workshop.is_in(empty, State.FAILED))
    assert workshop.standing(bad).state is State.FAILED, "once an unlock is enough"


def test_of_a_damaged_film_what_can_be_read_is_shown(
    workshop: Workshop, caplog: pytest.LogCaptureFixture
) -> None:
    at, layout = workshop.place.services, workshop.place.layout
    work = LaneWork(layout, at.public, at.recorder, Makers(), LOOK_S)
    shop = Workshop(workshop.place, workshop.makers, work, workshop.desk)
    film = drawn.record(drawn.shots(6, 3), drawn.blocks(6, 3))
    recording = workshop.place.keep(bytes(film.data))
    whole = shop.ready(recording)
    recipients = [each.recipient for each in workshop.desk.case_identities(workshop.place.case)]
    layout.index(recording).write_bytes(seal_bytes(film.sidecar, recipients))
    damaged = bytearray(layout.film(recording).read_bytes())
    damaged[len(damaged) // 2] ^= 1
    layout.film(recording).write_bytes(damaged)
    layout.lane(recording).unlink()
    work.cache.forget()
    holed = shop.ready(recording)
    work.forget()
    assert whole.why == ""
    assert holed.why == DAMAGED
    assert len(holed.lanes.wave) == len(whole.lanes.wave)
    differing = np.frombuffer(whole.lanes.wave, "u1") != np.frombuffer(holed.lanes.wave, "u1")
    assert 0 < differing.mean() < 0.5
    assert holed.lanes.strip is not None
    assert not caplog.records, "reading around a hole is no failure"


def test_erased_film_takes_its_lanes_along(workshop: Workshop, drawn_film: bytes) -> None:
    recording = workshop.place.keep(drawn_film)
    workshop.ready(recording)
    client = workshop.place.unlocked()
    assert client.post(f"/recordings/{recording}/erase", headers=ORIGIN).status_code == 302
    assert not workshop.lane(recording).exists()


def test_film_that_is_erased_while_its_lanes_are_made_gets_none(
    workshop: Workshop, drawn_film: bytes
) -> None:
    workshop.makers.is_open.clear()
    recording = workshop.place.keep(drawn_film)
    begin(workshop)
    assert workshop.makers.at_gate.wait(PATIENCE_S)
    workshop.place.layout.film(recording).unlink()
    workshop.work.erase(recording)
    other = workshop.place.keep(drawn_film)
    workshop.makers.is_open.set()
    until(workshop.lane(other).exists)
    assert not workshop.lane(recording).exists()


def test_lanes_are_not_kept_of_a_film_that_went_or_grew(
    workshop: Workshop, drawn_film: bytes
) -> None:
    recording, cache = workshop.place.keep(drawn_film), workshop.work.cache
    identities = workshop.desk.case_identities(workshop.place.case)
    film_bytes = cache.film_bytes(recording)
    cache.keep(recording, film_bytes + 1, Lanes(), identities, cache.epoch)
    assert not workshop.lane(recording).exists()
    cache.keep(recording, film_bytes, Lanes(), identities, cache.epoch)
    assert workshop.lane(recording).exists()
    workshop.place.layout.film(recording).unlink()
    cache.erase(recording)
    cache.keep(recording, film_bytes, Lanes(), identities, cache.epoch)
    assert not workshop.lane(recording).exists()
    assert not cache._held


def test_lanes_begun_before_a_lock_are_not_in_memory_after_it(
    workshop: Workshop, drawn_film: bytes
) -> None:
    recording, cache = workshop.place.keep(drawn_film), workshop.work.cache
    identities = workshop.desk.case_identities(workshop.place.case)
    begun = cache.epoch
    workshop.work.forget()
    cache.keep(recording, cache.film_bytes(recording), Lanes(), identities, begun)
    assert workshop.lane(recording).exists()
    assert not cache._held


def test_lanes_whose_film_is_gone_are_taken_away(workshop: Workshop) -> None:
    orphan = workshop.lane("f" * 32)
    cut = orphan.with_name(orphan.name + ".tmp")
    for each in (orphan, cut):
        each.write_bytes(b"what a cut left")
    begin(workshop)
    until(lambda: not orphan.exists() and not cut.exists())


def asked(client: FlaskClient, recording: str) -> dict[str, Any]:
    answer = client.get(f"/recordings/{recording}/lanes")
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    facts: dict[str, Any] = answer.get_json()
    return facts


def test_page_is_told_how_far_lanes_are_and_gets_them(place: Place, drawn_film: bytes) -> None:
    client, recording = place.unlocked(), place.keep(drawn_film)
    until(lambda: asked(client, recording)["state"] == "ready")
    facts = asked(client, recording)
    assert facts["progress"] == 1
    assert facts["why"] == ""
    assert len(base64.b64decode(facts["wave"])) == pytest.approx(300, abs=3)
    assert len(base64.b64decode(facts["motion"])) == pytest.approx(30, abs=2)
    assert facts["speech"] == []
    assert facts["candidates"] == []
    answer = client.get(facts["strip"]["url"])
    assert answer.mimetype == "image/jpeg"
    assert answer.data[:2] == b"\xff\xd8"
    assert recording in answer.headers["ETag"]
    assert answer.headers["Cache-Control"] == "no-store"


def test_locked_box_tells_nothing_and_holds_nothing(place: Place, drawn_film: bytes) -> None:
    client, recording = place.unlocked(), place.keep(drawn_film)
    until(lambda: asked(client, recording)["state"] == "ready")
    assert client.post("/lock", headers=ORIGIN).status_code == 302
    for path in ("lanes", "strip.jpg"):
        assert client.get(f"/recordings/{recording}/{path}").status_code == 302
    assert not place.services.lanes.cache._held
    until(lambda: not working())


def test_waiting_page_does_not_keep_the_box_unlocked(place: Place, drawn_film: bytes) -> None:
    client, recording = place.unlocked(), place.keep(drawn_film)
    (inside,) = place.services.door._inside.values()
    before = inside.keyring._idle_since_ns
    asked(client, recording)
    assert inside.keyring._idle_since_ns == before
    client.get("/")
    assert inside.keyring._idle_since_ns > before


def test_withdrawal_takes_the_lanes_along(place: Place, drawn_film: bytes) -> None:
    client, recording = place.unlocked(), place.keep(drawn_film)
    until(lambda: asked(client, recording)["state"] == "ready")
    assert place.layout.lane(recording).exists()
    answer = client.post(f"/cases/{place.case}/withdraw", data={"code": "VIG-7"}, headers=ORIGIN)
    assert answer.status_code == 302, answer.text
    assert not place.layout.lane(recording).exists()
    assert client.get(f"/recordings/{recording}/lanes").status_code == 409


def test_lanes_of_a_film_from_elsewhere_stay_with_it_and_go_with_it(
    place: Place, drawn_film: bytes
) -> None:
    recording, at = place.keep(drawn_film), place.services
    there = place.layout.imported
    manifest = manifests.read(place.layout.manifest(recording))
    place.layout.film(recording).rename(there.film(recording))
    place.layout.manifest(recording).unlink()
    manifests.write(there, replace(manifest, kind=manifests.IMPORTED), at.device_key)
    lane = place.layout.lane(recording)
    lane.parent.mkdir(exist_ok=True)
    lane.write_bytes(b"sealed")
    at.lanes.cache.erase_orphans()
    assert lane.exists()
    desk = place.desk()
    Erasing(at, desk).erase_film(recording)
    desk.close()
    assert not lane.exists()
    assert not there.film(recording).exists()
