"""Exports between the books and the outbox: known, never appeared, and taken back."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.casework.conftest import Box
from vigbox.casework import departed, order_wish, orders
from vigbox.casework.cases import open_case
from vigbox.casework.cycles import plan_cycle
from vigbox.casework.disclosures import disclose
from vigbox.casework.export_gate import KEPT
from vigbox.casework.tables import (
    AuditEvent,
    Case,
    Disclosure,
    ExportOrder,
    SharedReview,
    Supervision,
)
from vigbox.model import new_id, now_at


@pytest.fixture
def case(session: Session, box: Box) -> Case:
    return open_case(session, box.layout, "VIG-7", "", [])


def out(session: Session, case: Case, **facts: str) -> str:
    row = Disclosure(what="clip", to_whom="laptop", purpose=KEPT, export_id=new_id(), **facts)
    disclose(session, case, row, [])
    session.flush()
    return row.export_id


def ordered(session: Session, case: Case, state: str) -> ExportOrder:
    order = ExportOrder(id=new_id(), case_id=case.id, asked_at=now_at(), state=state)
    order.by_whom = order.machine = order.recordings = ""
    order.machine_name, order.purpose = order_wish.THIS_BROWSER, KEPT
    order.sealed_wish = b""
    session.add(order)
    session.flush()
    return order


def test_the_books_know_what_waits_what_left_and_what_is_being_made(
    session: Session, case: Case
) -> None:
    waits, left = out(session, case), out(session, case, verified_at="x")
    made = [ordered(session, case, each).id for each in (orders.WAITING, orders.MADE)]
    over = [ordered(session, case, each).id for each in (orders.FAILED, orders.ERASED)]
    assert departed.known(session) >= {waits, left, *made}
    assert departed.known(session).isdisjoint(over)


def test_what_should_wait_and_does_not_never_appeared(session: Session, case: Case) -> None:
    lost, here = out(session, case), out(session, case)
    out(session, case, verified_at="x")
    out(session, case, sent_at="x")
    made = ordered(session, case, orders.MADE).id
    ordered(session, case, orders.WAITING)
    assert departed.never_appeared(session, {here}.__contains__) == sorted([lost, made])


def test_an_order_is_to_be_made_again(session: Session, case: Case) -> None:
    order = ordered(session, case, orders.MADE)
    departed.forget(session, order.id)
    assert order.state == orders.WAITING


def test_a_package_goes_with_its_rows_and_the_audit_tells_it(session: Session, case: Case) -> None:
    export, cycle = out(session, case), plan_cycle(session, case)
    review = SharedReview(id=new_id(), case_id=case.id, cycle_id=cycle.id, by_whom="")
    review.began_at = now_at()
    session.add(review)
    session.flush()
    package = Supervision(id=new_id(), case_id=case.id, review_id=review.id, by_whom="")
    package.export_id = export
    session.add(package)
    session.flush()
    departed.forget(session, export)
    assert session.scalars(select(Disclosure)).all() == []
    assert session.scalars(select(Supervision)).all() == []
    told = session.scalars(select(AuditEvent.what).where(AuditEvent.about == export)).all()
    assert told[-1] == "export forgotten: it was cut before it was whole"
