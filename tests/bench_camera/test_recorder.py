"""The recorder of the product, unchanged, with the real camera on the sensor's twin."""

import subprocess
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from statistics import median

import pytest

from tests.bench_camera.blind import ran_blind
from tests.bench_camera.sensor import SENSOR
from tests.recorder.conftest import Bench
from vigbox.config import Settings
from vigbox.devices.camera import Picture
from vigbox.devices.picamera import PiCamera
from vigbox.media.fragments import FilmIndex
from vigbox.model import NS, Lamp, Life
from vigbox.store import manifests
from vigbox.store.layout import Layout
from vigbox.store.manifests import Manifest

SMALL_CARD = Path("/mnt")


class CountedCamera(PiCamera):
    """The real camera; remembers when each picture it gave was taken."""

    times_ns: list[int]

    def start(self, when_picture: Callable[[Picture], None]) -> None:
        self.times_ns = times_ns = []

        def count(picture: Picture) -> None:
            times_ns.append(picture.time_ns)
            when_picture(picture)

        super().start(count)

    def let_go(self) -> None:
        """Wait until another can have it."""
        self.stop()
        if self._closing is not None:
            self._closing.join()


class Room:
    """A box with the real camera, armed."""

    def __init__(self, folder: Path, size: tuple[int, int] = (320, 180)) -> None:
        layout = Layout(folder)
        layout.create()
        self.settings = Settings(
            run=folder, width=size[0], height=size[1], room_to_start_minutes=0, room_to_stop_mb=1
        )
        self.bench = Bench(layout, self.settings)
        self.camera = CountedCamera(size, 25, self.settings.bits_per_second)
        self.bench.use_camera(self.camera)
        self.bench.arm()
        self._folder = folder

    def close(self) -> None:
        SENSOR.heal()
        self.bench.box.close()
        self.camera.let_go()

    @property
    def lamp(self) -> Lamp:
        return self.bench.panel.lamps[-1]

    def begin(self) -> str:
        self.bench.press(200)
        self.bench.until("it is red", lambda: self.lamp is Lamp.RECORDING)
        return str(self.bench.box.status()["recording"])

    def film_to(self, length_ns: int) -> None:
        status = self.bench.box.status
        self.bench.until("it films", lambda: status()["length_ns"] >= length_ns)

    def until_over(self) -> None:
        self.bench.until("it is over", lambda: self.bench.box.status()["mode"] == "idle")

    def manifest(self, recording: str) -> Manifest:
        return manifests.read(self.bench.layout.manifest(recording), self.bench.key.verify_key)

    def ending(self, recording: str) -> str:
        reader = self.bench.reader(recording)
        return str(FilmIndex.scan(reader.read_at, reader.size).events[-1].facts["reason"])

    def pictures_s(self, recording: str) -> list[float]:
        """Open the film with stock age; gives each picture's time as stock ffprobe tells it."""
        identity, film = self._folder / "id.txt", self._folder / "film.mp4"
        identity.write_text(self.bench.identity.secret_text())
        sealed = self.bench.layout.film(recording)
        subprocess.run(["age", "-d", "-i", identity, "-o", film, sealed], check=True)
        told = subprocess.run(
            [
                *("ffprobe", "-v", "error", "-select_streams", "v"),
                *("-show_entries", "packet=pts_time", "-of", "default=nk=1:nw=1", film),
            ],
            check=True,
            capture_output=True,
            text=True,
        )
        assert told.stderr == ""
        _decode(film)
        return [float(each) for each in told.stdout.split()]


