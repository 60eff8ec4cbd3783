"""Whether there is a camera: the lamp, the status and a press, where there is none."""

import time
from collections.abc import Callable

import pytest

from tests.appliance.updates.twin import NO_CAMERA, status_of
from tests.recorder.conftest import Bench
from vigbox.devices.camera import CameraError, Picture
from vigbox.devices.drawn import DrawnStage
from vigbox.devices.simulated import SimulatedCamera
from vigbox.devices.stage import Curtain
from vigbox.model import NS, Lamp

GREEN = {Lamp.READY, Lamp.READY_HINT}


class WellAgain(SimulatedCamera):
    """Films whatever it last said."""

    def start(self, when_picture: Callable[[Picture], None]) -> None:
        self.trouble = ""
        super().start(when_picture)


class Refusing(SimulatedCamera):
    """Is there as far as anybody can see, and refuses to film; remembers that, as a real one."""

    def start(self, when_picture: Callable[[Picture], None]) -> None:  # noqa: ARG002
        self.trouble = "the camera cannot film: no. Switch the box off."
        raise CameraError(self.trouble)


def a_camera(trouble: str | None, made: type[SimulatedCamera] = SimulatedCamera) -> SimulatedCamera:
    camera = made(DrawnStage(320, 180, 25), Curtain(), 300_000)
    camera.trouble = trouble
    return camera


@pytest.mark.parametrize("camera", [NO_CAMERA, None, ""])
def test_the_status_of_an_armed_recorder_is_what_an_update_s_twin_says(
    bench: Bench, camera: str | None
) -> None:
    bench.use_camera(a_camera(camera))
    bench.arm()
    told = status_of(camera)
    found = {key: value for key, value in bench.box.status().items() if key in told}
    assert found == told


def test_without_a_camera_the_lamp_is_never_green_and_shows_a_problem(bench: Bench) -> None:
    bench.use_camera(a_camera(NO_CAMERA))
    before = len(bench.panel.lamps)
    bench.arm()
    bench.until("the lamp says it", lambda: Lamp.PROBLEM in bench.panel.lamps[before:])
    assert {*bench.panel.lamps[before:]} <= {Lamp.PROBLEM, Lamp.DARK}


def test_as_long_as_nobody_knows_of_a_camera_the_lamp_affirms_nothing(bench: Bench) -> None:
    camera = a_camera(None)
    bench.use_camera(camera)
    before = len(bench.panel.lamps)
    bench.arm()
    end_s = time.monotonic() + 2
    bench.until("a while went by", lambda: time.monotonic() > end_s)
    assert {*bench.panel.lamps[before:]} <= {Lamp.DARK}
    assert "still looks for its camera" in bench.box.status()["not_ready"]
    camera.trouble = ""
    bench.until("it is green", lambda: bench.panel.lamps[-1] is Lamp.READY)


@pytest.mark.parametrize("trouble", [None, NO_CAMERA])
def test_a_press_tries_the_camera_whatever_is_known_of_it(
    bench: Bench, trouble: str | None
) -> None:
    camera = a_camera(trouble, WellAgain)
    bench.use_camera(camera)
    bench.arm()
    bench.box.tick()
    assert bench.box.status()["not_ready"]
    recording = bench.record(NS)
    assert "finished" in bench.layout.manifest(recording).read_text()
    bench.until("it is green", lambda: bench.panel.lamps[-1] is Lamp.READY)


def test_after_a_refusal_the_lamp_is_not_green_again(bench: Bench) -> None:
    bench.use_camera(a_camera("", Refusing))
    bench.arm()
    bench.until("it is green", lambda: bench.panel.lamps[-1] is Lamp.READY)
    bench.press(200)
    bench.until("it is refused", lambda: bench.panel.lamps[-1] is Lamp.REFUSED)
    before = len(bench.panel.lamps)
    bench.until("the problem is shown", lambda: Lamp.PROBLEM in bench.panel.lamps[before:])
    assert GREEN.isdisjoint(bench.panel.lamps[before:])
    assert bench.box.status()["not_ready"] == "the camera cannot film: no. Switch the box off."


class Counting(SimulatedCamera):
    """Counts how often it was asked."""

    asked = 0

    def problem(self) -> str | None:
        self.asked += 1
        return super().problem()


def test_a_recorder_asks_before_anybody_arms_it(bench: Bench) -> None:
    camera = a_camera("", Counting)
    bench.use_camera(camera)
    bench.box.tick()
    assert camera.asked == 1  # type: ignore[attr-defined]


def test_a_box_that_is_not_armed_tells_its_camera_on_the_page_alone(bench: Bench) -> None:
    bench.use_camera(a_camera(NO_CAMERA))
    before = len(bench.panel.lamps)
    bench.until("a while went by", lambda: bench.box.status()["not_ready"] is not None)
    assert bench.box.status()["not_ready_kind"] == "unarmed"
    assert bench.box.status()["camera"] == NO_CAMERA
    assert {*bench.panel.lamps[before:]} <= {Lamp.DARK}
