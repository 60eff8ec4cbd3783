"""The real camera on the sensor's twin: what only it can get wrong."""

import io
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from statistics import median

import av
import pytest
from av.video.frame import PictureType

from tests.bench_camera.blind import ran_blind
from tests.bench_camera.sensor import SENSOR
from tests.devices.known import until_known
from vigbox.devices.camera import CameraError, Picture
from vigbox.devices.picamera import PiCamera
from vigbox.media.h264 import parameter_sets
from vigbox.model import NS

PATIENCE_S = 10.0
SIZE = (320, 180)


class Taken:
    """What a camera gave."""

    def __init__(self) -> None:
        self.pictures: list[Picture] = []
        self._more = threading.Condition()

    def take(self, picture: Picture) -> None:
        with self._more:
            self.pictures.append(picture)
            self._more.notify_all()

    def wait(self, more: int) -> None:
        with self._more:
            enough = len(self.pictures) + more
            assert self._more.wait_for(lambda: len(self.pictures) >= enough, PATIENCE_S)

    def shown(self) -> list[int]:
        """Decode all of it; gives the brightest point of each picture."""
        stream = io.BytesIO(b"".join(each.data for each in self.pictures))
        with av.open(stream, "r", format="h264") as film:
            return [int(each.to_ndarray()[: SIZE[1]].max()) for each in film.decode(video=0)]


@pytest.fixture
def camera() -> Iterator[PiCamera]:
    camera = PiCamera(SIZE, 25, 500_000)
    yield camera
    camera.stop()


@pytest.fixture
def taken() -> Taken:
    return Taken()


def test_every_keyframe_has_its_parameter_sets_and_no_picture_is_a_b_frame(
    camera: PiCamera, taken: Taken
) -> None:
    camera.start(taken.take)
    taken.wait(60)
    camera.stop()
    keys = [each for each in taken.pictures if each.is_keyframe]
    assert len(keys) >= 3
    assert all(parameter_sets(each.data) for each in keys)
    stream = io.BytesIO(b"".join(each.data for each in taken.pictures))
    with av.open(stream, "r", format="h264") as film:
        kinds = {PictureType(frame.pict_type).name for frame in film.decode(video=0)}
        assert film.streams.video[0].profile in ("Constrained Baseline", "Baseline")
    assert kinds == {"I", "P"}


def test_pictures_are_not_held_back_and_none_is_lost_at_the_stop(
    camera: PiCamera, taken: Taken
) -> None:
    ages_ns: list[int] = []

    def take(picture: Picture) -> None:
        ages_ns.append(time.monotonic_ns() - picture.time_ns)
        taken.take(picture)

    camera.start(take)
    taken.wait(30)
    camera.stop()
    assert median(ages_ns) < NS // 25
    # one may be on its way from the sensor just then
    assert SENSOR.given - len(taken.pictures) <= 1


def test_dropped_pictures_leave_their_time_empty(camera: PiCamera, taken: Taken) -> None:
    camera.start(taken.take)
    taken.wait(10)
    SENSOR.to_drop = 10
    taken.wait(20)
    camera.stop()
    times = [each.time_ns for each in taken.pictures]
    widest_ns = max(after - before for before, after in pairwise(times))
    assert 0.38 * NS < widest_ns < 0.6 * NS


def test_a_stalled_sensor_gives_nothing_and_still_stops(camera: PiCamera, taken: Taken) -> None:
    camera.start(taken.take)
    taken.wait(5)
    SENSOR.is_stalled = True
    began_s = time.monotonic()
    camera.stop()
    assert time.monotonic() - began_s < 2.5
    assert not camera.is_stuck
    SENSOR.is_stalled = False
    camera.start(taken.take)
    taken.wait(5)


def test_a_camera_that_hangs_at_its_stop_is_left_behind(camera: PiCamera, taken: Taken) -> None:
    camera.start(taken.take)
    taken.wait(5)
    SENSOR.may_stop.clear()
    began_s = time.monotonic()
    camera.stop()
    assert time.monotonic() - began_s < 2.5
    assert camera.is_stuck
    count = len(taken.pictures)
    with pytest.raises(CameraError, match="hangs"):
        camera.start(taken.take)
    assert len(taken.pictures) == count
    SENSOR.may_stop.set()
    closing = camera._closing
    assert closing is not None
    closing.join(PATIENCE_S)
    assert not camera.is_stuck


def test_a_process_whose_camera_hangs_can_still_end() -> None:
    program = """
import threading
from tests.bench_camera.sensor import SENSOR
from vigbox.devices.picamera import PiCamera
seen = threading.Event()
camera = PiCamera((320, 180), 25, 500_000)
camera.start(lambda _: seen.set())
assert seen.wait(10)
SENSOR.may_stop.clear()
camera.stop()
assert camera.is_stuck
print("the end", flush=True)
"""
    ended = subprocess.run(
        [sys.executable, "-c", program], check=False, timeout=20, capture_output=True, text=True
    )
    assert "the end" in ended.stdout, ended.stderr


def test_a_camera_in_use_is_one_clear_line(camera: PiCamera, taken: Taken) -> None:
    camera.start(taken.take)
    other = PiCamera(SIZE, 25, 500_000)
    with pytest.raises(CameraError, match="cannot be opened") as refused:
        other.start(taken.take)
    assert "\n" not in str(refused.value)
    assert "Stop whatever else uses it" in str(refused.value)
    taken.wait(5)


