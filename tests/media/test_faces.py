"""Faces are found upright and lying on either side, where they are; without OpenCV it is said."""

import sys

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame

from tests import material
from vigbox.media.faces import Box, FaceDetector, FaceDetectorError, overlap


@pytest.fixture(scope="module")
def picture() -> VideoFrame:
    with av.open(str(material.visit()), "r") as film:
        return next(film.decode(video=0))


@pytest.mark.parametrize("turns", [1, 3])
def test_a_lying_face_is_found_where_it_lies(picture: VideoFrame, turns: int) -> None:
    (left, top, width, height), *others = FaceDetector().faces(picture)
    assert others == []
    pixels = np.ascontiguousarray(np.rot90(picture.to_ndarray(format="rgb24"), turns))
    lying = VideoFrame.from_ndarray(pixels.astype(np.uint8), format="rgb24")
    places = {
        1: Box(top, picture.width - left - width, height, width),
        3: Box(picture.height - top - height, left, height, width),
    }
    found = FaceDetector().faces(lying)
    assert max(overlap(each, places[turns]) for each in found) > 0.6


def test_an_empty_picture_has_no_face() -> None:
    grey = VideoFrame.from_ndarray(np.full((180, 320), 90, np.uint8), format="gray")
    assert FaceDetector().faces(grey) == []


def test_without_opencv_it_is_said_and_a_finger_can_still_draw(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(FaceDetectorError, match="Masks can still be drawn by finger"):
        FaceDetector()


def test_overlap_is_the_shared_part() -> None:
    box = Box(0, 0, 10, 10)
    assert overlap(box, box) == 1
    assert overlap(box, Box(5, 0, 10, 10)) == pytest.approx(1 / 3)
    assert overlap(box, Box(10, 0, 10, 10)) == 0
