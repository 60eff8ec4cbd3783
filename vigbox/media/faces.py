"""Where faces are in a picture: YuNet, run by OpenCV; it tells faces from the rest, never whose.

Of what can be had, YuNet is taken: MIT, 122 kB that ``script/weights.py`` fetches, kept by OpenCV,
wheels for every Python on aarch64 and x86-64. It knows upright faces of 10 to 300 pixels, so each
picture is looked at in two sizes, and in the small one on both its sides as well: babies lie.
``python -m bench.masking`` has the figures. It will still miss faces; whatever rests on it is
looked at by a person before it leaves (see ``masking``).

Only this module imports OpenCV, and only when faces are looked for.
"""

import hashlib
from importlib.resources import files
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
from av.video.frame import VideoFrame

from vigbox.errors import VigboxError

LARGE_PX: Final = 960
SMALL_PX: Final = 480
"""How long the longer side is of the two sizes that a picture is looked at in."""
SURE: Final = 0.5
"""What is less sure is no face. Low, because a mask too many is removed with a tap."""

_OVERLAP: Final = 0.3
_MOST: Final = 200
_SCORE: Final = 14
_WEIGHTS: Final = "face_detection_yunet_2023mar_int8bq.onnx"
_SHA256: Final = "49f000ec501fef24739071fc7e68267d32209045b6822c0c72dce1da25726f10"

Pixels = npt.NDArray[np.uint8]


class FaceDetectorError(VigboxError):
    """Faces cannot be looked for on this box."""


class Box(NamedTuple):
    """A rectangle in pixels of the film."""

    left: int
    top: int
    width: int
    height: int


def overlap(one: Box, other: Box) -> float:
    """Give the part that two rectangles share of what they cover together, 0 to 1."""
    across = min(one.left + one.width, other.left + other.width) - max(one.left, other.left)
    down = min(one.top + one.height, other.top + other.height) - max(one.top, other.top)
    shared = max(0, across) * max(0, down)
    return shared / max(1, one.width * one.height + other.width * other.height - shared)


_Found = tuple[float, Box]
"""How sure it is, 0 to 1, and where."""


class FaceDetector:
    """Finds faces in pictures of any size. Raises :class:`FaceDetectorError` where it cannot."""

    def __init__(self) -> None:
        try:
            import cv2
        except ImportError as error:
            raise FaceDetectorError(
                "faces cannot be looked for: OpenCV is not installed on this box "
                "(opencv-python-headless). Masks can still be drawn by finger."
            ) from error
        self._cv2 = cv2
        # the recorder comes first, also while faces are looked for
        cv2.setNumThreads(1)
        weights = np.frombuffer(_weights(), np.uint8)
        nothing = np.zeros(0, np.uint8)
        self._net: Any = cv2.FaceDetectorYN.create(
            "onnx", weights, nothing, (SMALL_PX, SMALL_PX), SURE, _OVERLAP, _MOST
        )

    def faces(self, frame: VideoFrame) -> list[Box]:
        """Give where faces may be, in pixels of the picture, each once."""
        large, small = _scaled(frame, LARGE_PX), _scaled(frame, SMALL_PX)
        found = self._upright(large, frame.width / large.shape[1])
        scale = frame.width / small.shape[1]
        found += self._upright(small, scale)
        for turns in (1, 3):
            found += self._turned(small, turns, scale)
        return _apart(found)

    def _upright(self, pixels: Pixels, scale: float) -> list[_Found]:
        return [
            (float(row[_SCORE]), Box(*(round(float(side) * scale) for side in row[:4])))
            for row in self._look(pixels)
        ]

    def _turned(self, pixels: Pixels, turns: int, scale: float) -> list[_Found]:
        """Look at a picture that was turned by so many quarters, against the clock."""
        height, width = pixels.shape[:2]
        found: list[_Found] = []
        for row in self._look(np.ascontiguousarray(np.rot90(pixels, turns))):
            x, y, across, down = (float(side) for side in row[:4])
            left, top = (width - y - down, x) if turns == 1 else (y, height - x - across)
            box = Box(*(round(side * scale) for side in (left, top, down, across)))
            found.append((float(row[_SCORE]), box))
        return found

    def _look(self, pixels: Pixels) -> Any:  # noqa: ANN401  # rows of 15 figures, or nothing
        self._net.setInputSize((pixels.shape[1], pixels.shape[0]))
        rows = self._net.detect(pixels)[1]
        return [] if rows is None else rows


def _apart(found: list[_Found]) -> list[Box]:
    """Keep of a face that was found more than once what is surest: its own way up."""
    kept: list[Box] = []
    for _score, each in sorted(found, reverse=True):
        if all(overlap(each, other) < _OVERLAP for other in kept):
            kept.append(each)
    return kept


def _scaled(frame: VideoFrame, longest: int) -> Pixels:
    scale = longest / max(frame.width, frame.height)
    width, height = max(16, round(frame.width * scale)), max(16, round(frame.height * scale))
    shown = frame.reformat(width, height, "bgr24", interpolation="AREA", threads=1)
    return np.ascontiguousarray(shown.to_ndarray(), np.uint8)


def _weights() -> bytes:
    try:
        data = (files("vigbox.media") / "weights" / _WEIGHTS).read_bytes()
    except FileNotFoundError as error:
        raise FaceDetectorError(
            "faces cannot be looked for: the detector's weights are not here (script/weights.py "
            "fetches them). Masks can still be drawn by finger."
        ) from error
    if hashlib.sha256(data).hexdigest() != _SHA256:
        raise FaceDetectorError(
            "faces cannot be looked for: the detector's weights are damaged. Install vigbox again; "
            "masks can still be drawn by finger."
        )
    return data
