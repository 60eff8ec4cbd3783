"""Aiming the camera: pictures while somebody looks, never in a pause, and none in a film."""

import io
import threading
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from tests.recorder.conftest import PATIENCE_S, Bench
from vigbox.devices.camera import CameraError
from vigbox.devices.drawn import DrawnStage, picture_number
from vigbox.devices.simulated import SimulatedCamera, SimulatedMicrophone
from vigbox.devices.stage import Curtain
from vigbox.model import NS, Lamp
from vigbox.recorder.glimpse import Glimpse
from vigbox.recorder.recording import Devices
from vigbox.recorder.viewfinder import NoViewError, Viewfinder


class TellingCamera(SimulatedCamera):
    """Tells when it is closed."""

    def __init__(self, bits: int = 300_000) -> None:
        super().__init__(DrawnStage(320, 180, 25), Curtain(), bits)
        self.is_closed = threading.Event()

    def stop(self) -> None:
        super().stop()
        self.is_closed.set()


class BrokenCamera(SimulatedCamera):
    def watch(self) -> None:
        raise CameraError("there is no camera")


def finder(camera: SimulatedCamera, lease_ns: int = 60 * NS) -> Viewfinder:
    microphone = SimulatedMicrophone(DrawnStage(320, 180, 25), Curtain())
    return Viewfinder(Devices(camera, microphone), lease_ns)


@pytest.fixture
def view(bench: Bench) -> Iterator[str]:
    """A bench that is armed, through whose camera somebody looks."""
    bench.arm()
    bench.box.viewfinder._lease_ns = 600 * NS  # a test beside others may take longer than 10 s
    yield bench.box.viewfinder.open_view()
    bench.box.viewfinder.join()


def seen(bench: Bench, view: str, after: int = 0) -> Glimpse:
    bench.box.tick()
    return bench.box.viewfinder.next(view, after, PATIENCE_S)


def luma(glimpse: Glimpse) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    return np.asarray(Image.open(io.BytesIO(glimpse.jpeg)).convert("L"))


def files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def filmed_numbers(bench: Bench, recording: str) -> list[int]:
    reader = bench.reader(recording)
    film = io.BytesIO(reader.read_at(0, reader.size))
    with av.open(film, "r", format="mp4") as opened:
        return [
            picture_number(frame.to_ndarray()[: frame.height]) for frame in opened.decode(video=0)
        ]


def test_what_is_looked_at_moves_and_is_small(bench: Bench, view: str) -> None:
    first = seen(bench, view)
    second = seen(bench, view, first.number)
    assert picture_number(luma(second)) > picture_number(luma(first))
    assert luma(first).shape == (180, 320)
    assert len(first.jpeg) < 30_000


def test_the_beep_is_heard(bench: Bench, view: str) -> None:
    peaks: list[float] = []
    number = 0
    # the stage beeps every second: more of it where a late processor heard past one
    while len(peaks) < 8 or (len(peaks) < 200 and not min(peaks) < -60 < -12 < max(peaks)):
        glimpse = seen(bench, view, number)
        number = glimpse.number
        peaks.append(glimpse.level.peak_dbfs)
    assert max(peaks) > -12
    assert min(peaks) < -60


def test_the_lamp_says_that_somebody_looks_and_that_nobody_does(bench: Bench, view: str) -> None:
    seen(bench, view)
    bench.until("white", lambda: bench.panel.lamps[-1] is Lamp.FRAMING)
    bench.box.viewfinder.close_view(view)
    bench.until("green", lambda: bench.panel.lamps[-1] is Lamp.READY)


def test_looking_writes_nothing_anywhere(bench: Bench, view: str, tmp_path: Path) -> None:
    before, number = files(tmp_path), 0
    for _ in range(5):
        number = seen(bench, view, number).number
    assert files(tmp_path) == before


def test_nothing_from_before_the_press_is_in_the_film(bench: Bench, view: str) -> None:
    camera = bench.box.viewfinder.devices.camera
    bench.until("looked at for long", lambda: seen(bench, view).number >= 4)
    shown = camera.look()
    assert shown is not None
    before = picture_number(shown.to_ndarray()[: shown.height])
    recording = bench.record(NS)
    numbers = filmed_numbers(bench, recording)
    assert numbers[0] > before, "the film holds what was there before the press"
    assert numbers[0] < before + 1000, "the film began late, or the stage began anew"
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers))), "a frame was lost"