def _decode(film: Path) -> None:
    # at the film's own times: ffmpeg would round them to its idea of a rate, and complain of it
    at_its_times = ("-fps_mode", "passthrough", "-enc_time_base:v", "demux")
    played = subprocess.run(
        ["ffmpeg", "-v", "warning", "-i", film, *at_its_times, "-f", "null", "-"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert played.stderr == ""


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    room = Room(tmp_path)
    yield room
    room.close()


@pytest.fixture
def large_room(tmp_path: Path) -> Iterator[Room]:
    room = Room(tmp_path, (1280, 720))
    yield room
    room.close()


@pytest.fixture
def small_card() -> Iterator[Room]:
    room = Room(SMALL_CARD, (1280, 720))
    yield room
    room.close()


def test_ready_says_that_a_camera_was_seen_and_opens_none(room: Room) -> None:
    room.bench.box.tick()
    assert room.bench.panel.lamps == [Lamp.DARK]
    room.bench.until("it is green", lambda: room.lamp is Lamp.READY)
    assert room.bench.box.status()["camera"] == ""
    assert SENSOR.given == 0


def test_without_a_camera_it_is_never_green_and_a_press_after_it_came_films() -> None:
    program = """
import os, tempfile
from pathlib import Path
from tests.bench_camera import sensor
from tests.bench_camera.test_recorder import Room
from vigbox.model import Lamp
room = Room(Path(tempfile.mkdtemp()))
lamps = room.bench.panel.lamps
room.bench.until("the lamp says it", lambda: Lamp.PROBLEM in lamps)
print(room.bench.box.status()["not_ready"])
room.bench.press(200)
room.bench.until("it is refused", lambda: Lamp.REFUSED in lamps)
assert Lamp.READY not in lamps, lamps
os.environ["LIBCAMERA_PIPELINES_MATCH_LIST"] = "virtual"
room.begin()
room.bench.box.ask("stop")
room.until_over()
room.bench.until("it is green", lambda: room.lamp is Lamp.READY)
room.close()
print("filmed")
"""
    told = ran_blind(program, 120)
    assert told.stdout.endswith("filmed\n"), told.stderr
    assert told.stdout.startswith("there is no camera. Switch the box off")


def test_a_minute_keeps_every_picture_at_its_time(large_room: Room) -> None:
    room = large_room
    recording = room.begin()
    for length_s, to_drop in ((15, 7), (30, 0), (45, 20), (60, 0)):
        room.film_to(length_s * NS)
        SENSOR.to_drop = to_drop
    assert room.bench.box.status()["dropped"] == 0
    room.bench.box.ask("stop")
    room.until_over()
    assert room.manifest(recording).life is Life.FINISHED
    told_s = room.pictures_s(recording)
    given_s = [(each - room.camera.times_ns[0]) / NS for each in room.camera.times_ns]
    assert len(told_s) == len(given_s)
    assert max(abs(told - given) for told, given in zip(told_s, given_s, strict=True)) < 0.001
    assert median(after - before for before, after in pairwise(told_s)) == pytest.approx(
        0.04, abs=0.004
    )


def test_a_stall_ends_the_film_whole_and_the_same_press_goes_on(room: Room) -> None:
    first = room.begin()
    given = room.camera.times_ns
    room.film_to(2 * NS)
    SENSOR.is_stalled = True
    room.bench.until("the lamp says so", lambda: room.lamp is Lamp.PROBLEM)
    room.bench.until("it ended", lambda: room.bench.box.status()["recording"] != first)
    SENSOR.heal()
    room.bench.until("it is red again", lambda: room.lamp is Lamp.RECORDING)
    second = str(room.bench.box.status()["recording"])
    room.bench.box.ask("stop")
    room.until_over()
    assert room.manifest(first).life is room.manifest(second).life is Life.FINISHED
    assert (room.ending(first), room.ending(second)) == ("camera", "panel")
    assert len(room.pictures_s(first)) == len(given) > 0


def test_a_camera_that_hangs_for_good_leaves_a_whole_film(room: Room) -> None:
    recording = room.begin()
    room.film_to(NS)
    SENSOR.is_stalled = True
    SENSOR.may_stop.clear()
    room.bench.until("it ended", lambda: room.bench.box.status()["recording"] != recording)
    assert room.manifest(recording).life is Life.FINISHED
    assert room.ending(recording) == "camera"
    assert room.camera.is_stuck
    room.bench.until("another process is wanted", lambda: room.bench.box.must_restart)


def test_a_card_that_fills_ends_the_film_whole(small_card: Room) -> None:
    filler = SMALL_CARD / "filler"
    filler.write_bytes(bytes(15_000_000))
    recording = small_card.begin()
    small_card.until_over()
    assert small_card.manifest(recording).life is Life.FINISHED
    assert small_card.ending(recording) == "card"
    filler.unlink()
    assert len(small_card.pictures_s(recording)) > 10


def test_a_camera_in_use_is_a_refused_press_that_says_why(room: Room) -> None:
    other = PiCamera((320, 180), 25, 500_000)
    other.start(lambda _: None)
    try:
        room.bench.press(200)
        room.bench.until("it is refused", lambda: Lamp.REFUSED in room.bench.panel.lamps)
        assert "Stop whatever else uses it" in room.bench.box.status()["refusal"]
    finally:
        other.stop()
    room.begin()
    room.bench.box.ask("stop")
    room.until_over()
