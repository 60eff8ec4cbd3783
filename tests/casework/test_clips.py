import pytest

from tests.casework.conftest import Box, a_case
from vigbox.casework.clips import ClipError, add_clip, around, checked_span, clips_of, length_ms
from vigbox.model import new_id

TIMES = [n * 3600 for n in range(500)]  # twenty seconds at 25 pictures a second


@pytest.mark.parametrize(
    ("picture", "span"), [(250, (150, 350)), (0, (0, 200)), (50, (0, 200)), (499, (299, 499))]
)
def test_eight_seconds_around_a_moment_are_shifted_at_the_ends(
    picture: int, span: tuple[int, int]
) -> None:
    found = around(picture, TIMES)
    assert found == span
    assert length_ms(found, TIMES) == 8000
    assert found[0] <= picture <= found[1]


def test_a_film_shorter_than_eight_seconds_is_taken_whole() -> None:
    assert around(20, TIMES[:50]) == (0, 50)
    assert around(0, [0]) == (0, 1)


def test_a_moment_in_a_gap_of_the_film_still_gives_a_clip() -> None:
    gap = [*range(0, 90_000, 3600), *range(9_000_000, 9_090_000, 3600)]
    first, end = around(30, gap)
    assert first <= 30 < end


def test_the_last_picture_lasts_too() -> None:
    assert length_ms((0, 25), TIMES) == 1000
    assert length_ms((475, 500), TIMES) == 1000
    assert length_ms((0, 1), [0]) == 0


@pytest.mark.parametrize(
    ("first", "last"),
    [(5, 4), (-1, 4), (0, 500), (None, 4), ("0", 4), (True, 4), (0, 4.0), (0, 10**400)],
)
def test_what_is_no_span_of_the_film_is_refused(first: object, last: object) -> None:
    with pytest.raises(ClipError, match="out must come after its in"):
        checked_span(first, last, TIMES)


def test_one_picture_is_a_clip() -> None:
    assert checked_span(7, 7, TIMES) == (7, 8)


def test_clips_come_in_the_order_of_the_film(box: Box) -> None:
    desk, recording = box.desk, new_id()
    case = a_case(desk, "CLIP-1")
    with desk.session() as session:
        for first in (50, 10):
            add_clip(session, case, recording, "  waits  ", (first, first + 5), 200)
        assert [each.first for each in clips_of(session, recording)] == [10, 50]
        assert {each.name for each in clips_of(session, recording)} == {"waits"}
        with pytest.raises(ClipError, match="out must come after its in"):
            add_clip(session, case, recording, "x", (5, 5), 0)
