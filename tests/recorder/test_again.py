"""Stalls and crashes: the lamp says so, the film is whole, the same press is answered again."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.recorder.conftest import Bench
from vigbox.config import Settings
from vigbox.devices.camera import Picture
from vigbox.devices.drawn import DrawnStage
from vigbox.devices.microphone import MicrophoneError, Sound
from vigbox.devices.simulated import SimulatedCamera, SimulatedMicrophone
from vigbox.devices.stage import Curtain
from vigbox.media.fragments import FilmIndex
from vigbox.model import NS, Lamp, Life, new_id
from vigbox.recorder.press import PRESS, Press, boot_id
from vigbox.recorder.recording import Devices
from vigbox.store import manifests
from vigbox.store.layout import Layout
from vigbox.store.manifests import Manifest


class StallingCamera(SimulatedCamera):
    """Gives nothing while it is stalled and raises nothing, as a sensor with a bad cable does."""

    is_stalled = False
    heals = True

    def start(self, when_picture: Callable[[Picture], None]) -> None:
        if self.heals:
            self.is_stalled = False
        super().start(lambda picture: None if self.is_stalled else when_picture(picture))


class StallingMicrophone(SimulatedMicrophone):
    is_stalled = False

    def start(self, when_sound: Callable[[Sound], None]) -> None:
        super().start(lambda sound: None if self.is_stalled else when_sound(sound))


class Room:
    """A bench whose devices can be made to stall."""

    def __init__(self, bench: Bench) -> None:
        stage, curtain = DrawnStage(320, 180, 25), Curtain()
        self.camera = StallingCamera(stage, curtain, 300_000)
        self.microphone = StallingMicrophone(stage, curtain)
        self.bench = bench
        bench.use_camera(self.camera)
        bench.box._devices = Devices(self.camera, self.microphone)
        bench.arm(counter=time.monotonic_ns())

    def begin(self) -> str:
        self.bench.press(200)
        self.bench.until("it is red", lambda: self.lamp is Lamp.RECORDING)
        recording: str = self.bench.box.status()["recording"]
        return recording

    @property
    def lamp(self) -> Lamp:
        return self.bench.panel.lamps[-1]

    def stop(self) -> list[Manifest]:
        self.bench.box.ask("stop")
        self.bench.until("it is over", lambda: self.bench.box.status()["mode"] == "idle")
        return list(manifests.listed(self.bench.layout, self.bench.key.verify_key))

    def events(self, recording: str) -> list[str]:
        reader = self.bench.reader(recording)
        return [each.kind for each in FilmIndex.scan(reader.read_at, reader.size).events]


@pytest.fixture
def room(bench: Bench) -> Iterator[Room]:
    yield Room(bench)
    bench.box.close()


def test_a_camera_that_stalls_ends_the_film_whole_and_a_second_one_goes_on(room: Room) -> None:
    first = room.begin()
    room.camera.is_stalled = True
    stalled_ns = time.monotonic_ns()
    room.bench.until("the lamp says so", lambda: room.lamp is Lamp.PROBLEM)
    assert time.monotonic_ns() - stalled_ns < 3 * NS
    room.bench.until("it is red again", lambda: room.lamp is Lamp.RECORDING)
    assert time.monotonic_ns() - stalled_ns < 5 * NS
    second = room.bench.box.status()["recording"]
    assert second != first
    room.bench.until("a second of it", lambda: room.bench.box.status()["length_ns"] > NS)
    found = {each.recording: each for each in room.stop()}
    assert {each.life for each in found.values()} == {Life.FINISHED}
    assert found[first].follows == ""
    assert found[second].follows == first
    assert room.events(first) == ["stop"]
    assert not (room.bench.settings.run / PRESS).exists()


def test_a_stop_in_the_gap_is_obeyed(room: Room) -> None:
    room.begin()
    room.camera.heals = False
    room.camera.is_stalled = True
    room.bench.until("it is gone on with", lambda: bool(room.bench.box.status()["is_again"]))
    room.stop()
    assert not (room.bench.settings.run / PRESS).exists()


def test_a_pause_while_the_second_film_begins_blanks_it(room: Room) -> None:
    bench, answers = room.bench, threading.Event()
    room.begin()
    room.camera.is_stalled = True
    bench.until("it is gone on with", lambda: bench.box._again is not None)
    bench.scribe.do(lambda: answers.wait(30))  # a card that answers late
    bench.until("it begins", lambda: bench.box._making is not None)
    bench.box.ask("pause")
    answers.set()
    bench.until("the lamp says so", lambda: room.lamp is Lamp.PAUSED)
    assert room.camera._is_blank, "a lamp that says paused while the room is filmed"
    second = bench.box.status()["recording"]
    bench.until("a second of it", lambda: bench.box.status()["length_ns"] > NS)
    bench.box.ask("resume")
    room.stop()
    assert room.events(second) == ["pause", "resume", "stop"]


def test_a_film_that_breaks_in_a_way_nobody_thought_of_is_not_finished(room: Room) -> None:
    recording = room.begin()
    making = room.bench.box._making
    assert making is not None
    assert making.recording is not None
    making.recording._muxer = object()  # type: ignore[assignment]  # broken on purpose
    room.bench.until("it is over", lambda: room.bench.box.status()["mode"] == "idle")
    assert "failed in the middle" in room.bench.box.status()["refusal"]
    manifest = manifests.read(room.bench.layout.manifest(recording))
    assert manifest.life is Life.INTERRUPTED


def test_a_camera_that_stays_dead_is_had_again_by_another_process(room: Room) -> None:
    room.begin()
    room.camera.heals = False
    room.camera.is_stalled = True
    room.bench.until("the process is to end", lambda: room.bench.box.must_restart)
    assert (room.bench.settings.run / PRESS).exists()
    Room(room.bench)  # another process, with a camera that works
    room.bench.box.go_on()
    assert room.bench.box.status()["is_again"]
    room.bench.until("it is red again", lambda: room.lamp is Lamp.RECORDING)
    room.bench.until("it lasts", lambda: room.bench.box.status()["length_ns"] > NS)
    parts = room.stop()
    assert parts[-1].follows in {each.recording for each in parts}


def test_a_silent_microphone_is_marked_and_the_picture_goes_on(room: Room) -> None:
    recording = room.begin()
    room.microphone.is_stalled = True
    stalled_ns = time.monotonic_ns()
    room.bench.until("the lamp says so", lambda: room.lamp is Lamp.PROBLEM)
    assert time.monotonic_ns() - stalled_ns < 3 * NS
    length_ns = room.bench.box.status()["length_ns"]
    room.bench.until(
        "the picture goes on", lambda: room.bench.box.status()["length_ns"] > length_ns + NS
    )
    room.microphone.is_stalled = False
    room.bench.until("it is heard again", lambda: room.lamp is Lamp.RECORDING)
    assert room.bench.box.status()["recording"] == recording
    room.stop()
    assert room.events(recording) == ["silence", "sound", "stop"]


def test_the_watchdog_is_fed_only_while_the_film_grows(room: Room) -> None:
    assert room.bench.box.is_progressing()
    room.begin()
    assert room.bench.box.is_progressing()
    room.camera.heals = False
    room.camera.is_stalled = True
    room.bench.until("it starves", lambda: not room.bench.box.is_progressing())


def test_a_long_recording_is_reminded_of(layout: Layout) -> None:
    settings = Settings(
        run=layout.data, room_to_start_minutes=0, room_to_stop_mb=1, remind_after_minutes=1
    )
    room = Room(Bench(layout, settings))
    room.begin()
    making = room.bench.box._making
    assert making is not None
    recording = making.recording
    assert recording is not None
    recording._film.length_ns = 61 * NS
    assert room.bench.box._lamp_of(making, time.monotonic_ns()) is Lamp.REMINDER
    recording._film.length_ns = 75 * NS
    assert room.bench.box._lamp_of(making, time.monotonic_ns()) is Lamp.RECORDING
    room.bench.box.close()


class Clock:
    now_ns = 5 * NS

    def __call__(self) -> int:
        return self.now_ns


def test_a_press_is_answered_again_for_half_a_minute(tmp_path: Path) -> None:
    clock, recording = Clock(), new_id()
    press = Press(tmp_path / "press.json", clock)
    assert press.left_behind() is None
    press.keep(recording)
    clock.now_ns += 29 * NS
    assert Press(tmp_path / "press.json", clock).left_behind() == recording
    assert press.left_behind() is None, "once"
    press = Press(tmp_path / "press.json", clock)
    press.keep(recording)
    clock.now_ns += 31 * NS
    assert press.left_behind() is None


@pytest.mark.parametrize(
    "facts",
    [{"boot": "another"}, {"recording": "../../etc"}, {"alive_ns": 9 * NS}, {"alive_ns": "x"}],
)
def test_a_press_of_another_boot_or_a_damaged_one_begins_nothing(
    tmp_path: Path, facts: dict[str, object]
) -> None:
    path = tmp_path / "press.json"
    right = {"recording": new_id(), "boot": boot_id(), "alive_ns": 4 * NS}
    path.write_text(json.dumps(right | facts))
    assert Press(path, Clock()).left_behind() is None
    assert not path.exists()


class MissingMicrophone(StallingMicrophone):
    """Refuses to start until it is plugged in."""

    is_there = False

    def start(self, when_sound: Callable[[Sound], None]) -> None:
        if not self.is_there:
            raise MicrophoneError("there is no microphone. Plug one in.")
        super().start(when_sound)


def test_a_box_without_a_microphone_films_and_says_so(room: Room) -> None:
    microphone = MissingMicrophone(DrawnStage(320, 180, 25), Curtain())
    room.bench.box._devices = Devices(room.camera, microphone)
    room.bench.press(200)
    room.bench.until("the lamp says so", lambda: bool(room.bench.box.status()["is_deaf"]))
    room.bench.until("the lamp says so", lambda: room.lamp is Lamp.PROBLEM)
    recording = room.bench.box.status()["recording"]
    microphone.is_there = True
    room.bench.until("it is heard", lambda: room.lamp is Lamp.RECORDING)
    room.stop()
    assert room.events(recording) == ["silence", "sound", "stop"]
