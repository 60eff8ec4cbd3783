"""Orders: placed through their gate, and changed only from where they stand."""

import pytest
from sqlalchemy.orm import Session

from tests.casework.conftest import Box
from tests.casework.ordered import FILMS, TODAY, answer, clips, filmed_twice, placed
from vigbox.casework import order_grounds, orders
from vigbox.casework.cases import InShot, open_case
from vigbox.casework.disclosures import recordings_of
from vigbox.casework.export_gate import KEPT
from vigbox.casework.gates import GateShutError
from vigbox.casework.order_wish import ForWhom, OrderError, Wish
from vigbox.casework.tables import Case


@pytest.fixture
def case(session: Session, box: Box) -> Case:
    return filmed_twice(session, box)


def test_everybody_in_shot_in_any_of_its_recordings_must_have_agreed(
    session: Session, case: Case
) -> None:
    answer(session, case, 0, "yes")
    with pytest.raises(GateShutError, match="missing from uncle U"):
        placed(session, case, "research")
    assert orders.of_case(session, case.id) == []
    answer(session, case, 1, "yes")
    order = placed(session, case, "research")
    assert len(order_grounds.judged(session, order, TODAY)) == 2
    assert recordings_of(session, order.id) == FILMS


def test_what_an_order_is_lies_sealed_and_is_read_back(session: Session, case: Case) -> None:
    order = placed(session, case)
    session.flush()
    assert Wish.of(order) == Wish(clips(session), ("clips",))
    assert clips(session)[0].encode() not in order.sealed_wish
    assert [each.id for each in orders.waiting(session)] == [order.id]
    assert orders.being_made(session, FILMS[0]) == dict.fromkeys(clips(session), "laptop")
    orders.fail(session, order, "A reason.")
    assert order.why == "A reason."
    assert orders.waiting(session) == []


@pytest.mark.usefixtures("case")
def test_a_clip_of_another_case_is_no_clip_of_this_one(session: Session, box: Box) -> None:
    other = open_case(session, box.layout, "VIG-8", "", [InShot("mother", "M")])
    session.flush()
    wish = Wish(clips(session), ("clips",))
    with pytest.raises(OrderError, match="was removed"):
        orders.place(session, other, wish, ForWhom("m", "laptop", KEPT), TODAY)


@pytest.mark.parametrize("state", [orders.MADE, orders.FAILED, orders.CANCELLED, orders.ERASED])
def test_only_what_waits_is_cancelled(session: Session, case: Case, state: str) -> None:
    order = placed(session, case)
    order.state = state
    with pytest.raises(OrderError, match=f"is {state} already"):
        orders.cancel(session, order)


@pytest.mark.parametrize("state", [orders.WAITING, orders.MADE, orders.ERASED])
def test_only_what_failed_or_was_cancelled_is_tried_again(
    session: Session, case: Case, state: str
) -> None:
    order = placed(session, case)
    order.state = state
    with pytest.raises(OrderError, match=f"is {state}"):
        orders.again(session, order, TODAY)


def test_trying_again_asks_the_gate_again(session: Session, case: Case) -> None:
    for who in (0, 1):
        answer(session, case, who, "yes")
    order = placed(session, case, "research")
    orders.cancel(session, order)
    answer(session, case, 1, "withdrawn")
    with pytest.raises(GateShutError, match="uncle U"):
        orders.again(session, order, TODAY)
    assert order.state == orders.CANCELLED
    answer(session, case, 1, "yes")
    orders.again(session, order, TODAY)
    assert (order.state, order.why) == (orders.WAITING, "")