def test_a_film_shows_itself_while_it_is_made_and_its_lamp_is_red(bench: Bench, view: str) -> None:
    bench.press(200)
    bench.until("it records", lambda: bench.panel.lamps[-1] is Lamp.RECORDING)
    number = seen(bench, view).number
    assert picture_number(luma(seen(bench, view, number))) > 0
    assert bench.panel.lamps[-1] is Lamp.RECORDING
    assert bench.box.status()["dropped"] == 0


def test_the_end_of_a_film_ends_the_looking(bench: Bench, view: str) -> None:
    bench.record(NS // 2)
    bench.until("closed", lambda: not bench.box.viewfinder.is_open)
    with pytest.raises(NoViewError):
        seen(bench, view)


def test_a_privacy_pause_is_black_and_silent_at_once(bench: Bench, view: str) -> None:
    bench.press(200)
    bench.until("it records", lambda: bench.box.status()["mode"] == "recording")
    number = seen(bench, view).number
    bench.box.ask("pause")
    for _ in range(8):
        glimpse = bench.box.viewfinder.next(view, number, PATIENCE_S)
        assert (glimpse.is_black, int(luma(glimpse).max())) == (True, 0)
        assert glimpse.level.peak_dbfs == -96
        number = glimpse.number
    bench.box.ask("resume")
    bench.until("the room is back", lambda: not seen(bench, view, 0).is_black)


def test_a_pause_that_outlasts_its_film_is_black_as_well(bench: Bench) -> None:
    bench.arm()
    bench.press(200)
    bench.until("it is red", lambda: bench.panel.lamps[-1] is Lamp.RECORDING)
    bench.box.ask("pause")
    killed = bench.box
    bench.use_camera(None)
    bench.box.go_on()
    glimpse = seen(bench, bench.box.viewfinder.open_view())
    assert glimpse.is_black
    assert luma(glimpse).max() < 8
    assert bench.box.status()["recording"] is None, "no film is made that could be black"
    bench.box.ask("stop")
    bench.until("the room", lambda: not seen(bench, bench.box.viewfinder.open_view()).is_black)
    killed.close()


def test_the_camera_closes_when_the_lease_is_over() -> None:
    camera = TellingCamera()
    lent = finder(camera, lease_ns=10 * NS)
    view = lent.open_view()
    lent.next(view, 0, PATIENCE_S)
    camera.is_closed.clear()
    assert camera.is_closed.wait(PATIENCE_S)
    with pytest.raises(NoViewError, match="over"):
        lent.next(view, 0, PATIENCE_S)
    lent.join()
    assert not lent.is_open


def test_another_lease_goes_on_without_closing() -> None:
    camera = TellingCamera()
    lent = finder(camera)
    first = lent.open_view()
    number = lent.next(first, 0, PATIENCE_S).number
    camera.is_closed.clear()
    second = lent.open_view()
    lent.close_view(first)
    assert lent.next(second, number, PATIENCE_S).number > number
    assert not camera.is_closed.is_set()
    lent.join()
    assert camera.is_closed.is_set()


def test_a_camera_that_is_not_there_says_so() -> None:
    lent = finder(BrokenCamera(DrawnStage(320, 180, 25), Curtain(), 300_000))
    with pytest.raises(NoViewError, match="there is no camera"):
        lent.next(lent.open_view(), 0, PATIENCE_S)
    lent.join()


def test_a_word_that_was_not_given_shows_nothing() -> None:
    lent = finder(TellingCamera())
    with pytest.raises(NoViewError):
        lent.next("0" * 32, 0, PATIENCE_S)
    assert not lent.is_open


def test_only_the_latest_picture_is_held(bench: Bench, view: str) -> None:
    first = seen(bench, view)
    bench.until("some were missed", lambda: seen(bench, view, 0).number > first.number + 5)
    assert seen(bench, view, first.number).number > first.number + 5
