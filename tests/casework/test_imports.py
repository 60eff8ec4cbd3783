"""Films from elsewhere in the books: agreed, on their way, and forgotten."""

from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.casework.conftest import Box
from vigbox.casework import imports
from vigbox.casework.cases import CaseError, open_case
from vigbox.casework.imports import Import
from vigbox.casework.tables import AuditEvent, Case
from vigbox.model import new_id


@pytest.fixture
def case(session: Session, box: Box) -> Case:
    return open_case(session, box.layout, "VIG-7", "", [])


def wish(case: Case, begun_at: str = "2026-11-21T10:00:00+00:00") -> Import:
    day = "2026-11-20"
    return Import(new_id(), case.id, case.recipient, "anna", "key", 5, day, begun_at)


def test_one_that_is_begun_is_kept_and_the_audit_tells_that_everybody_agreed(
    session: Session, case: Case
) -> None:
    begun = wish(case)
    imports.begin(session, begun)
    assert imports.find(session, begun.id) == begun
    told = select(AuditEvent.what).where(AuditEvent.about == begun.id)
    assert list(session.scalars(told)) == ["agreed: a film from elsewhere, made on 2026-11-20"]


@pytest.mark.parametrize("state", ["paused", "closed", "withdrawing", "erased"])
def test_none_is_begun_for_a_case_that_is_not_open(
    session: Session, case: Case, state: str
) -> None:
    case.state = state
    with pytest.raises(CaseError, match="open case"):
        imports.begin(session, wish(case))


def test_none_is_begun_for_another_key_or_case(session: Session, case: Case) -> None:
    for strange in (replace(wish(case), case="x"), replace(wish(case), recipient="age1x")):
        with pytest.raises(CaseError, match="open case"):
            imports.begin(session, strange)
        assert imports.find(session, strange.id) is None


def test_how_far_it_got_is_kept_and_they_come_in_their_order(session: Session, case: Case) -> None:
    later, first = wish(case, "2026-11-22"), wish(case, "2026-11-21")
    for each in (later, first):
        imports.begin(session, each)
    failed = first.now("failed", "It is no film.")
    imports.keep(session, failed)
    assert list(imports.every(session)) == [failed, later]
    assert list(imports.every(session, "another case")) == []
    imports.forget(session, first.id)
    imports.forget(session, "nothing")
    assert list(imports.every(session, case.id)) == [later]
