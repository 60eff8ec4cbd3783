"""Reflection and action plan: a page about a shared review that the family can keep.

Their own words come first. No name, no code and no word of the practitioner's notes is on it. It
is one page as long as what was said fits one in a type that can be read; nothing that was said is
ever shortened. Made in memory, never written to a disk here.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

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

_TITLE: Final = Face(24, style="B")
_HEADING: Final = Face(12.5, style="B")
_SOFT: Final = Face(10, grey=GREY)
_SMALL: Final = Face(8.5, grey=GREY)
_SIZES: Final = (12.0, 11.0, 10.0, 9.0)
_MOST_STILLS: Final = 4
_STILL_MM: Final = 50.0
_GAP_MM: Final = 5.0
_SCALE_MM: Final = 66.0


@dataclass(frozen=True, slots=True)
class Headings:
    """What stands over each part, in the family's language."""

    title: str = "What we saw together"
    own_words: str = "In your own words"
    strengths: str = "What goes well between you"
    ideas: str = "New ideas"
    action: str = "Until next time"
    goals: str = "Where your hopes stand"
    today: str = "today"
    before: str = "last time"
    ours: str = "Yours to keep. It holds nothing that you did not say or choose yourself."


@dataclass(frozen=True, slots=True)
class Hope:
    """A goal in the client's words, where it stands from 0 to 10, and where it stood before."""

    text: str
    today: int | None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """What was said in a shared review.

    ``own_words`` are the client's about each clip, ``more`` answers to a service's own prompts
    as (prompt, answer), ``stills`` JPEGs of one shape.
    """

    held_on: date
    held: str
    question: str
    own_words: tuple[str, ...]
    strengths: str
    ideas: str
    action: str
    hopes: tuple[Hope, ...] = ()
    more: tuple[tuple[str, str], ...] = ()
    stills: tuple[bytes, ...] = ()


def family_page(summary: Summary, headings: Headings | None = None) -> bytes:
    """Give the page as a PDF: in the largest type in which it fits on one, else on more."""
    headings = headings or Headings()
    for size in _SIZES:
        sheet = _Sheet(summary, headings, Face(size))
        if sheet.fits:
            break
    return sheet.paper.to_bytes()


class _Sheet:
    """One try at the page, in one size of type."""

    def __init__(self, summary: Summary, headings: Headings, face: Face) -> None:
        self.paper = Paper(headings.title, summary.held_on)
        self.fits = True
        self._face = face
        self._y = TOP_MM
        self._head(summary, headings)
        self._quotes(headings.own_words, summary.own_words)
        self._stills(summary.stills)
        for heading, text in (
            (headings.strengths, summary.strengths),
            (headings.ideas, summary.ideas),
            *summary.more,
        ):
            self._part(heading, text)
        self._action(headings.action, summary.action)
        self._hopes(headings, summary.hopes)
        self._foot(headings.ours)

    def _head(self, summary: Summary, headings: Headings) -> None:
        self.paper.line(LEFT_MM, self._y + 8, headings.title, _TITLE)
        self.paper.line(LEFT_MM, self._y + 15, summary.held, _SOFT)
        self._y += 20
        if summary.question:
            face = replace(self._face, style="B")
            self._y = self.paper.words(LEFT_MM, self._y, WIDTH_MM, summary.question, face) + 2
        self.paper.rule(LEFT_MM, self._y, RIGHT_MM, 0.4, PALE)
        self._y += 2

    def _stills(self, stills: tuple[bytes, ...]) -> None:
        shown = stills[:_MOST_STILLS]
        if not shown:
            return
        width = min(_STILL_MM, (WIDTH_MM - 4 * (len(shown) - 1)) / len(shown))
        self._room(width * 9 / 16 + 4)
        self._y += 3
        for number, jpeg in enumerate(shown):
            self.paper.picture(LEFT_MM + number * (width + 4), self._y, width, jpeg)
        self._y += width * 9 / 16 + 1

    def _quotes(self, heading: str, quotes: tuple[str, ...]) -> None:
        said = [each for each in quotes if each]
        if not said:
            return
        self._heading(heading, self._height(said[0], 6))
        for text in said:
            self._room(self._height(text, 6))
            top = self._y
            self._y = self.paper.words(LEFT_MM + 6, top, WIDTH_MM - 6, f"“{text}”", self._face)
            self.paper.line(LEFT_MM, top + self._face.leading_mm * 0.75, "•", self._face)
            self._y += 1.5

    def _part(self, heading: str, text: str) -> None:
        if text:
            self._heading(heading, self._height(text))
            self._y = self.paper.words(LEFT_MM, self._y, WIDTH_MM, text, self._face)

    def _action(self, heading: str, text: str) -> None:
        if not text:
            return
        height = self._height(text, 12) + 14
        self._room(height + _GAP_MM)
        self._y += _GAP_MM
        self.paper.frame(LEFT_MM, self._y, WIDTH_MM, height)
        self.paper.line(LEFT_MM + 6, self._y + 7.5, heading, _HEADING)
        self.paper.words(LEFT_MM + 6, self._y + 10, WIDTH_MM - 12, text, self._face)
        self._y += height

    def _hopes(self, headings: Headings, hopes: tuple[Hope, ...]) -> None:
        rated = [each for each in hopes if each.today is not None]
        if not rated:
            return
        self._heading(headings.goals, 12)
        for each in rated:
            self._hope(headings, each)

    def _hope(self, headings: Headings, hope: Hope) -> None:
        width = WIDTH_MM - _SCALE_MM - 10
        self._room(max(11, self._height(hope.text, WIDTH_MM - width)))
        top, left = self._y, RIGHT_MM - _SCALE_MM - 2
        below = self.paper.words(LEFT_MM, top + 1, width, hope.text, self._face)
        place: Callable[[int], float] = lambda value: left + value * _SCALE_MM / 10  # noqa: E731
        self.paper.rule(left, top + 4, left + _SCALE_MM, 0.3, PALE)
        for value in range(11):
            self.paper.dot(place(value), top + 4, 0.6, filled=True, grey=PALE)
        if hope.before is not None and hope.before != hope.today:
            self._at(place(hope.before), top, headings.before, filled=False)
        if hope.today is not None:
            self._at(place(hope.today), top, headings.today, filled=True)
        self._y = max(below, top + 13) + 1

    def _at(self, x: float, top: float, text: str, *, filled: bool) -> None:
        self.paper.dot(x, top + 4, 2, filled=filled)
        half = self.paper.width_of(text, _SMALL) / 2
        # today's word below, that of before above: they may stand close together
        y = top + 9.8 if filled else top + 0.8
        self.paper.line(min(max(x - half, LEFT_MM), RIGHT_MM - 2 * half), y, text, _SMALL)

    def _foot(self, text: str) -> None:
        self._room(8)
        self.paper.line(LEFT_MM, BOTTOM_MM - 1, text, _SMALL)

    def _heading(self, text: str, next_mm: float) -> None:
        self._room(_GAP_MM + 6 + next_mm)
        self._y += _GAP_MM
        self.paper.line(LEFT_MM, self._y + 3.6, text, _HEADING)
        self._y += 6

    def _height(self, text: str, less_mm: float = 0) -> float:
        lines = text.splitlines() or [""]
        width = WIDTH_MM - less_mm
        return sum(self.paper.height_of(width, line, self._face) for line in lines)

    def _room(self, height: float) -> None:
        """See that something of a height fits here, else on the next page."""
        if self._y + height > BOTTOM_MM - 6:
            self.fits = False
            self.paper.next_page()
            self._y = TOP_MM
