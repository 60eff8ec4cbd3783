"""The bench of masks measures what it says: places on its canvas, and who found what."""

import numpy as np
import pytest
from av.video.frame import VideoFrame
from PIL import Image

from bench.masking import VIEWS, Score, View
from vigbox.media.faces import Box


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_a_face_is_where_the_canvas_shows_it(view: View) -> None:
    image, face = Image.new("RGB", (640, 360), "black"), Box(320, 40, 160, 240)
    image.paste("white", (320, 40, 480, 280))
    canvas = np.asarray(view.of(image).convert("L"))
    left, top, width, height = view.place(face, 640)
    inside = canvas[top + 2 : top + height - 2, left + 2 : left + width - 2]
    assert inside.mean() > 250
    assert (canvas > 200).sum() == pytest.approx(width * height, rel=0.12)


def test_found_is_only_what_shares_enough_with_the_face() -> None:
    face, score = Box(100, 100, 50, 50), Score()
    frame = VideoFrame(64, 64, "gray")
    for found in ([face], [Box(110, 110, 50, 50)], [Box(300, 100, 50, 50)], []):
        score.look(lambda _frame, found=found: found, frame, face)  # type: ignore[misc]
    assert (score.looked, score.found, score.elsewhere) == (4, 2, 1)
    assert score.recall == 0.5
