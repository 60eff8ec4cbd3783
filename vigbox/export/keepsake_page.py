"""The keepsake's A4 page: each photo with its words beneath, what goes well at the end."""

from dataclasses import dataclass, replace
from itertools import product
from typing import Final

from vigbox.export.keepsake_parts import (
    SOFT,
    TITLE,
    Keepsake,
    Labels,
    Lines,
    set_line,
    set_lines,
    set_row,
)
from vigbox.export.mosaic import UPRIGHT, Cell, rows, width_of, within
from vigbox.export.paper import (
    BOTTOM_MM,
    GREY,
    LEFT_MM,
    PALE,
    RIGHT_MM,
    TOP_MM,
    WIDTH_MM,
    Face,
    Paper,
)

_MIDDLE: Final = (LEFT_MM + RIGHT_MM) / 2
_SAID: Final = Face(15, "times", "I")
_SIZES: Final = (15.0, 13.5, 12.0, 11.0)
_WIDTHS: Final = tuple(WIDTH_MM * part for part in (1, 0.88, 0.76, 0.66))
_GAP: Final = 7.0
_HEAD_MM: Final = 20.0
_FOOT_MM: Final = 9.0
_ROOM: Final = BOTTOM_MM - _FOOT_MM - TOP_MM - _HEAD_MM
# more lines than this under a photo are no caption any more
_MOST_LINES: Final = 9
_MOSAIC_MM: Final = 120.0


def page(holds: Keepsake, labels: Labels) -> bytes:
    """Give the page: in the largest type and photos that fit on one, else on more."""
    paper = Paper(labels.title, holds.held_on, language=labels.language)
    for width, size in product(_WIDTHS, _SIZES):
        tried = _Captioned(paper, holds, labels, replace(_SAID, size=size), width)
        if tried.fits:
            tried.draw()
            break
    else:
        _Gathered(paper, holds, labels).draw()
    return paper.to_bytes()


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of photos, and the lines under each of them."""

    cells: list[Cell]
    captions: list[Lines]

    @property
    def height(self) -> float:
        below = max(each.height for each in self.captions)
        return self.cells[0].height + (below + 2 if below else 0)


class _Captioned:
    """One try: every photo with its words right beneath it, all on one page."""

    def __init__(
        self, paper: Paper, holds: Keepsake, labels: Labels, face: Face, width: float
    ) -> None:
        self.paper, self.holds, self.labels = paper, holds, labels
        said = [labels.quoted(each.words) for each in holds.photos]
        self.rows = [
            _Row(row, [Lines.of(paper, cell.width, said[cell.photo], face) for cell in row])
            for row in rows(holds.shapes, UPRIGHT, width, _GAP)
        ]
        self.strengths = Lines.of(paper, WIDTH_MM * 0.8, holds.strengths, face)
        self.height = sum(each.height for each in self.rows) + _GAP * (len(self.rows) - 1)
        self.height += _heading_mm(self.strengths) + self.strengths.height

    @property
    def fits(self) -> bool:
        """Whether all of it is on the page, and no words became a column."""
        most = max(len(each.lines) for row in self.rows for each in row.captions)
        return self.height <= _ROOM and most <= _MOST_LINES

    def draw(self) -> None:
        """Set it; what room is left over stands above and below."""
        _frame(self.paper, self.holds, self.labels)
        y = TOP_MM + _HEAD_MM + min(30.0, (_ROOM - self.height) * 0.4)
        for row in self.rows:
            set_row(self.paper, _MIDDLE, y, self.holds.photos, row.cells)
            left = _MIDDLE - width_of(row.cells) / 2
            for cell, words in zip(row.cells, row.captions, strict=True):
                middle = left + cell.left + cell.width / 2
                set_lines(self.paper, middle, y + cell.height + 2, words)
            y += row.height + _GAP
        if self.strengths.lines:
            y = _heading(self.paper, y - _GAP, self.labels.strengths)
            set_lines(self.paper, _MIDDLE, y, self.strengths)


class _Gathered:
    """All photos first, then all words, going on over the page as long as they are."""

    def __init__(self, paper: Paper, holds: Keepsake, labels: Labels) -> None:
        self.paper, self.holds, self.labels = paper, holds, labels
        self.y = TOP_MM + _HEAD_MM

    def draw(self) -> None:
        """Set it, on as many pages as it takes."""
        _frame(self.paper, self.holds, self.labels)
        laid = within(self.holds.shapes, UPRIGHT, (WIDTH_MM, _MOSAIC_MM), _GAP)
        for row in laid:
            set_row(self.paper, _MIDDLE, self.y, self.holds.photos, row)
            self.y += row[0].height + _GAP
        face = replace(_SAID, size=_SIZES[-1])
        for photo in self.holds.photos:
            self._words(self.labels.quoted(photo.words), face)
        if self.holds.strengths:
            self._room(30)
            self.y = _heading(self.paper, self.y, self.labels.strengths)
            self._words(self.holds.strengths, face)

    def _words(self, text: str, face: Face) -> None:
        lines = Lines.of(self.paper, WIDTH_MM, text, face).lines
        for each in lines:
            self._room(face.leading_mm)
            self.paper.line(LEFT_MM, self.y + face.leading_mm * 0.74, each, face)
            self.y += face.leading_mm
        self.y += _GAP / 2 if lines else 0

    def _room(self, height: float) -> None:
        if self.y + height > BOTTOM_MM - _FOOT_MM:
            self.paper.next_page()
            self.y = TOP_MM


def _frame(paper: Paper, holds: Keepsake, labels: Labels) -> None:
    set_line(paper, _MIDDLE, TOP_MM - 2, labels.title, TITLE)
    paper.rule(_MIDDLE - 12, TOP_MM + 13, _MIDDLE + 12, 0.3, PALE)
    set_line(paper, _MIDDLE, BOTTOM_MM - 5, holds.foot, SOFT)


def _heading_mm(strengths: Lines) -> float:
    return 16.0 if strengths.lines else 0.0


def _heading(paper: Paper, y: float, text: str) -> float:
    paper.rule(_MIDDLE - 12, y + 5, _MIDDLE + 12, 0.3, PALE)
    return set_line(paper, _MIDDLE, y + 8, text, Face(11.5, "times", grey=GREY)) + 2
