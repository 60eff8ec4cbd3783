"""What goes before it left: found wherever it stands, erased once, and what left stays."""

import pytest
from sqlalchemy.orm import Session

from tests.casework.conftest import Box
from tests.casework.ordered import FILMS, TODAY, answer, filmed_twice, placed
from vigbox.casework import export_erasure, orders
from vigbox.casework.disclosures import disclose
from vigbox.casework.order_wish import OrderError
from vigbox.casework.tables import AuditEvent, Case, Disclosure, ExportOrder
from vigbox.model import new_id


@pytest.fixture
def case(session: Session, box: Box) -> Case:
    return filmed_twice(session, box)


def here(_export_id: str) -> bool:
    return True


def out(session: Session, case: Case, order: ExportOrder) -> None:
    """Let it be made, as whoever makes it does."""
    order.state = orders.MADE
    row = Disclosure(what="clips: 2", to_whom="laptop", purpose=order.purpose)
    row.export_id = order.id
    disclose(session, case, row, [])


def test_what_falls_is_found_whatever_it_is_and_wherever_it_stands(
    session: Session, case: Case
) -> None:
    for who in (0, 1):
        answer(session, case, who, "yes")
    made, waits, ready = (placed(session, case, "research") for _ in range(3))
    out(session, case, made)
    ready.state, ready.machine = orders.MADE, ""
    kept = placed(session, case)
    fetched = placed(session, case, "research")
    out(session, case, fetched)
    session.query(Disclosure).filter_by(export_id=fetched.id).one().verified_at = "x"
    session.flush()
    erased: list[str] = []
    assert export_erasure.take_back_fallen(session, TODAY, erased.append, is_here=here) == []
    answer(session, case, 1, "withdrawn")
    assert (
        set(
            export_erasure.take_back_fallen(
                session, TODAY, erased.append, "another case", is_here=here
            )
        )
        == set()
    )
    fallen = export_erasure.take_back_fallen(session, TODAY, erased.append, case.id, is_here=here)
    assert set(fallen) == set(erased) == {made.id, waits.id, ready.id}
    assert {each.state for each in (made, waits, ready)} == {orders.ERASED}
    assert "consent to research is missing" in made.why
    assert (kept.state, fetched.state) == (orders.WAITING, orders.MADE)
    rows = session.query(Disclosure).all()
    assert [each.export_id for each in rows] == [fetched.id], "what left stays in the books"


def test_what_was_sent_is_erased_here_once_and_its_row_stays(session: Session, case: Case) -> None:
    for who in (0, 1):
        answer(session, case, who, "yes", "research")
    erased: list[str] = []
    order = placed(session, case, "research")
    out(session, case, order)
    package = Disclosure(what="package", to_whom="laptop", purpose="research", export_id=new_id())
    package.recordings = FILMS[1]
    disclose(session, case, package, [])
    box = {order.id, package.export_id}
    for each in session.query(Disclosure):
        each.sent_at = "x"
    answer(session, case, 1, "withdrawn", "research")

    def erase(export_id: str) -> None:
        erased.append(export_id)
        box.discard(export_id)

    for _ in range(3):
        export_erasure.take_back_fallen(session, TODAY, erase, is_here=box.__contains__)
    assert sorted(erased) == sorted([order.id, package.export_id])
    events = [each.what for each in session.query(AuditEvent)]
    assert events.count("export erased: a consent was taken back") == 2
    assert len(session.query(Disclosure).all()) == 2, "what left stays in the books"


def test_what_was_fetched_is_not_withdrawn(session: Session, case: Case) -> None:
    order = placed(session, case)
    out(session, case, order)
    session.query(Disclosure).one().verified_at = "x"
    session.flush()
    with pytest.raises(OrderError, match="does not wait here any more"):
        export_erasure.take_back(session, order, lambda _: None)


def test_what_waits_of_a_recording_goes_with_it(session: Session, case: Case) -> None:
    order = placed(session, case)
    out(session, case, order)
    erased: list[str] = []
    export_erasure.drop_of_recording(session, new_id(), erased.append, "Gone.")
    assert erased == []
    export_erasure.drop_of_recording(session, FILMS[1], erased.append, "Gone.")
    assert erased == [order.id]
    assert (order.state, order.why) == (orders.ERASED, "Gone.")
    assert session.query(Disclosure).all() == []
