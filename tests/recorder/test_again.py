"""Stalls and crashes: the lamp says so, the film is whole, the same press is answered again."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.recorder.conftest import PATIENCE_S, Bench
from vigbox.config import Settings
from vigbox.devices.camera import CameraError, Picture
from vigbox.devices.drawn import DrawnStage
from vigbox.devices.microphone import MicrophoneError, Sound
from vigbox.devices.simulated import SimulatedCamera, SimulatedMicrophone
from vigbox.devices.stage import Curtain
from vigbox.media.fragments import FilmIndex
from vigbox.model import NS, Arming, Lamp, Life, new_id
from vigbox.recorder import recording as recording_module
from vigbox.recorder.intake import End, Note
from vigbox.recorder.press import PRESS, Left, Press, boot_id
from vigbox.recorder.readiness import RefusedError
from vigbox.recorder.recording import Devices, Recording
from vigbox.recorder.viewfinder import Viewfinder
from vigbox.store import manifests
from vigbox.store.armed import Armed
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


class WatchedCamera(StallingCamera):
    """Refuses to start while it is stuck, and counts how often it was asked."""

    is_stuck = False
    starts = 0

    def start(self, when_picture: Callable[[Picture], None]) -> None:
        self.starts += 1
        if self.is_stuck:
            raise CameraError("the camera hangs since it was last stopped")
        super().start(when_picture)


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
        if not bench.layout.armed.exists():
            bench.arm()

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

    def followers(self) -> list[Manifest]:
        found = manifests.listed(self.bench.layout, self.bench.key.verify_key)
        return [each for each in found if each.follows]

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
    room.bench.until("the lamp says so", lambda: room.lamp is Lamp.PROBLEM)
    room.bench.until("it is red again", lambda: room.lamp is Lamp.RECORDING)
    second = room.bench.box.status()["recording"]
    assert second != first
    room.bench.until("a second of it", lambda: room.bench.box.status()["length_ns"] > NS)
    found = {each.recording: each for each in room.stop()}
    assert {each.life for each in found.values()} == {Life.FINISHED}
    assert found[first].follows == ""
    assert found[second].follows == first
    assert room.events(first) == ["stop"]
    assert not (room.bench.settings.run / PRESS).exists()


def test_nothing_else_is_armed_while_a_film_is_made_or_is_to_go_on(room: Room) -> None:
    bench, refused = room.bench, pytest.raises(RefusedError, match="A film is being made")
    bench.press(200)
    with refused:
        bench.arm(counter=2)
    bench.until("it is red", lambda: room.lamp is Lamp.RECORDING)
    room.camera.heals, room.camera.is_stalled = False, True
    bench.until("it is gone on with", lambda: bench.box._again is not None)
    assert bench.box._making is None
    with refused:
        bench.arm(counter=2)
    bench.until("the process is to end", lambda: bench.box.must_restart)
    with refused:
        bench.arm(counter=2)
    Room(bench)
    bench.box.go_on()
    with refused:
        bench.arm(counter=2)
    armed = json.loads(json.loads(bench.layout.armed.read_text())["grant"])["arming"]
    bench.box.granted.disarm(bench.request("disarm", case=armed["case"]))
    assert not bench.layout.armed.exists()
    room.stop()
    bench.arm(counter=2)


def test_a_film_does_not_go_on_for_another_case(room: Room) -> None:
    bench = room.bench
    room.begin()
    arming = Arming(
        bench.name, new_id(), (str(bench.identity.recipient),), "2099-01-01T00:00:00+00:00", 2
    )
    armed = Armed(bench.layout.armed, bench.arming_key.verify_key, bench.name)
    armed.keep(bench.request("arm", arming=arming.facts()), arming)
    room.camera.is_stalled = True
    bench.until("it is gone on with", lambda: bench.box._again is not None)
    bench.until("it is tried", lambda: "has changed" in str(bench.box._refusal))
    assert room.lamp is Lamp.PROBLEM
    assert bench.box._again is not None
    bench.box._again.since_ns -= 60 * NS
    bench.until("it is given up", lambda: bench.box.status()["mode"] == "idle")
    assert not room.followers()


def test_a_stop_in_the_gap_is_obeyed(room: Room) -> None:
    room.begin()
    room.camera.heals = False
    room.camera.is_stalled = True
    room.bench.until("it is gone on with", lambda: bool(room.bench.box.status()["is_again"]))
    room.stop()
    assert not (room.bench.settings.run / PRESS).exists()


@pytest.mark.parametrize("is_paused", [False, True])
def test_a_recorder_that_ends_between_two_parts_begins_no_further_one(
    room: Room, *, is_paused: bool
) -> None:
    bench = room.bench
    room.begin()
    room.camera.is_stalled = True
    bench.until("it is gone on with", lambda: bench.box._again is not None)
    assert bench.box._making is None
    assert not bench.box.is_idle, "an update waits"
    if is_paused:
        bench.box.ask("pause")
    assert (bench.settings.run / PRESS).exists()
    closing = threading.Thread(target=bench.box.close)
    closing.start()
    closing.join(60)
    assert not closing.is_alive(), "it films"
    assert not room.followers()
    assert not (bench.settings.run / PRESS).exists(), "another process would film"


def opened_again_late(room: Room) -> threading.Event:
    """Let a film's camera die and its next part begin on a card that waits for the event."""
    bench, answers = room.bench, threading.Event()
    camera = WatchedCamera(DrawnStage(320, 180, 25), Curtain(), 300_000)
    bench.box._devices = Devices(camera, room.microphone)
    room.begin()
    camera.is_stuck = camera.is_stalled = True
    bench.until("it is gone on with", lambda: bench.box._again is not None)
    bench.scribe.do(lambda: answers.wait(30))  # a card that answers late
    bench.until("it begins", lambda: bench.box._making is not None)
    return answers


