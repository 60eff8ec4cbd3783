"""A goal's ratings as a small line chart: where each point lies, for the template to draw."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from vigbox.casework.goals import HIGHEST
from vigbox.casework.tables import Cycle

_COLUMN: Final = 72
_HEIGHT: Final = 100
_TOP: Final = 22
_LEFT: Final = 40


@dataclass(frozen=True, slots=True)
class Point:
    """One rating: its place in the drawing, the cycle's number, and the value."""

    x: int
    y: int
    number: int
    value: int


@dataclass(frozen=True, slots=True)
class Chart:
    """The drawing of one goal: its size, lines at whole steps, and points from left to right."""

    width: int
    height: int
    points: Sequence[Point]
    lines: Sequence[tuple[int, int]]

    @property
    def path(self) -> str:
        """The line through the points, as an SVG polyline has it."""
        return " ".join(f"{each.x},{each.y}" for each in self.points)


def chart_of(cycles: Sequence[Cycle], ratings: Mapping[str, int]) -> Chart | None:
    """Draw a goal's ratings over a case's cycles; None without any."""
    points = [
        Point(_LEFT + place * _COLUMN, _height_of(ratings[each.id]), each.number, ratings[each.id])
        for place, each in enumerate(cycles)
        if each.id in ratings
    ]
    if not points:
        return None
    width = 2 * _LEFT + (len(cycles) - 1) * _COLUMN
    lines = [(value, _height_of(value)) for value in (0, HIGHEST // 2, HIGHEST)]
    return Chart(width, _TOP + _HEIGHT + 30, points, lines)


def _height_of(value: int) -> int:
    return _TOP + _HEIGHT - value * _HEIGHT // HIGHEST