def test_no_camera_is_one_clear_line() -> None:
    program = """
from tests.bench_camera import sensor
from vigbox.devices.camera import CameraError
from vigbox.devices.picamera import PiCamera
try:
    PiCamera((320, 180), 25, 500_000).start(lambda _: None)
except CameraError as error:
    print(error)
"""
    told = ran_blind(program, 20)
    assert told.returncode == 0, told.stderr
    assert told.stdout.startswith("there is no camera. Switch the box off")
    assert told.stdout.count("\n") == 1


def test_a_camera_is_seen_without_being_opened(camera: PiCamera) -> None:
    before = SENSOR.given
    assert until_known(camera, PATIENCE_S) == ""
    other = PiCamera(SIZE, 25, 500_000)
    assert until_known(other, PATIENCE_S) == ""
    assert SENSOR.given == before


def test_a_camera_that_came_after_a_look_is_found_by_the_next_one_and_films() -> None:
    program = """
import os, threading
from tests.bench_camera import sensor
from tests.devices.known import until_known
from vigbox.devices.picamera import PiCamera
camera = PiCamera((320, 180), 25, 500_000)
for _ in range(3):
    print(until_known(camera, 10), flush=True)
    camera._sight._due_ns = 0
    camera.problem()
    with camera._sight._in_use:
        pass
os.environ["LIBCAMERA_PIPELINES_MATCH_LIST"] = "virtual"
while camera.problem():
    camera._sight._due_ns = 0
    threading.Event().wait(0.1)
print("found", flush=True)
seen = threading.Event()
camera.start(lambda _: seen.set())
assert seen.wait(10)
camera.stop()
print("filmed", flush=True)
"""
    told = ran_blind(program, 60)
    lines = told.stdout.splitlines()
    assert lines[-2:] == ["found", "filmed"], told.stderr
    assert all(each.startswith("there is no camera.") for each in lines[:-2])
    assert len(lines) == 5


def test_a_sensor_that_gives_nothing_is_remembered_until_it_films(
    camera: PiCamera, taken: Taken, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vigbox.devices.picamera._BLIND_NS", NS // 2)
    SENSOR.is_stalled = True
    camera.start(taken.take)
    threading.Event().wait(1)
    camera.stop()
    assert camera.problem() == "The camera gave no picture. Check its cable, then press again."
    SENSOR.is_stalled = False
    camera.start(taken.take)
    taken.wait(5)
    assert camera.problem() == ""


def test_it_films_in_full_hd(taken: Taken) -> None:
    SENSOR.pictures_per_second = 30
    camera = PiCamera((1920, 1080), 30, 8_000_000)
    camera.start(taken.take)
    taken.wait(40)
    camera.stop()
    stream = io.BytesIO(b"".join(each.data for each in taken.pictures))
    with av.open(stream, "r", format="h264") as film:
        sizes = {(frame.width, frame.height) for frame in film.decode(video=0)}
    assert sizes == {(1920, 1080)}
    assert [index for index, each in enumerate(taken.pictures) if each.is_keyframe][:2] == [0, 30]


def test_looking_costs_the_film_no_picture(taken: Taken) -> None:
    camera = PiCamera((1280, 720), 25, 4_000_000)
    camera.start(taken.take)
    taken.wait(25)
    before = SENSOR.missed
    for _ in range(50):
        camera.look()
        taken.wait(1)
    missed = SENSOR.missed - before
    camera.stop()
    # nothing that the sensor gave is lost; a busy machine may hold it up, looking may not
    assert SENSOR.given - len(taken.pictures) <= 1
    assert missed <= 2


def test_an_encoder_that_is_missing_is_one_clear_line_and_lets_the_camera_go(
    camera: PiCamera, taken: Taken
) -> None:
    old = PiCamera(SIZE, 25, 500_000, model="Raspberry Pi 4 Model B Rev 1.5")
    with pytest.raises(CameraError, match="/dev/video11"):
        old.start(taken.take)
    camera.start(taken.take)
    taken.wait(5)


def test_a_size_the_camera_cannot_give_is_refused(taken: Taken) -> None:
    with pytest.raises(CameraError, match="not 200x122"):
        PiCamera((200, 122), 25, 500_000).start(taken.take)


def test_a_pause_is_black_and_what_was_taken_in_it_never_shows(
    camera: PiCamera, taken: Taken
) -> None:
    camera.start(taken.take)
    taken.wait(10)
    camera.blank(is_blank=True)
    shut_ns = time.monotonic_ns()
    taken.wait(30)
    camera.blank(is_blank=False)
    open_ns = time.monotonic_ns()
    taken.wait(10)
    camera.stop()
    shown = taken.shown()
    for picture, brightest in zip(taken.pictures, shown, strict=False):
        if shut_ns + NS // 10 < picture.time_ns < open_ns:
            assert brightest < 40
    assert max(shown[:5]) > 100
    assert max(shown[-3:]) > 100


def test_a_small_picture_can_be_seen_and_is_black_in_a_pause(
    camera: PiCamera, taken: Taken
) -> None:
    assert camera.look() is None
    camera.start(taken.take)
    camera.look()
    taken.wait(5)
    seen = camera.look()
    assert seen is not None
    assert (seen.width, seen.height) == (320, 180)
    assert seen.to_ndarray()[:180].max() > 100
    camera.blank(is_blank=True)
    assert camera.look() is None or _is_black(camera)
    taken.wait(5)
    assert _is_black(camera)
    camera.stop()
    assert camera.look() is None


def _is_black(camera: PiCamera) -> bool:
    seen = camera.look()
    return seen is not None and bool(seen.to_ndarray()[:180].max() == 16)
