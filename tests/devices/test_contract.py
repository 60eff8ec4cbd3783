"""What every camera and microphone promises.

Proved on the simulated twins everywhere; with ``--hardware`` on the real devices as well, as
``script/bench-camera`` does and as is done on a Raspberry Pi.
"""

import io
import threading
import time
from collections.abc import Callable, Iterator
from itertools import islice, pairwise

import av
import numpy as np
import pytest
from av import VideoFrame

from tests import material
from tests.devices.known import until_known
from vigbox.devices.camera import Camera, Picture, small_size
from vigbox.devices.capture import SoundCardMicrophone
from vigbox.devices.drawn import DrawnStage, picture_number
from vigbox.devices.microphone import BLOCK_SAMPLES, Microphone, Sound
from vigbox.devices.picamera import PiCamera
from vigbox.devices.played import PlayedStage
from vigbox.devices.simulated import CAPTION_ID, SimulatedCamera, SimulatedMicrophone
from vigbox.devices.stage import Curtain, Stage
from vigbox.media.h264 import parameter_sets
from vigbox.model import NS

PATIENCE_S = 60.0


class Collected:
    """Takes what a device gives, and tells when there is enough."""

    def __init__(self, enough: int) -> None:
        self.pictures: list[Picture] = []
        self.sounds: list[Sound] = []
        self._enough = enough
        self._is_enough = threading.Event()

    def take_picture(self, picture: Picture) -> None:
        self.pictures.append(picture)
        self._tell(self.pictures)

    def take_sound(self, sound: Sound) -> None:
        self.sounds.append(sound)
        self._tell(self.sounds)

    def wait(self) -> None:
        assert self._is_enough.wait(PATIENCE_S)

    def _tell(self, taken: list[Picture] | list[Sound]) -> None:
        if len(taken) >= self._enough:
            self._is_enough.set()


