"""What a keepsake holds, and how its words and photos are set on any paper."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from PIL import Image

from vigbox.errors import VigboxError
from vigbox.export.mosaic import MOST, Cell, width_of
from vigbox.export.paper import GREY, Face, Paper

TITLE: Final = Face(26, "times")
SOFT: Final = Face(9.5, "times", "I", grey=GREY)


class KeepsakeError(VigboxError):
    """A keepsake is asked for that cannot be made."""


@dataclass(frozen=True, slots=True)
class Photo:
    """A JPEG, and what the client said about that moment."""

    jpeg: bytes
    words: str = ""

    @property
    def shape(self) -> float:
        """Width by height."""
        with Image.open(io.BytesIO(self.jpeg)) as image:
            return image.width / image.height


@dataclass(frozen=True, slots=True)
class Labels:
    """What we add, in the family's language; ``quote`` holds their words where {} stands."""

    title: str = "Moments together"
    strengths: str = "What is going well"
    quote: str = "“{}”"
    language: str = "en"

    def quoted(self, words: str) -> str:
        """Put somebody's words between quotation marks; no words stay none."""
        return self.quote.replace("{}", words.strip()) if words.strip() else ""


@dataclass(frozen=True, slots=True)
class Keepsake:
    """One to six photos with their words, strengths as they were said, and the day in words.

    ``code`` is the case's, when the practitioner wants it on the paper. Raises
    :class:`KeepsakeError` for none or more photos.
    """

    held_on: date
    held: str
    photos: tuple[Photo, ...]
    strengths: str = ""
    code: str = ""

    def __post_init__(self) -> None:
        if not 1 <= len(self.photos) <= MOST:
            raise KeepsakeError(
                f"a keepsake has one to {MOST} photos, not {len(self.photos)}. "
                "Choose those that show most."
            )

    @property
    def shapes(self) -> list[float]:
        """The photos' own shapes, width by height."""
        return [each.shape for each in self.photos]

    @property
    def foot(self) -> str:
        """The day, and the code where one is wanted."""
        return " · ".join(each for each in (self.held, self.code) if each)


@dataclass(frozen=True, slots=True)
class Lines:
    """Words broken into lines of a width, in one type."""

    lines: tuple[str, ...]
    face: Face

    @classmethod
    def of(cls, paper: Paper, width: float, text: str, face: Face) -> "Lines":
        """Break a text; none has no lines."""
        return cls(tuple(paper.lines_of(width, text, face)) if text else (), face)

    @property
    def height(self) -> float:
        """How high they are together, in mm."""
        return len(self.lines) * self.face.leading_mm


def set_line(paper: Paper, middle: float, y: float, text: str, face: Face) -> float:
    """Set one line around a middle, its top at y. Gives y below it."""
    x = middle - paper.width_of(text, face) / 2
    paper.line(x, y + face.leading_mm * 0.74, text, face)
    return y + face.leading_mm


def set_lines(paper: Paper, middle: float, y: float, lines: Lines) -> float:
    """Set lines around a middle, their top at y. Gives y below them."""
    for each in lines.lines:
        y = set_line(paper, middle, y, each, lines.face)
    return y


def set_row(
    paper: Paper, middle: float, y: float, photos: Sequence[Photo], row: Sequence[Cell]
) -> None:
    """Place a row of photos around a middle, its top at y."""
    left = middle - width_of(row) / 2
    for cell in row:
        paper.picture(left + cell.left, y, cell.width, photos[cell.photo].jpeg)
