"""What goes by its age is asked about once more when its turn comes."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from tests.casework.conftest import Box, a_case
from tests.casework.test_withdrawal import Eraser, a_film
from vigbox.casework import retention
from vigbox.casework.desk import Desk
from vigbox.casework.overdue import erase_overdue
from vigbox.casework.retention import Retention
from vigbox.casework.tables import Case, Filmed

DUE = Retention(days=60)
LATE = datetime.now(UTC).date() + timedelta(days=100)


class Interrupted(Eraser):
    """Somebody does something while the first of them is erased."""

    meanwhile: Callable[[], None] | None = None

    def _note(self, what: str, about: str) -> None:
        super()._note(what, about)
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile:
            meanwhile()


def test_a_hold_that_comes_while_another_case_is_erased_counts(box: Box) -> None:
    desk, eraser = box.desk, Interrupted(box.layout)
    cases = [a_case(desk, code).id for code in ("DUE-1", "DUE-2")]
    with desk.session() as casework:
        for each in cases:
            retention.close_case(casework, casework.get_one(Case, each))
        first, second = (each.id for each in retention.overdue(casework, DUE, LATE))

    def hold() -> None:
        with desk.session() as casework:
            retention.hold(casework, casework.get_one(Case, second), "the court")

    eraser.meanwhile = hold
    assert erase_overdue(desk, eraser, DUE, LATE) == []
    with desk.session() as casework:
        states = [casework.get_one(Case, each).state for each in (first, second)]
    assert states == ["erased", "closed"]
    assert box.layout.case_identity(second).exists()
    assert not box.layout.case_identity(first).exists()


def test_a_film_that_is_taken_back_while_another_is_erased_stays(box: Box) -> None:
    desk, eraser = box.desk, Interrupted(box.layout)
    case = a_case(desk, "BIN-1").id
    films = [a_film(box.layout, case) for _ in range(2)]
    with desk.session() as casework:
        for each in films:
            row = Filmed(recording=each, case_id=case, kind="interaction")
            casework.add(row)
            retention.to_bin(casework, row)
    eraser.meanwhile = lambda: taken_back(desk, films)
    assert erase_overdue(desk, eraser, DUE, LATE) == []
    gone = [about for what, about in eraser.done if what == "film"]
    assert len(gone) == 1
    assert [each for each in films if box.layout.film(each).exists()] == [
        each for each in films if each not in gone
    ]


def taken_back(desk: Desk, films: list[str]) -> None:
    """Take back what is still in the bin, but for what is being erased."""
    with desk.session() as casework:
        for each in films:
            row = casework.get(Filmed, each)
            if row is not None:
                retention.out_of_bin(casework, row)
