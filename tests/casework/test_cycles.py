"""Cycles are numbered and only go on; a visit films one and reviews another."""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from vigbox.casework import cycles
from vigbox.casework.cycles import CycleError
from vigbox.casework.tables import Case

A_DAY = date(2026, 11, 21)


def test_cycles_are_numbered_and_the_newest_open_one_is_current(
    session: Session, case: Case
) -> None:
    assert cycles.current_cycle(session, case) is None
    first, second = cycles.plan_cycle(session, case), cycles.plan_cycle(session, case)
    assert [each.number for each in cycles.cycles_of(session, case)] == [1, 2]
    assert cycles.current_cycle(session, case) is second
    cycles.reach(second, "closed")
    assert cycles.current_cycle(session, case) is first


def test_a_cycle_never_goes_back(session: Session, case: Case) -> None:
    cycle = cycles.plan_cycle(session, case)
    for state, found in (("ready", "ready"), ("filmed", "ready"), ("reviewed", "reviewed")):
        cycles.reach(cycle, state)
        assert cycle.state == found
    with pytest.raises(CycleError, match="one of planned, filmed"):
        cycles.reach(cycle, "done")


@pytest.mark.parametrize("state", ["paused", "closed", "withdrawing", "erased"])
def test_no_cycle_begins_in_a_case_that_is_not_open(
    session: Session, case: Case, state: str
) -> None:
    case.state = state
    with pytest.raises(CycleError, match=f"VIG-7 is {state}"):
        cycles.plan_cycle(session, case)


def test_a_visit_films_the_next_cycle_and_reviews_the_last(session: Session, case: Case) -> None:
    first, second = cycles.plan_cycle(session, case), cycles.plan_cycle(session, case)
    (child,) = case.participants
    cycles.note_visit(session, case, A_DAY, [child.id], films=second, reviews=first)
    (visit,) = cycles.visits_of(session, case)
    assert (visit.films, visit.reviews, visit.present) == (second.id, first.id, str(child.id))


def test_a_visit_that_does_not_fit_is_refused(session: Session, case: Case) -> None:
    cycle = cycles.plan_cycle(session, case)
    with pytest.raises(CycleError, match="before the one that it films"):
        cycles.note_visit(session, case, A_DAY, [], films=cycle, reviews=cycle)
    with pytest.raises(CycleError, match="not in this case"):
        cycles.note_visit(session, case, A_DAY, [9999])
    assert not cycles.visits_of(session, case)
