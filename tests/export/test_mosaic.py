"""Rows of photos: nobody is cropped, none overlaps, all of them stay inside their room."""

from itertools import pairwise

import pytest

from vigbox.export.mosaic import LEVEL, MOST, UPRIGHT, height_of, rows, width_of, within

GAP = 4.0
SHAPES = [16 / 9, 1.0, 4 / 3, 16 / 9, 0.75, 1.0]


@pytest.mark.parametrize("pattern", [UPRIGHT, LEVEL], ids=["upright", "level"])
@pytest.mark.parametrize("count", range(1, MOST + 1))
def test_every_photo_has_one_place_of_its_own_shape(
    pattern: dict[int, tuple[int, ...]], count: int
) -> None:
    laid = within(SHAPES[:count], pattern, (160, 100), GAP)
    assert [cell.photo for row in laid for cell in row] == list(range(count))
    assert height_of(laid, GAP) <= 100
    for row in laid:
        assert width_of(row) <= 160 + 1e-6
        assert len({cell.height for cell in row}) == 1
        for cell in row:
            assert cell.width / cell.height == pytest.approx(SHAPES[cell.photo])
        for left, right in pairwise(row):
            assert right.left == pytest.approx(left.left + left.width + GAP)


def test_a_row_is_as_wide_as_the_page() -> None:
    (row,) = rows([16 / 9], UPRIGHT, 160, GAP)
    assert width_of(row) == pytest.approx(160)


def test_a_tall_photo_alone_leaves_room_for_words() -> None:
    (row,) = rows([0.5], UPRIGHT, 160, GAP)
    assert row[0].height == pytest.approx(120)
