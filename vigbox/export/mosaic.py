"""Photos side by side in rows of one height each, never cropped, as large as their room allows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

MOST: Final = 6
"""More photos than this are a heap, not a keepsake."""

UPRIGHT: Final = {1: (1,), 2: (1, 1), 3: (1, 2), 4: (2, 2), 5: (1, 2, 2), 6: (2, 2, 2)}
LEVEL: Final = {1: (1,), 2: (2,), 3: (1, 2), 4: (2, 2), 5: (2, 3), 6: (3, 3)}
"""How many photos each row has, on a page that stands and on one that lies."""


@dataclass(frozen=True, slots=True)
class Cell:
    """Where one photo goes, from the left edge and the top of its row, in mm."""

    photo: int
    left: float
    width: float
    height: float


def rows(
    shapes: Sequence[float], pattern: dict[int, tuple[int, ...]], width: float, gap: float
) -> list[list[Cell]]:
    """Lay photos into rows of a width; ``shapes`` are width by height. Raises KeyError."""
    found: list[list[Cell]] = []
    first = 0
    for count in pattern[len(shapes)]:
        found.append(_row(shapes, range(first, first + count), width, gap))
        first += count
    return found


def height_of(laid: Sequence[Sequence[Cell]], gap: float) -> float:
    """Give how high rows are together, with the gaps between them."""
    return sum(row[0].height for row in laid) + gap * (len(laid) - 1)


def within(
    shapes: Sequence[float],
    pattern: dict[int, tuple[int, ...]],
    room: tuple[float, float],
    gap: float,
) -> list[list[Cell]]:
    """Lay photos as :func:`rows`, narrower until they are no higher than the room."""
    width, height = room
    laid = rows(shapes, pattern, width, gap)
    while height_of(laid, gap) > height and width > gap * MOST:
        width *= 0.98
        laid = rows(shapes, pattern, width, gap)
    return laid


def width_of(row: Sequence[Cell]) -> float:
    """Give how wide a row is."""
    return row[-1].left + row[-1].width


def _row(shapes: Sequence[float], photos: range, width: float, gap: float) -> list[Cell]:
    height = (width - gap * (len(photos) - 1)) / sum(shapes[each] for each in photos)
    # no photo alone in its row may stand higher than it could lie wide
    height = min(height, width * 0.75)
    cells: list[Cell] = []
    left = 0.0
    for each in photos:
        cells.append(Cell(each, left, shapes[each] * height, height))
        left += shapes[each] * height + gap
    return cells