STAGES: dict[str, Callable[[], Stage]] = {
    "drawn": lambda: DrawnStage(320, 180, 25),
    "played": lambda: PlayedStage(material.visit()),
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    makers = [*STAGES, *["real"] * bool(metafunc.config.getoption("--hardware"))]
    for device in {"camera", "microphone"} & set(metafunc.fixturenames):
        metafunc.parametrize(device, makers, indirect=True)


@pytest.fixture
def camera(request: pytest.FixtureRequest) -> Iterator[Camera]:
    camera: Camera = (
        PiCamera((320, 180), 25, 500_000)
        if request.param == "real"
        else SimulatedCamera(STAGES[request.param](), Curtain(), 500_000)
    )
    yield camera
    camera.stop()


@pytest.fixture
def microphone(request: pytest.FixtureRequest) -> Iterator[Microphone]:
    microphone: Microphone = (
        SoundCardMicrophone("")
        if request.param == "real"
        else SimulatedMicrophone(STAGES[request.param](), Curtain())
    )
    yield microphone
    microphone.stop()


def filmed(camera: Camera, pictures: int) -> list[Picture]:
    taken = Collected(pictures)
    camera.start(taken.take_picture)
    taken.wait()
    camera.stop()
    return taken.pictures


def test_a_film_begins_with_a_keyframe_that_can_be_decoded(camera: Camera) -> None:
    for _ in range(2):
        first = filmed(camera, 3)[0]
        assert first.is_keyframe
        assert parameter_sets(first.data)


def test_pictures_carry_the_moment_they_were_taken(camera: Camera) -> None:
    began_ns = time.monotonic_ns()
    pictures = filmed(camera, 30)
    times = [each.time_ns for each in pictures]
    assert began_ns <= times[0]
    assert times[-1] <= time.monotonic_ns()
    assert times == sorted(set(times))
    assert 20 * NS // 1000 < (times[-1] - times[0]) // (len(times) - 1) < 60 * NS // 1000


def test_a_keyframe_comes_every_second(camera: Camera) -> None:
    keys = [each.time_ns for each in filmed(camera, 60) if each.is_keyframe]
    assert len(keys) >= 2
    assert all(after - before < 1.1 * NS for before, after in pairwise(keys))


def test_a_camera_that_is_there_says_so_before_while_and_after_it_films(camera: Camera) -> None:
    assert until_known(camera, PATIENCE_S) == ""
    taken = Collected(5)
    camera.start(taken.take_picture)
    taken.wait()
    assert camera.problem() == ""
    camera.stop()
    assert camera.problem() == ""


def test_no_picture_comes_after_a_stop(camera: Camera) -> None:
    taken = Collected(5)
    camera.start(taken.take_picture)
    taken.wait()
    camera.stop()
    count = len(taken.pictures)
    assert not threading.Event().wait(0.2)
    assert len(taken.pictures) == count


def test_no_sound_comes_after_a_stop(microphone: Microphone) -> None:
    taken = Collected(5)
    microphone.start(taken.take_sound)
    taken.wait()
    microphone.stop()
    count = len(taken.sounds)
    assert not threading.Event().wait(0.2)
    assert len(taken.sounds) == count


def test_blocks_of_sound_follow_each_other_without_a_gap(microphone: Microphone) -> None:
    taken = Collected(25)
    microphone.start(taken.take_sound)
    taken.wait()
    microphone.stop()
    assert {len(each.samples) for each in taken.sounds} == {2 * BLOCK_SAMPLES}
    times = [each.time_ns for each in taken.sounds]
    steps_ns = [after - before for before, after in pairwise(times)]
    assert max(abs(step_ns - NS // 50) for step_ns in steps_ns) < NS // 1000


def test_a_blank_camera_sees_nothing(camera: Camera) -> None:
    taken = Collected(50)
    camera.start(taken.take_picture)
    camera.blank(is_blank=True)
    taken.wait()
    camera.stop()
    stream = io.BytesIO(b"".join(each.data for each in taken.pictures))
    with av.open(stream, "r", format="h264") as film:
        shown = [frame.to_ndarray()[: camera.size[1]] for frame in film.decode(video=0)]
    assert shown[-1].max() < 40


def looked(camera: Camera) -> VideoFrame:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if (frame := camera.look()) is not None:
            return frame
        threading.Event().wait(0.02)
    raise AssertionError("nothing is seen")


def test_a_watched_camera_shows_small_pictures_and_gives_none(camera: Camera) -> None:
    assert camera.look() is None
    camera.watch()
    frame = looked(camera)
    assert (frame.width, frame.height) == small_size(camera.size)
    camera.stop()
    assert camera.look() is None


def test_a_watched_camera_is_handed_over_and_the_film_holds_nothing_from_before(
    camera: Camera,
) -> None:
    camera.watch()
    looked(camera)
    taken = Collected(10)
    pressed_ns = time.monotonic_ns()
    camera.start(taken.take_picture)
    taken.wait()
    assert looked(camera).width == small_size(camera.size)[0]
    camera.stop()
    assert taken.pictures[0].is_keyframe
    assert parameter_sets(taken.pictures[0].data)
    assert pressed_ns <= taken.pictures[0].time_ns < pressed_ns + NS


def test_a_blank_camera_shows_nothing_to_whoever_looks(camera: Camera) -> None:
    taken = Collected(20)
    camera.start(taken.take_picture)
    looked(camera)
    camera.blank(is_blank=True)
    taken.wait()
    assert looked(camera).to_ndarray()[: small_size(camera.size)[1]].max() < 40


def test_a_microphone_tells_how_loud_it_is_until_it_is_stopped(microphone: Microphone) -> None:
    taken = Collected(60)
    levels = []

    def hear(sound: Sound) -> None:
        taken.take_sound(sound)
        levels.append(microphone.level())

    microphone.start(hear)
    taken.wait()
    microphone.stop()
    assert max(each.peak_dbfs for each in levels) > -60
    assert microphone.level().peak_dbfs == -96


def test_a_drawn_picture_can_be_told_by_its_number() -> None:
    pictures = DrawnStage(320, 180, 25).pictures()
    for number in range(30):
        _, frame = next(pictures)
        assert picture_number(frame.to_ndarray()[:180]) == number


def test_a_film_ends_and_begins_again_in_time() -> None:
    stage = PlayedStage(material.visit())
    times = [time_ns for time_ns, _ in islice(stage.pictures(), 740)]
    steps = np.diff(times)
    assert times[0] == 0
    assert steps.min() > 0
    assert steps.max() < 0.1 * NS, "a hole where the film begins again"


def test_a_films_caption_goes_with_every_keyframe() -> None:
    stage = DrawnStage(320, 180, 25)
    stage.caption = "a visit " * 60
    for picture in filmed(SimulatedCamera(stage, Curtain(), 500_000), 30):
        assert (CAPTION_ID + stage.caption.encode() in picture.data) == picture.is_keyframe
