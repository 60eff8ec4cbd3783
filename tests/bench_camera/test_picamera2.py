"""What we rely on in the installed picamera2: names, order and defaults of what we call."""

import inspect
from collections.abc import Callable
from typing import Any

import pytest
from picamera2 import MappedArray, Picamera2
from picamera2.encoders.h264_encoder import H264Encoder
from picamera2.encoders.libav_h264_encoder import LibavH264Encoder
from picamera2.outputs import Output

from vigbox.devices.encoders import Shape, encoder_for

NONE = inspect.Parameter.empty


def parameters(function: Callable[..., Any]) -> dict[str, Any]:
    return {
        name: each.default
        for name, each in inspect.signature(function).parameters.items()
        if name != "self"
    }


def test_an_output_is_called_as_ours_is_made() -> None:
    assert parameters(Output.outputframe) == {
        "frame": NONE, "keyframe": True, "timestamp": None, "packet": None, "audio": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("encoder", "iperiod", "framerate"), [(H264Encoder, None, None), (LibavH264Encoder, 30, 30)]
)
def test_both_encoders_take_what_we_ask(
    encoder: Callable[..., Any], iperiod: int | None, framerate: int | None
) -> None:
    known = parameters(encoder)
    assert known["repeat"] is True
    assert known["bitrate"] is None
    assert known["profile"] is None
    assert (known["iperiod"], known["framerate"]) == (iperiod, framerate)


@pytest.mark.parametrize(
    ("model", "made"),
    [
        ("Raspberry Pi 4 Model B Rev 1.5", H264Encoder),
        ("Raspberry Pi 5 Model B Rev 1.0", LibavH264Encoder),
    ],
)
def test_each_board_gets_its_encoder(model: str, made: type) -> None:
    encoder: Any = encoder_for(model, Shape((1280, 720), 25, 4_000_000))
    assert isinstance(encoder, made)
    asked = vars(encoder)
    assert asked["bitrate"] == 4_000_000
    assert asked["iperiod"] == asked["framerate"] == 25
    assert asked["repeat"] is True


def test_only_the_hardware_encoder_knows_of_a_rate_in_its_headers() -> None:
    assert parameters(H264Encoder)["enable_sps_framerate"] is False
    assert "enable_sps_framerate" not in parameters(LibavH264Encoder)


def test_a_video_configuration_takes_two_streams_and_paces_them_by_itself() -> None:
    known = parameters(Picamera2.create_video_configuration)
    assert known["main"] == {}
    assert known["lores"] is None
    assert known["encode"] == "main"
    assert known["buffer_count"] == 6
    assert {"controls", "display"} <= set(known)


def test_starting_and_stopping_are_called_as_we_call_them() -> None:
    assert list(parameters(Picamera2.start_recording))[:2] == ["encoder", "output"]
    assert parameters(Picamera2.stop_recording) == {}
    assert parameters(Picamera2.close) == {}
    assert parameters(Picamera2.global_camera_info) == {}
    assert parameters(MappedArray)["write"] is True


def test_the_list_of_cameras_is_kept_until_it_is_made_anew() -> None:
    assert "_cm.cms.cameras" in inspect.getsource(Picamera2.global_camera_info)
    manager = type(Picamera2._cm)
    assert parameters(manager.reset) == {}
    assert "singleton()" in inspect.getsource(manager.reset)


def test_an_encoder_knows_when_its_first_picture_was_taken_in_microseconds() -> None:
    source = inspect.getsource(LibavH264Encoder._timestamp)
    assert "SensorTimestamp] / 1000)" in source
    assert "ts - self.firsttimestamp" in source
    assert H264Encoder._timestamp is LibavH264Encoder._timestamp


def test_the_software_encoder_calls_itself_baseline_by_its_preset() -> None:
    source = inspect.getsource(LibavH264Encoder._start)
    assert 'preset = "ultrafast"' in source
    assert '"zerolatency"' in source


def test_the_software_encoder_takes_a_number_of_threads() -> None:
    assert LibavH264Encoder().threads == 0
    assert "thread_count = self.threads" in inspect.getsource(LibavH264Encoder._start)
