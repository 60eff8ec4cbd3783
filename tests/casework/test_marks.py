import pytest

from tests.casework.conftest import Box, a_case
from vigbox.casework.marks import (
    MarkError,
    add_mark,
    backdated,
    button_marks,
    marks_of,
    picture_at,
    remove_mark,
)
from vigbox.model import new_id

TIMES = [n * 3600 for n in range(250)]  # ten seconds at 25 pictures a second


def test_a_time_is_at_the_picture_that_was_shown_then() -> None:
    assert [picture_at(tick, TIMES) for tick in (-5, 0, 3599, 3600, 10**9)] == [0, 0, 0, 1, 249]


def test_a_mark_is_backdated_but_never_before_the_film() -> None:
    assert backdated(200, TIMES, 4000) == 100
    assert backdated(50, TIMES, 4000) == 0
    assert backdated(50, TIMES, 0) == 50


@pytest.mark.parametrize("picture", [-1, 250, None, "5", True, 5.0])
def test_a_moment_outside_the_film_is_refused(picture: object) -> None:
    with pytest.raises(MarkError, match="not inside the film"):
        backdated(picture, TIMES, 0)


def test_marks_of_the_button_and_of_the_page_come_in_the_order_of_the_film(box: Box) -> None:
    desk, recording = box.desk, new_id()
    case = a_case(desk, "MARK-1")
    button = button_marks(recording, [8 * 10**9, 2 * 10**9, 2 * 10**9], TIMES)
    with desk.session() as casework:
        for picture in (100, 100, 10):
            add_mark(casework, case, recording, picture)
            casework.flush()
        found = marks_of(casework, recording, button)
    assert [(each.picture, each.source) for each in found] == [
        (10, "page"),
        (50, "button"),
        (100, "page"),
        (200, "button"),
    ]


def test_removed_marks_stay_removed_and_other_recordings_keep_theirs(box: Box) -> None:
    desk, recording, other = box.desk, new_id(), new_id()
    case = a_case(desk, "MARK-2")
    button = button_marks(recording, [2 * 10**9], TIMES)
    with desk.session() as casework:
        add_mark(casework, case, recording, 10)
        add_mark(casework, case, other, 10)
        for each in marks_of(casework, recording, button):
            remove_mark(casework, case, recording, each)
    with desk.session() as casework:
        assert marks_of(casework, recording, button) == []
        assert len(marks_of(casework, other, [])) == 1
