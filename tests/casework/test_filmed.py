"""What is known of a film comes from the arming that its manifest names."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.casework.conftest import Box
from vigbox.casework import filmed
from vigbox.casework.cases import open_case
from vigbox.casework.cycles import plan_cycle
from vigbox.casework.tables import Arm, AuditEvent, Case, Cycle, Filmed
from vigbox.model import Life, new_id
from vigbox.store.manifests import Manifest

AT = "2026-11-21T10:00:00+00:00"


@pytest.fixture
def case(session: Session, box: Box) -> Case:
    made = open_case(session, box.layout, "VIG-7", "", [])
    cycle = plan_cycle(session, made)
    arm = Arm(counter=4, case_id=made.id, cycle_id=cycle.id, kind="interaction", in_shot="1 2")
    arm.armed_at = arm.until_at = AT
    session.add(arm)
    session.flush()
    return made


def film(case: str, arming: int = 4, life: Life = Life.FINISHED) -> Manifest:
    return Manifest(new_id(), case, ("age1x",), "b", AT, 10**10, life, arming=arming)


def test_who_is_in_shot_and_the_cycle_are_those_it_was_armed_for(
    session: Session, case: Case
) -> None:
    one = film(case.id)
    row = filmed.settle_filmed(session, [one])[one.recording]
    assert (row.kind, row.in_shot) == ("interaction", "1 2")
    cycle = session.scalars(select(Cycle).where(Cycle.case_id == case.id)).one()
    assert (row.cycle_id, cycle.state) == (cycle.id, "filmed")
    assert filmed.settle_filmed(session, [one])[one.recording] is row, "once"


def test_a_film_of_another_case_than_the_armed_one_is_not_taken_for_its(
    session: Session, box: Box, case: Case
) -> None:
    other = open_case(session, box.layout, "VIG-8", "", [])
    assert case.id != other.id
    films = [film(other.id), film(case.id, arming=5), film(case.id, arming=0), film("gone")]
    assert filmed.settle_filmed(session, films) == {}


def test_one_that_is_still_being_made_waits_until_it_is_over(session: Session, case: Case) -> None:
    assert filmed.settle_filmed(session, [film(case.id, life=Life.RECORDING)]) == {}


@pytest.mark.parametrize("state", ["withdrawing", "erased"])
def test_nothing_is_known_any_more_of_a_case_that_was_taken_back(
    session: Session, case: Case, state: str
) -> None:
    case.state = state
    session.flush()
    one = film(case.id)
    assert filmed.settle_filmed(session, [one]) == {}
    assert filmed.filmed_of(session, one) is None


def test_a_film_of_before_armings_has_nobody_in_shot(session: Session, case: Case) -> None:
    row = filmed.filmed_of(session, film(case.id, arming=0))
    assert row is not None
    assert (row.in_shot, row.kind) == ("", "interaction")


def test_a_family_says_once_that_it_is_happy_to_keep_it(session: Session, case: Case) -> None:
    one = film(case.id)
    row = filmed.filmed_of(session, one)
    assert row is not None
    for _ in range(2):
        filmed.keep(session, row)
    told = select(AuditEvent.what).where(AuditEvent.about == one.recording)
    assert list(session.scalars(told)) == ["happy to keep it"]
    for _ in range(2):
        filmed.forget(session, one.recording)
        session.flush()
    assert session.get(Filmed, one.recording) is None
