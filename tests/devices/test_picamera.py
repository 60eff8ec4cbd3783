"""The parts of the real camera that need none; the rest is proved by ``script/bench-camera``."""

import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pytest

from vigbox.config import Settings
from vigbox.devices import picamera, sight
from vigbox.devices.camera import CameraError, Picture, small_size
from vigbox.devices.encoders import has_hardware_encoder
from vigbox.devices.picamera import PiCamera, open_camera
from vigbox.devices.shutter import Shutter
from vigbox.devices.take import Take
from vigbox.model import NS

SETS = b"\0\0\0\1\x67sps\0\0\0\1\x68pps"
IDR = b"\0\0\0\1\x65picture"
LATER = b"\0\0\0\1\x41picture"


@pytest.mark.parametrize(
    ("model", "has_one"),
    [
        ("Raspberry Pi Zero 2 W Rev 1.0", True),
        ("Raspberry Pi 4 Model B Rev 1.5", True),
        ("Raspberry Pi 400 Rev 1.0", True),
        ("Raspberry Pi Compute Module 4 Rev 1.1", True),
        ("Raspberry Pi 5 Model B Rev 1.0", False),
        ("Raspberry Pi 500 Rev 1.0", False),
        ("Raspberry Pi Compute Module 5 Rev 1.0", False),
        ("", False),
    ],
)
def test_the_encoder_is_chosen_by_the_board(model: str, has_one: bool) -> None:  # noqa: FBT001
    assert has_hardware_encoder(model) is has_one


def test_a_computer_without_picamera2_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "picamera2", None)
    camera = open_camera(Settings())
    assert camera.size == (1280, 720)
    with pytest.raises(CameraError, match="Install the package python3-picamera2"):
        camera.start(lambda _: None)
    camera.stop()


class Device:
    """picamera2's camera, as far as looking through it goes."""

    made: ClassVar[list["Device"]] = []

    def __init__(self) -> None:
        self.said: list[str] = []
        self.camera_controls: dict[str, Any] = {}
        self.made.append(self)

    @staticmethod
    def global_camera_info() -> list[dict[str, Any]]:
        return [{"Model": "imx708"}]

    def create_video_configuration(self, **told: Any) -> dict[str, Any]:
        return told

    def configure(self, told: dict[str, Any]) -> None:
        self.told = told

    def camera_configuration(self) -> dict[str, Any]:
        return self.told

    def start(self) -> None:
        self.said.append("start")

    def stop_recording(self) -> None:
        self.said.append("stop")

    def close(self) -> None:
        self.said.append("close")


class Manager:
    """picamera2's list of cameras: it stays as it was made until it is made anew."""

    def __init__(self) -> None:
        self.there: list[dict[str, Any]] = [{"Model": "imx708"}]
        self._listed: list[dict[str, Any]] | None = None
        self.is_open = False
        self.asked = 0

    def listed(self) -> list[dict[str, Any]]:
        assert not self.is_open, "asked while a camera was open"
        self.asked += 1
        if self._listed is None:
            self._listed = list(self.there)
        return self._listed

    def reset(self) -> None:
        self._listed = None


