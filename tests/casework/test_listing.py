"""The list of cases: the armed one, those that are worked on, the newest first."""

import pytest
from sqlalchemy.orm import Session

from tests.casework.conftest import Box
from vigbox.casework.cases import InShot, open_case
from vigbox.casework.goals import add_goal
from vigbox.casework.listing import listing, rows
from vigbox.casework.tables import Case

STATES = ("closed", "open", "erased", "paused", "open", "withdrawing")


@pytest.fixture
def cases(session: Session, box: Box) -> list[Case]:
    made = []
    for number, state in enumerate(STATES):
        case = open_case(session, box.layout, f"VIG-{number}", "Why?", [InShot("mother", "M")])
        case.state, case.opened_at = state, f"2026-11-0{number + 1}T10:00:00+00:00"
        made.append(case)
    session.flush()
    return made


def codes(session: Session, code: str = "", armed: str = "") -> list[str]:
    return [session.get_one(Case, each).code for each in listing(session, code, armed)]


def test_what_is_worked_on_comes_first_and_the_newest_of_it(
    session: Session, cases: list[Case]
) -> None:
    assert codes(session) == ["VIG-4", "VIG-1", "VIG-3", "VIG-0", "VIG-5", "VIG-2"]
    assert codes(session, armed=cases[3].id)[:2] == ["VIG-3", "VIG-4"]


@pytest.mark.usefixtures("cases")
def test_a_case_is_found_by_a_part_of_its_code(session: Session) -> None:
    assert codes(session, "G-4") == ["VIG-4"]
    assert codes(session, "%") == []
    assert codes(session, "VIG_") == []


def test_each_row_says_what_comes_next_in_the_order_that_was_asked(
    session: Session, cases: list[Case]
) -> None:
    add_goal(session, cases[1], "Calm evenings")
    wanted = [cases[4].id, cases[1].id]
    found = rows(session, wanted)
    assert [each.case.id for each in found] == wanted
    assert [each.step.what for each in found] == ["goal", "film"]
