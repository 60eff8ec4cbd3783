"""What can be wrong with the devices: the check, the log and the page say the same; so the lamp."""

import logging
import sys
from types import ModuleType
from typing import Any, ClassVar

import pytest

from tests.recorder.conftest import Bench
from vigbox.devices.capture import SoundCardMicrophone
from vigbox.devices.drawn import DrawnStage
from vigbox.devices.microphone import Microphone
from vigbox.devices.picamera import PiCamera
from vigbox.devices.simulated import SimulatedCamera
from vigbox.devices.stage import Curtain
from vigbox.model import Lamp
from vigbox.recorder.check import check_all
from vigbox.recorder.readiness import RefusedError
from vigbox.recorder.recording import Devices

SIZE = (320, 180)


class CameraLibrary(ModuleType):
    """picamera2 on a computer with no camera, or with one that another program holds."""

    def __init__(self, *, is_there: bool) -> None:
        super().__init__("picamera2")

        class Picamera2:
            @staticmethod
            def global_camera_info() -> list[dict[str, Any]]:
                return [{"Model": "imx708"}] if is_there else []

            def __init__(self) -> None:
                raise RuntimeError("Failed to acquire camera: Device or resource busy")

        self.Picamera2 = Picamera2


class SoundLibrary:
    """sounddevice, with the cards it is given."""

    PortAudioError: ClassVar = type("PortAudioError", (Exception,), {})

    def __init__(self, *names: str) -> None:
        self._names = names

    def query_devices(self) -> list[dict[str, Any]]:
        return [
            {"name": name, "index": number, "max_input_channels": 1}
            for number, name in enumerate(self._names)
        ]

    _initialized = 1

    def _terminate(self) -> None: ...
    def _initialize(self) -> None: ...


def said_by_check(bench: Bench, devices: Devices, about: str) -> str:
    findings = check_all(bench.settings, bench.layout, devices, look_s=0.2)
    (found,) = [each for each in findings if each.about == about]
    assert not found.is_well
    assert "\n" not in found.says
    return found.says


@pytest.mark.parametrize(
    ("is_there", "told"),
    [
        (False, "there is no camera. Switch the box off, check the camera's cable"),
        (True, "the camera cannot be opened: Failed to acquire camera: Device or resource busy."),
    ],
    ids=["no camera", "camera busy"],
)
def test_a_camera_that_cannot_be_had_is_told_alike_everywhere(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
    is_there: bool, told: str,  # noqa: FBT001
) -> None:  # fmt: skip
    monkeypatch.setitem(sys.modules, "picamera2", CameraLibrary(is_there=is_there))
    camera = PiCamera(SIZE, 25, 300_000, "Raspberry Pi 4")
    bench.use_camera(camera)
    bench.arm()
    with caplog.at_level(logging.WARNING):
        bench.press(200)
        bench.until("the lamp says no", lambda: bench.panel.lamps[-1] is Lamp.REFUSED)
    page = bench.box.status()["refusal"]
    assert page.startswith(told)
    assert f"a press was refused: {page}" in caplog.messages
    assert said_by_check(bench, bench.box._devices, "camera") == page
    assert Lamp.RECORDING not in bench.panel.lamps
    assert not list(bench.layout.recordings.iterdir())


def test_the_tablets_start_hears_at_once_that_there_is_no_camera(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "picamera2", CameraLibrary(is_there=False))
    bench.use_camera(PiCamera(SIZE, 25, 300_000, "Raspberry Pi 4"))
    bench.arm()
    with pytest.raises(RefusedError, match="there is no camera"):
        bench.box.ask("start")


@pytest.mark.parametrize(
    ("cards", "told"),
    [
        ((), "there is no microphone at all. Plug one in"),
        (
            ("USB Audio", "Webcam"),
            'there is no microphone "Yeti". The microphone must be one of USB Audio, Webcam.',
        ),
    ],
    ids=["no microphone", "a wrong name"],
)
def test_a_microphone_that_cannot_be_had_is_told_alike_and_the_film_goes_on(
    bench: Bench, caplog: pytest.LogCaptureFixture, cards: tuple[str, ...], told: str
) -> None:
    microphone: Microphone = SoundCardMicrophone("Yeti", 0, SoundLibrary(*cards))
    camera = SimulatedCamera(DrawnStage(*SIZE, 25), Curtain(), 300_000)
    bench.box._devices = Devices(camera, microphone)
    bench.arm()
    with caplog.at_level(logging.WARNING):
        bench.press(200)
        bench.until("the page says so", lambda: bool(bench.box.status()["no_sound"]))
        bench.until("the lamp says so", lambda: bench.panel.lamps[-1] is Lamp.PROBLEM)
    page = bench.box.status()["no_sound"]
    assert page.startswith(told)
    assert page in caplog.messages
    bench.box.ask("stop")
    bench.until("it is over", lambda: bench.box.status()["mode"] == "idle")
    assert said_by_check(bench, bench.box._devices, "microphone") == page