class Listed(Device):
    """A device of which picamera2 keeps a list."""

    _cm: ClassVar[Manager]
    refusal: ClassVar[str] = ""
    is_blind: ClassVar[bool] = False
    may_close: ClassVar[threading.Event]

    def __init__(self) -> None:
        super().__init__()
        self._cm.is_open = True
        self.pre_callback: Any = None

    @classmethod
    def global_camera_info(cls) -> list[dict[str, Any]]:
        return cls._cm.listed()

    def start(self) -> None:
        if self.refusal:
            raise RuntimeError(self.refusal)
        super().start()
        if not self.is_blind:
            self.pre_callback(Request())

    def start_recording(self, encoder: Any, output: Any) -> None:
        self.start()
        if not self.is_blind:
            output.give(SETS + IDR, 0, is_keyframe=True)
        assert encoder

    def close(self) -> None:
        assert self.may_close.wait(60)
        super().close()
        self._cm.is_open = False


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> type[Listed]:
    """The camera is looked for at once, and may be opened; without an encoder of its own."""
    library = ModuleType("picamera2")
    vars(library).update(Picamera2=Listed, MappedArray=None)
    monkeypatch.setitem(sys.modules, "picamera2", library)
    monkeypatch.setattr(picamera, "encoder_for", lambda *_: "an encoder")
    monkeypatch.setattr(picamera, "output_for", lambda _, take: take)
    monkeypatch.setattr(sight, "_FIRST_NS", 0)
    monkeypatch.setattr(Listed, "_cm", Manager(), raising=False)
    may_close = threading.Event()
    may_close.set()
    monkeypatch.setattr(Listed, "may_close", may_close, raising=False)
    return Listed


def until(camera: PiCamera, problem: str | None) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if camera._sight._due_ns:
            camera._sight._due_ns = 0
        if (told := camera.problem()) == problem or (problem and told and problem in told):
            return
        threading.Event().wait(0.01)
    raise AssertionError(f"it says {camera.problem()!r}, not {problem!r}")