def test_a_recorder_that_ends_while_a_further_part_begins_leaves_none_to_another_process(
    room: Room,
) -> None:
    bench, answers = room.bench, opened_again_late(room)
    closing = threading.Thread(target=bench.box.close)
    closing.start()
    answers.set()
    closing.join(60)
    assert not closing.is_alive()
    assert not bench.box.must_restart
    assert not (bench.settings.run / PRESS).exists()


def test_a_recorder_that_dies_while_a_film_ends_films_no_more(room: Room) -> None:
    bench, answers = room.bench, threading.Event()
    room.begin()
    bench.scribe.do(lambda: answers.wait(30))  # a card that answers late
    bench.box.ask("stop")
    bench.box.tick()
    killed = bench.box
    Room(bench)
    bench.box.go_on()
    assert bench.box.status()["mode"] == "idle"
    answers.set()
    killed.close()


def test_a_stop_while_a_dead_camera_is_opened_again_outlives_the_process(room: Room) -> None:
    bench, answers = room.bench, opened_again_late(room)
    bench.box.ask("stop")
    answers.set()
    bench.until("the process is to end", lambda: bench.box.must_restart)
    assert not (bench.settings.run / PRESS).exists()


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


def stays_paused(room: Room) -> None:
    """See that another process films nothing until somebody resumes, and then does."""
    camera = WatchedCamera(DrawnStage(320, 180, 25), Curtain(), 300_000)
    room.bench.box._devices = Devices(camera, room.microphone)
    room.bench.box.go_on()
    until_ns = time.monotonic_ns() + 3 * NS // 2  # it is tried once a second
    room.bench.until("it had the time to film", lambda: time.monotonic_ns() > until_ns)
    status = room.bench.box.status()
    assert (status["mode"], status["is_again"], camera.starts) == ("paused", True, 0)
    assert room.lamp is Lamp.PROBLEM, "nothing is filmed, not even a pause"
    assert not room.followers()
    room.bench.box.ask("resume")
    room.bench.until("it is red again", lambda: room.lamp is Lamp.RECORDING)
    room.bench.until("it lasts", lambda: room.bench.box.status()["length_ns"] > NS)
    room.stop()
    assert len(room.followers()) == 1


def test_a_recorder_that_dies_in_a_pause_stays_paused_until_somebody_resumes(room: Room) -> None:
    room.begin()
    room.bench.box.ask("pause")
    killed = room.bench.box
    stays_paused(Room(room.bench))
    killed.close()


