"""Which of picamera2's encoders a board films with, and what is asked of it.

Without ``/dev/video*`` picamera2 takes any board for an old one and its ``H264Encoder`` means
another class on each board, so each is named here by the module it lives in.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

MODEL: Final = Path("/proc/device-tree/model")

_PI_5: Final = re.compile(r"(Raspberry Pi|Compute Module) 5(00)?\b")


@dataclass(frozen=True, slots=True)
class Shape:
    """What a film is to be: size in pixels, pictures and bits in a second."""

    size: tuple[int, int]
    pictures_per_second: int
    bits_per_second: int


def read_model() -> str:
    """Give the board's own name; nothing on what is no board."""
    try:
        return MODEL.read_text("ascii").rstrip("\0\n")
    except (OSError, ValueError):
        return ""


def has_hardware_encoder(model: str) -> bool:
    """Tell from a board's model whether its processor encodes H.264: up to the Pi 4, yes."""
    return "Raspberry Pi" in model and _PI_5.search(model) is None


def encoder_for(model: str, shape: Shape) -> Any:  # noqa: ANN401  # picamera2 is untyped
    """Make the board's encoder: no B-frames, a keyframe each second with its parameter sets.

    Raises ImportError when picamera2 is not installed.
    """
    asked = {
        "bitrate": shape.bits_per_second,
        "repeat": True,
        "iperiod": shape.pictures_per_second,
        "framerate": shape.pictures_per_second,
    }
    if has_hardware_encoder(model):
        from picamera2.encoders.h264_encoder import H264Encoder

        return H264Encoder(**asked, profile="constrained baseline")
    from picamera2.encoders.libav_h264_encoder import LibavH264Encoder

    # its preset "ultrafast" is baseline by itself; PyAV lists no profiles to choose from
    encoder = LibavH264Encoder(**asked)
    # more would each hold back a picture, which a stall or a power cut then takes as well
    encoder.threads = 1
    return encoder