@pytest.mark.usefixtures("listed")
class TestProblem:
    def test_one_that_is_listed_is_well_and_was_not_opened(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(Listed, "made", [])
        camera = open_camera(Settings())
        until(camera, "")
        assert Listed.made == []

    def test_without_picamera2_there_is_a_problem(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "picamera2", None)
        until(open_camera(Settings()), "Install the package python3-picamera2")

    @pytest.mark.parametrize("error", [RuntimeError("no manager"), AttributeError("no such name")])
    def test_a_library_that_breaks_is_a_problem_and_a_refusal(
        self, monkeypatch: pytest.MonkeyPatch, error: Exception
    ) -> None:
        def broken(_: Manager) -> None:
            raise error

        monkeypatch.setattr(Manager, "listed", broken)
        camera = open_camera(Settings())
        until(camera, f"the camera cannot film: {error}")
        with pytest.raises(CameraError, match=str(error)):
            camera.start(lambda _: None)

    def test_one_that_the_kernel_finds_late_is_found(self) -> None:
        Listed._cm.there = []
        camera = open_camera(Settings())
        until(camera, "there is no camera. Switch the box off")
        Listed._cm.there = [{"Model": "imx708"}]
        until(camera, "")

    def test_after_an_early_look_that_found_none_a_press_looks_anew_and_films(self) -> None:
        Listed._cm.there = []
        camera = open_camera(Settings())
        until(camera, "there is no camera")
        Listed._cm.there = [{"Model": "imx708"}]
        taken: list[Picture] = []
        camera.start(taken.append)
        assert taken
        assert camera.problem() == ""
        camera.stop()

    def test_while_it_is_open_libcamera_is_not_asked(self) -> None:
        camera = open_camera(Settings())
        camera.watch()  # before the first look
        asked = Listed._cm.asked
        until(camera, None)
        threading.Event().wait(0.1)
        assert Listed._cm.asked == asked
        camera.stop()
        until(camera, "")

    def test_what_it_refused_a_film_with_stays_until_one_has_pictures(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        camera = open_camera(Settings())
        until(camera, "")
        with monkeypatch.context() as patch:
            patch.setattr(Listed, "refusal", "no lanes")
            with pytest.raises(CameraError, match="no lanes"):
                camera.start(lambda _: None)
        until(camera, "the camera cannot film: no lanes")
        camera.watch()
        until(camera, "the camera cannot film: no lanes")  # what is seen is not encoded
        camera.start(lambda _: None)
        assert camera.problem() == ""
        camera.stop()
        assert camera.problem() == ""

    @pytest.mark.parametrize("what", ["film", "view"])
    def test_one_that_was_open_for_long_and_gave_no_picture_is_a_problem(
        self, monkeypatch: pytest.MonkeyPatch, what: str
    ) -> None:
        camera = open_camera(Settings())
        until(camera, "")
        monkeypatch.setattr(Listed, "is_blind", True)
        for long_ns, problem in ((3600 * NS, ""), (0, "The camera gave no picture.")):
            monkeypatch.setattr(picamera, "_BLIND_NS", long_ns)
            if what == "film":
                camera.start(lambda _: None)
            else:
                camera.watch()
            camera.stop()
            until(camera, problem)

    def test_one_that_hangs_is_a_problem_until_it_lets_go(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(picamera, "_PATIENCE_S", 0.05)
        camera = open_camera(Settings())
        camera.start(lambda _: None)
        Listed.may_close.clear()
        camera.stop()
        assert camera.is_stuck
        for _ in range(3):
            until(camera, "the camera hangs since it was last stopped")
        Listed.may_close.set()
        until(camera, "")


def no_thread(_: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")


def test_a_camera_whose_stop_gets_no_thread_is_closed_by_the_next_one(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    library = ModuleType("picamera2")
    vars(library).update(Picamera2=Device, MappedArray=None)
    monkeypatch.setitem(sys.modules, "picamera2", library)
    monkeypatch.setattr(Device, "made", [])
    camera = open_camera(Settings())
    camera.watch()
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", no_thread)
        camera.stop()
        with pytest.raises(CameraError, match="hangs since it was last stopped"):
            camera.watch()
    assert [each.said for each in Device.made] == [["start"]]
    assert "stays open until it is stopped again" in caplog.text
    camera.watch()
    assert [each.said for each in Device.made] == [["start", "stop", "close"], ["start"]]
    camera.stop()
    assert Device.made[1].said == ["start", "stop", "close"]


@pytest.mark.parametrize(
    ("size", "small"),
    [((1280, 720), (320, 180)), ((640, 480), (320, 240)), ((160, 120), (160, 120))],
)
def test_the_small_picture_has_the_large_ones_shape(
    size: tuple[int, int], small: tuple[int, int]
) -> None:
    assert small_size(size) == small


class TestTake:
    def test_it_begins_with_a_keyframe_that_has_its_parameter_sets(self) -> None:
        given = filmed((LATER, False), (IDR, True), (SETS + IDR, True), (LATER, False))
        assert [each.data for each in given] == [SETS + IDR, LATER]

    def test_parameter_sets_that_came_once_are_put_before_every_keyframe(self) -> None:
        given = filmed((SETS + IDR, True), (IDR, True))
        assert given[1].data == SETS + IDR

    def test_times_are_nanoseconds(self) -> None:
        given: list[Picture] = []
        Take(given.append).give(SETS + IDR, 1_234_567, is_keyframe=True)
        assert given == [Picture(SETS + IDR, 1_234_567_000, is_keyframe=True)]

    def test_nothing_is_given_once_it_is_over(self) -> None:
        given: list[Picture] = []
        take = Take(given.append)
        take.end()
        take.give(SETS + IDR, 0, is_keyframe=True)
        assert given == []

    def test_what_the_taker_raises_stays_here(self, caplog: pytest.LogCaptureFixture) -> None:
        def fail(_: Picture) -> None:
            raise ValueError

        Take(fail).give(SETS + IDR, 0, is_keyframe=True)
        assert "a picture was lost" in caplog.text


def filmed(*frames: tuple[bytes, bool]) -> list[Picture]:
    given: list[Picture] = []
    take = Take(given.append)
    for number, (data, is_keyframe) in enumerate(frames):
        take.give(data, number, is_keyframe=is_keyframe)
    return given


@dataclass
class Request:
    """A request as picamera2 completes it: grey 150 in both streams."""

    taken_ns: int = field(default_factory=time.monotonic_ns)
    config: dict[str, dict[str, Any]] = field(
        default_factory=lambda: {
            "main": {"size": (8, 4), "format": "YUV420"},
            "lores": {"size": (4, 4), "format": "NV12"},
        }
    )
    pixels: dict[str, Any] = field(
        default_factory=lambda: {
            "main": np.full((6, 8), 150, np.uint8),
            "lores": np.full((6, 4), 150, np.uint8),
        }
    )

    def get_metadata(self) -> dict[str, int]:
        return {"SensorTimestamp": self.taken_ns}

    def is_black(self) -> bool:
        return all(
            bool((each[:4] == 16).all()) and bool((each[4:] == 128).all())
            for each in self.pixels.values()
        )


@contextmanager
def mapped(request: Request, stream: str, *, write: bool = True) -> Iterator[SimpleNamespace]:
    """picamera2's MappedArray, of such a request."""
    array = request.pixels[stream]
    array.flags.writeable = write
    yield SimpleNamespace(array=array)
    array.flags.writeable = True


def unexpected() -> None:
    raise AssertionError("a picture could not be covered")


class TestShutter:
    def test_open_it_leaves_pictures_alone(self) -> None:
        shutter, request = Shutter(mapped, unexpected), Request()
        shutter.when_request(request)
        assert {int(each.max()) for each in request.pixels.values()} == {150}

    def test_shut_it_makes_both_streams_black(self) -> None:
        shutter, request = Shutter(mapped, unexpected), Request()
        shutter.shut()
        shutter.when_request(request)
        assert request.is_black()

    def test_what_was_taken_in_a_pause_stays_black_after_it(self) -> None:
        shutter, late = Shutter(mapped, unexpected), Request()
        shutter.shut()
        shutter.open()
        shutter.when_request(late)
        new = Request()
        shutter.when_request(new)
        assert late.is_black()
        assert not new.is_black()

    def test_a_picture_that_cannot_be_covered_lets_none_pass(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        ended: list[bool] = []
        shutter = Shutter(mapped, lambda: ended.append(True))
        shutter.shut()
        shutter.when_request(Request(pixels={}))
        assert ended
        assert "could not be covered" in caplog.text

    def test_a_small_picture_is_kept_only_while_somebody_looks(self) -> None:
        shutter = Shutter(mapped, unexpected)
        shutter.when_request(Request())
        assert shutter.look() is None
        shutter.when_request(Request())
        seen = shutter.look()
        assert seen is not None
        assert (seen.width, seen.height, seen.format.name) == (4, 4, "nv12")

    def test_a_sensor_that_stalled_shows_nothing(self) -> None:
        shutter = Shutter(mapped, unexpected)
        shutter.look()
        shutter.when_request(Request())
        assert shutter.look() is not None
        assert shutter._small is not None
        pixels, form, seen_ns = shutter._small
        shutter._small = (pixels, form, seen_ns - 3_000_000_000)
        assert shutter.look() is None

    def test_a_film_waits_for_a_picture_taken_after_the_press(self) -> None:
        shutter, before = Shutter(mapped, unexpected), Request()
        pressed_ns = time.monotonic_ns()
        with ThreadPoolExecutor() as pool:
            waiting = pool.submit(shutter.wait_past, pressed_ns, 5.0)
            while not shutter._awaited_ns:
                pass
            shutter.when_request(before)
            assert not waiting.done()
            shutter.when_request(Request())
            assert waiting.result()

    def test_a_stalled_sensor_is_not_waited_for_longer_than_told(self) -> None:
        assert not Shutter(mapped, unexpected).wait_past(time.monotonic_ns(), 0.01)

    def test_no_picture_from_before_a_pause_can_be_seen_in_it(self) -> None:
        shutter = Shutter(mapped, unexpected)
        shutter.look()
        shutter.when_request(Request())
        assert shutter.look() is not None
        shutter.shut()
        assert shutter.look() is None
