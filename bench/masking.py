"""Faces beside a peer: who finds the face that every picture of the test film shows.

The film is looked at as it is, then as if the camera stood farther off, and as if the face lay on
its side: the picture, smaller or turned, on a plain canvas of 1280 by 720. Found is what shares
0.3 or more with where YuNet saw the face in the film as it is, a finding that was looked through by
eye once, on all of its pictures: so the first line has no truth but our eyes, the others have.

``recall``            vigbox, on the film as it is
``recall_PX``         on a face of so many pixels' height, of the canvas' 720
``recall_lying``      on one that lies on its side, 295 pixels long
``cascade_…``         the same of OpenCV's frontal cascade, which is what there was before
``false_per_picture`` findings elsewhere, vigbox; each is a mask too many, removed with a tap
``ms_per_picture``    processor time of a picture of 1280 by 720, vigbox; ``cascade_ms…`` the peer's
``clip_real_time``    seconds of film looked at in one second of processor time, as a clip is
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import av
import cv2
import numpy as np
from av.video.frame import VideoFrame
from PIL import Image

from bench.rounds import report
from tests import material
from vigbox.media.faces import Box, FaceDetector, overlap
from vigbox.media.masked import EVERY

CANVAS: Final = (1280, 720)
_FOUND: Final = 0.3
_PICTURES_PER_SECOND: Final = 25
Finder = Callable[[VideoFrame], list[Box]]


@dataclass(frozen=True, slots=True)
class View:
    """How the film's picture lies on the canvas: scaled by ``scale``, turned to the side or not."""

    name: str
    scale: float
    is_lying: bool = False

    def of(self, image: Image.Image) -> Image.Image:
        """Draw it."""
        width, height = (round(side * self.scale) for side in image.size)
        part = image.resize((width, height), Image.Resampling.LANCZOS)
        canvas = Image.new("RGB", CANVAS, "#776655")
        canvas.paste(part.rotate(90, expand=True) if self.is_lying else part, (40, 40))
        return canvas

    def place(self, box: Box, width: int) -> Box:
        """Give where a face is on the canvas that is at ``box`` in a picture of a width."""
        left, top, across, down = box
        if self.is_lying:
            left, top, across, down = top, width - left - across, down, across
        return Box(*(round(side * self.scale) + at for side, at in
                     zip((left, top, across, down), (40, 40, 0, 0), strict=True)))  # fmt: skip


VIEWS: Final = (
    View("295", 1.0),
    View("74", 0.25),
    View("49", 1 / 6),
    View("37", 0.125),
    View("lying", 1.0, is_lying=True),
)


class Cascade:
    """OpenCV's frontal face cascade, as its own samples set it."""

    def __init__(self) -> None:
        folder = Path(cv2.__file__).parent / "data"
        self._look = cv2.CascadeClassifier(str(folder / "haarcascade_frontalface_default.xml"))

    def faces(self, frame: VideoFrame) -> list[Box]:
        """Give where it sees faces."""
        grey = np.ascontiguousarray(frame.to_ndarray(format="gray"), np.uint8)
        return [Box(*map(int, each)) for each in self._look.detectMultiScale(grey, 1.1, 4)]


@dataclass
class Score:
    """What a finder did in one view."""

    looked: int = 0
    found: int = 0
    elsewhere: int = 0
    seconds: float = 0.0

    def look(self, find: Finder, frame: VideoFrame, face: Box) -> None:
        """Look at one picture whose face is known."""
        start = time.process_time()
        boxes = find(frame)
        self.seconds += time.process_time() - start
        here = [each for each in boxes if overlap(each, face) >= _FOUND]
        self.looked += 1
        self.found += bool(here)
        self.elsewhere += len(boxes) - len(here)

    @property
    def recall(self) -> float:
        """The part of the pictures in which it was found."""
        return self.found / max(1, self.looked)


def pictures(every: int) -> Iterator[VideoFrame]:
    """Give each so-manieth picture of the film."""
    with av.open(str(material.visit()), "r") as film:
        for number, frame in enumerate(film.decode(video=0)):
            if number % every == 0:
                yield frame


def measure(every: int) -> dict[str, float]:
    """Let both look at all views of the film's pictures."""
    ours, peer = FaceDetector(), Cascade()
    finders: dict[str, Finder] = {"": ours.faces, "cascade_": peer.faces}
    scores = {(who, view.name): Score() for who in finders for view in VIEWS}
    scores[("", "film")] = Score()
    for frame in pictures(every):
        boxes = ours.faces(frame)
        scores[("", "film")].looked += 1
        scores[("", "film")].found += bool(boxes)
        if not boxes:
            continue
        image = Image.fromarray(frame.to_ndarray(format="rgb24"))
        for view in VIEWS:
            canvas = VideoFrame.from_ndarray(np.asarray(view.of(image)), format="rgb24")
            for who, find in finders.items():
                face = view.place(boxes[0], frame.width)
                scores[(who, view.name)].look(find, canvas, face)
    return _figures(scores)


def _figures(scores: dict[tuple[str, str], Score]) -> dict[str, float]:
    figures = {"recall": scores[("", "film")].recall}
    for (who, view), score in scores.items():
        if view != "film":
            figures[f"{who}recall_{view}"] = score.recall
    for who in ("", "cascade_"):
        mine = [each for (name, view), each in scores.items() if name == who and view != "film"]
        looked = sum(each.looked for each in mine)
        figures[f"{who}false_per_picture"] = sum(each.elsewhere for each in mine) / looked
        figures[f"{who}ms_per_picture"] = 1000 * sum(each.seconds for each in mine) / looked
    a_second = figures["ms_per_picture"] / 1000 * _PICTURES_PER_SECOND / EVERY
    return figures | {"clip_real_time": 1 / a_second}


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser("bench.masking", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="each 48th picture, not each 12th")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    figures = measure(48 if given.quick else 12)
    report({name: round(value, 3) for name, value in figures.items()}, as_json=given.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
