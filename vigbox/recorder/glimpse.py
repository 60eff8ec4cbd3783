"""One live picture for aiming the camera, with how loud it is; made outside their threads."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from av import VideoFrame

from vigbox.devices.level import FLOOR_DBFS, Level

if TYPE_CHECKING:
    from PIL.Image import Image

_QUALITY: Final = 60
SILENT: Final = Level(FLOOR_DBFS, FLOOR_DBFS)


@dataclass(frozen=True, slots=True)
class Glimpse:
    """A small JPEG, the level of the last moment, and its number, counted from 1."""

    jpeg: bytes
    level: Level
    number: int
    is_black: bool = False


def jpeg_of(frame: VideoFrame) -> bytes:
    """Make a JPEG of a small picture: about 10 kB for 320 x 180."""
    # imported where it is used: a recorder that nobody looks through never holds it
    from PIL import Image

    return _jpeg(Image.fromarray(frame.to_ndarray(format="rgb24")))


def black_jpeg(size: tuple[int, int]) -> bytes:
    """Make what is shown in a privacy pause, whatever the camera says."""
    from PIL import Image

    return _jpeg(Image.new("RGB", size))


def _jpeg(image: "Image") -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=_QUALITY)
    return file.getvalue()


def loudest(levels: Sequence[Level]) -> Level:
    """Join some moments to one: the highest peak, the loudest stretch; none at all are silence."""
    if not levels:
        return SILENT
    return Level(max(each.peak_dbfs for each in levels), max(each.rms_dbfs for each in levels))
