"""Orders: placed through their gate, changed only from where they stand, found by what falls."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session

from tests.casework.conftest import Box
from vigbox.casework import orders
from vigbox.casework.cases import InShot, open_case
from vigbox.casework.clips import add_clip
from vigbox.casework.consent import Told, note_answer
from vigbox.casework.disclosures import KEPT, disclose, recordings_of
from vigbox.casework.gates import GateShutError
from vigbox.casework.orders import ForWhom, OrderError, Wish
from vigbox.casework.practice import Disclosure, ExportOrder, Filmed
from vigbox.casework.tables import Case, Clip
from vigbox.model import new_id

TODAY = datetime.now(UTC).date()
FILMS = (new_id(), new_id())


@pytest.fixture
def session(box: Box) -> Iterator[Session]:
    with box.desk.session() as session:
        yield session


@pytest.fixture
def case(session: Session, box: Box) -> Case:
    made = open_case(
        session, box.layout, "VIG-7", "", [InShot("mother", "M"), InShot("uncle", "U")]
    )
    session.flush()
    for film, who in zip(FILMS, made.participants, strict=True):
        session.add(
            Filmed(recording=film, case_id=made.id, kind="interaction", in_shot=str(who.id))
        )
        add_clip(session, made, film, "Anna laughs", (0, 5), 200)
    session.flush()
    return made


def clips(session: Session) -> tuple[str, ...]:
    found = {each.recording: each.id for each in session.query(Clip)}
    return tuple(found[each] for each in FILMS)


def answer(session: Session, case: Case, who: int, word: str, purpose: str = "research") -> None:
    note_answer(session, case, case.participants[who], Told(purpose, word, "spoken", "f-1"))


def placed(session: Session, case: Case, purpose: str = KEPT, machine: str = "m") -> ExportOrder:
    wish = Wish(clips(session), ("clips",))
    return orders.place(session, case, wish, ForWhom(machine, "laptop", purpose), TODAY)


def out(session: Session, case: Case, order: ExportOrder) -> None:
    """Let it be made, as whoever makes it does."""
    order.state = orders.MADE
    row = Disclosure(what="clips: 2", to_whom="laptop", purpose=order.purpose)
    row.export_id = order.id
    disclose(session, case, row, [])


def test_everybody_in_shot_in_any_of_its_recordings_must_have_agreed(
    session: Session, case: Case
) -> None:
    answer(session, case, 0, "yes")
    with pytest.raises(GateShutError, match="missing from uncle U"):
        placed(session, case, "research")
    assert orders.of_case(session, case.id) == []
    answer(session, case, 1, "yes")
    order = placed(session, case, "research")
    assert len(orders.judged(session, order, TODAY)) == 2
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


@pytest.mark.parametrize(
    ("made", "clips", "told"),
    [
        (("clips",), ("a",), "clip"),
        (("clips",), ("a", "b"), "clips: 2"),
        (("clips", "stills"), ("a", "b"), "clips, stills (of clips: 2)"),
    ],
)
def test_what_leaves_is_told_without_a_name(
    made: tuple[str, ...], clips: tuple[str, ...], told: str
) -> None:
    assert Wish(clips, made).what == told


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
    assert orders.take_back_fallen(session, TODAY, erased.append) == []
    answer(session, case, 1, "withdrawn")
    assert set(orders.take_back_fallen(session, TODAY, erased.append, "another case")) == set()
    fallen = orders.take_back_fallen(session, TODAY, erased.append, case.id)
    assert set(fallen) == set(erased) == {made.id, waits.id, ready.id}
    assert {each.state for each in (made, waits, ready)} == {orders.ERASED}
    assert "consent to research is missing" in made.why
    assert (kept.state, fetched.state) == (orders.WAITING, orders.MADE)
    rows = session.query(Disclosure).all()
    assert [each.export_id for each in rows] == [fetched.id], "what left stays in the books"


def test_what_was_fetched_is_not_withdrawn(session: Session, case: Case) -> None:
    order = placed(session, case)
    out(session, case, order)
    session.query(Disclosure).one().verified_at = "x"
    session.flush()
    with pytest.raises(OrderError, match="does not wait here any more"):
        orders.take_back(session, order, lambda _: None)


def test_what_waits_of_a_recording_goes_with_it(session: Session, case: Case) -> None:
    order = placed(session, case)
    out(session, case, order)
    erased: list[str] = []
    orders.drop_of_recording(session, new_id(), erased.append, "Gone.")
    assert erased == []
    orders.drop_of_recording(session, FILMS[1], erased.append, "Gone.")
    assert erased == [order.id]
    assert (order.state, order.why) == (orders.ERASED, "Gone.")
    assert session.query(Disclosure).all() == []