def test_a_pause_while_a_dead_camera_is_opened_again_outlives_the_process(bench: Bench) -> None:
    room = Room(bench)
    answers = opened_again_late(room)
    bench.box.ask("pause")
    answers.set()
    bench.until("the process is to end", lambda: bench.box.must_restart)
    bench.box.close()
    stays_paused(Room(bench))


def test_a_pause_between_two_parts_is_noted_for_as_long_as_it_lasts(room: Room) -> None:
    clock = Clock()
    room.bench.box._press = Press(room.bench.settings.run / PRESS, clock)
    first = room.begin()
    room.camera.is_stalled = True
    room.bench.until("it is gone on with", lambda: room.bench.box._again is not None)
    room.bench.box.ask("pause")
    clock.now_ns += 60 * NS
    room.bench.box.tick()
    left = Press(room.bench.settings.run / PRESS, clock).left_behind()
    assert left == Left(first, is_paused=True)
    room.stop()


def test_a_silent_microphone_is_marked_and_the_picture_goes_on(room: Room) -> None:
    recording = room.begin()
    room.microphone.is_stalled = True
    room.bench.until("the lamp says so", lambda: room.lamp is Lamp.PROBLEM)
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


def test_what_gives_nothing_for_two_seconds_has_stalled(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, bench, notes = Clock(), room.bench, list[Note]()
    devices, to = Devices(room.camera, room.microphone), [bench.identity.recipient]
    recording = Recording(new_id(), devices, to, bench.layout, bench.settings)
    recording._muxer = object()  # type: ignore[assignment]  # there were pictures
    recording._intake.picture_at_ns = recording._intake.sound_at_ns = clock.now_ns
    monkeypatch.setattr(recording, "_add_note", notes.append)
    monkeypatch.setattr(recording._hearing, "again", lambda: None)
    monkeypatch.setattr(recording_module, "time", SimpleNamespace(monotonic_ns=clock))
    clock.now_ns += 2 * NS
    recording._listen()
    assert (recording._reason_to_end(), notes) == (None, [])
    clock.now_ns += 1
    recording._listen()
    assert recording._reason_to_end() == End("camera", clock.now_ns)
    assert [each.what for each in notes] == ["silence"]
    recording._film.close()


def test_a_press_is_answered_again_for_half_a_minute(tmp_path: Path) -> None:
    clock, recording = Clock(), new_id()
    press = Press(tmp_path / "press.json", clock)
    assert press.left_behind() is None
    press.keep(recording, is_paused=False)
    clock.now_ns += 29 * NS
    found = Press(tmp_path / "press.json", clock).left_behind()
    assert found == Left(recording, is_paused=False)
    assert press.left_behind() is None, "once"
    press = Press(tmp_path / "press.json", clock)
    press.keep(recording, is_paused=False)
    clock.now_ns += 31 * NS
    assert press.left_behind() is None


def test_a_pause_is_noted_at_once(tmp_path: Path) -> None:
    clock, recording = Clock(), new_id()
    press = Press(tmp_path / "press.json", clock)
    for is_paused in (False, True, False):
        press.keep(recording, is_paused=is_paused)
        found = json.loads((tmp_path / "press.json").read_text())
        assert found["is_paused"] is is_paused


def test_a_pause_that_cannot_be_noted_leaves_no_note_of_a_film(tmp_path: Path) -> None:
    press = Press(tmp_path / "press.json", Clock())
    press.keep(new_id(), is_paused=False)
    (tmp_path / "press.json.tmp").mkdir()
    with pytest.raises(OSError, match="directory"):
        press.keep(new_id(), is_paused=True)
    assert press.left_behind() is None


def test_a_note_that_does_not_tell_of_pauses_waits_to_be_resumed(tmp_path: Path) -> None:
    path, recording = tmp_path / "press.json", new_id()
    path.write_text(json.dumps({"recording": recording, "boot": boot_id(), "alive_ns": 4 * NS}))
    assert Press(path, Clock()).left_behind() == Left(recording, is_paused=True)


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


class HangingMicrophone(StallingMicrophone):
    """Hangs while it is opened, from the second time on until it is let go."""

    def __init__(self) -> None:
        super().__init__(DrawnStage(320, 180, 25), Curtain())
        self.is_hanging, self.let_go = threading.Event(), threading.Event()
        self.opened = self.closed = 0

    def start(self, when_sound: Callable[[Sound], None]) -> None:
        if self.opened:
            self.is_hanging.set()
            assert self.let_go.wait(30)
        self.is_stalled = False
        super().start(when_sound)
        self.opened += 1

    def stop(self) -> None:
        if self._thread is not None:
            super().stop()
            self.closed += 1


@pytest.fixture
def hanging(room: Room) -> Iterator[HangingMicrophone]:
    """The microphone of a film that is being made, hanging as it is opened again."""
    microphone = HangingMicrophone()
    finder = Viewfinder(Devices(room.camera, microphone))
    room.bench.box.viewfinder, room.bench.box._devices = finder, finder.devices
    room.begin()
    microphone.is_stalled = True
    room.bench.until("it is tried", microphone.is_hanging.is_set)
    yield microphone
    microphone.let_go.set()


def test_a_microphone_that_hangs_as_it_is_opened_again_keeps_no_film_from_its_end(
    room: Room, hanging: HangingMicrophone
) -> None:
    began_ns = time.monotonic_ns()
    (film,) = room.stop()
    assert time.monotonic_ns() - began_ns < 25 * NS  # whoever waits for it waits for 30 s
    assert film.life is Life.FINISHED
    assert room.events(film.recording) == ["silence", "stop"]
    assert (hanging.opened, hanging.closed) == (1, 1)
    hanging.let_go.set()
    room.bench.until("it is closed, late as it is", lambda: hanging.closed == 2)
    assert hanging.opened == 2


def test_a_press_while_a_microphone_hangs_films_without_it_and_it_is_heard_once_it_can(
    room: Room, hanging: HangingMicrophone
) -> None:
    room.stop()
    room.bench.press(200)
    room.bench.until("it says why", lambda: bool(room.bench.box.status()["no_sound"]))
    assert "hangs since it was last opened" in room.bench.box.status()["no_sound"]
    room.bench.until("the lamp says so", lambda: room.lamp is Lamp.PROBLEM)
    recording = room.bench.box.status()["recording"]
    hanging.let_go.set()
    room.bench.until("it is heard", lambda: room.lamp is Lamp.RECORDING)
    room.stop()
    assert room.events(recording) == ["silence", "sound", "stop"]


def test_a_microphone_that_hangs_keeps_nobody_from_looking_and_no_camera_open(
    room: Room, hanging: HangingMicrophone
) -> None:
    room.stop()
    finder = room.bench.box.viewfinder
    view = finder.open_view()
    assert finder.next(view, 0, PATIENCE_S).jpeg
    finder.close_view(view)
    room.bench.until("nobody looks", lambda: not finder.is_open)
    assert room.camera._thread is None
    assert not hanging.let_go.is_set()


def refuse_thread(patch: pytest.MonkeyPatch, name: str) -> None:
    start = threading.Thread.start

    def some(thread: threading.Thread) -> None:
        if thread.name == name:
            raise RuntimeError("can't start new thread")
        start(thread)

    patch.setattr(threading.Thread, "start", some)


def test_a_film_that_gets_no_thread_leaves_no_camera_open(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_thread(monkeypatch, "recording")
    room.bench.press(200)
    room.bench.until("it is refused", lambda: room.lamp is Lamp.REFUSED)
    assert room.camera._thread is None
    assert room.microphone._thread is None


def test_a_microphone_that_cannot_be_tried_again_for_want_of_a_thread_ends_no_film(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_thread(monkeypatch, "hearing")
    recording = room.begin()
    room.microphone.is_stalled = True
    room.bench.until("it is silent", lambda: bool(room.bench.box.status()["is_deaf"]))
    (film,) = room.stop()
    assert film.life is Life.FINISHED
    assert room.events(recording) == ["silence", "stop"]
