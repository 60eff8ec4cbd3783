"""An export appears together with its rows, or neither; what a cut leaves is taken back."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.certificates import issue
from tests.web.conftest import Place
from vigbox.casework.desk import Desk
from vigbox.casework.tables import AuditEvent, Case, Disclosure
from vigbox.delivery.draft import Draft
from vigbox.delivery.machines import Machine, MachineError
from vigbox.model import new_id
from vigbox.seal.identities import X25519Identity
from vigbox.web.departure import Departure, settle_departed


@pytest.fixture
def desk(place: Place) -> Iterator[Desk]:
    desk = place.desk()
    yield desk
    desk.close()


@pytest.fixture
def machine(place: Place) -> Machine:
    recipient = str(X25519Identity.generate().recipient)
    return place.services.machines.add("laptop", recipient, issue)[0]


@pytest.fixture
def departure(place: Place, desk: Desk, machine: Machine) -> Departure:
    return Departure(place.services, desk, new_id(), machine)


def fill(draft: Draft) -> None:
    with draft.part("clip-1.mp4.age", "clip.mp4", "clip") as sink:
        sink.write(b"film")


def settle(departure: Departure, place: Place, casework: Session, draft: Draft) -> None:
    row = Disclosure(what="clip", purpose="research")
    departure.book(casework, draft, casework.get_one(Case, place.case), row, [])


def rows(desk: Desk, export_id: str) -> list[str]:
    with desk.session() as casework:
        found = select(Disclosure.to_whom).where(Disclosure.export_id == export_id)
        return list(casework.scalars(found))


def make(departure: Departure, place: Place) -> None:
    departure.make(fill, lambda casework, draft: settle(departure, place, casework, draft))


def test_it_is_in_the_books_before_a_machine_can_fetch_it(
    place: Place, desk: Desk, departure: Departure
) -> None:
    outbox, there = place.services.outbox, []

    def look(casework: Session, draft: Draft) -> None:
        settle(departure, place, casework, draft)
        there.append(outbox.has(departure.export_id))

    departure.make(fill, look)
    assert there == [False]
    assert outbox.has(departure.export_id)
    assert rows(desk, departure.export_id) == ["laptop"]


@pytest.mark.parametrize("moment", ["filled", "settled"])
def test_a_machine_that_is_revoked_meanwhile_gets_nothing(
    place: Place, desk: Desk, departure: Departure, machine: Machine, moment: str
) -> None:
    def revoke_at(now: str) -> None:
        if now == moment:
            place.services.machines.revoke(machine.id)

    def fill_it(draft: Draft) -> None:
        fill(draft)
        revoke_at("filled")

    def settle_it(casework: Session, draft: Draft) -> None:
        settle(departure, place, casework, draft)
        revoke_at("settled")

    with pytest.raises(MachineError, match="laptop is no longer paired"):
        departure.make(fill_it, settle_it)
    assert rows(desk, departure.export_id) == []
    assert not list(place.layout.exports.glob(f"{departure.export_id}*"))


def test_one_that_cannot_appear_leaves_no_row_and_no_file(
    place: Place, desk: Desk, departure: Departure
) -> None:
    def stand_in_the_way(casework: Session, draft: Draft) -> None:
        settle(departure, place, casework, draft)
        (place.layout.exports / departure.export_id / "x").mkdir(parents=True)

    with pytest.raises(OSError, match="not empty"):
        departure.make(fill, stand_in_the_way)
    assert rows(desk, departure.export_id) == []
    assert not list(place.layout.exports.glob(f"{departure.export_id}*"))


def test_one_that_was_cut_before_it_appeared_is_forgotten_at_the_next_unlock(
    place: Place, desk: Desk, departure: Departure
) -> None:
    make(departure, place)
    place.services.outbox.erase(departure.export_id)  # as if it had never appeared
    settle_departed(place.services, desk)
    assert rows(desk, departure.export_id) == []


def test_one_that_no_row_knows_goes_and_the_audit_tells_it(
    place: Place, desk: Desk, departure: Departure, machine: Machine
) -> None:
    make(departure, place)
    stray = new_id()
    with place.services.outbox.begin(stray, machine) as draft:
        fill(draft)
        draft.commit(place.services.device_key, "VIG-7")
    settle_departed(place.services, desk)
    assert not place.services.outbox.has(stray)
    assert place.services.outbox.has(departure.export_id), "which is in the books"
    assert rows(desk, departure.export_id) == ["laptop"]
    with desk.session() as casework:
        told = select(AuditEvent.what).where(AuditEvent.about == stray)
        assert list(casework.scalars(told)) == ["export erased: no case knew of it"]


def test_one_that_is_being_made_is_left_alone(
    place: Place, desk: Desk, departure: Departure
) -> None:
    def meanwhile(draft: Draft) -> None:
        fill(draft)
        settle_departed(place.services, desk)

    departure.make(meanwhile, lambda casework, draft: settle(departure, place, casework, draft))
    assert place.services.outbox.has(departure.export_id)
