"""What a box sent to the service's storage counts as out of the box."""

from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.certificates import issue
from tests.web.conftest import ORIGIN, Place
from vigbox.casework.disclosures import disclose, forget_waiting, left_at
from vigbox.casework.export_gate import KEPT
from vigbox.casework.tables import AuditEvent, Case, Disclosure
from vigbox.delivery.outlet import Outlet
from vigbox.delivery.remote import Remote
from vigbox.model import new_id
from vigbox.seal.identities import X25519Identity
from vigbox.web.outgoing import learn_fetched
from vigbox.web.outlet import Sending


def put(place: Place) -> str:
    export, services = new_id(), place.services
    machine, _ = services.machines.add("laptop", str(X25519Identity.generate().recipient), issue)
    with services.outbox.begin(export, machine) as draft:
        with draft.part("clip-1.mp4.age", "clip.mp4", "clip") as sink:
            sink.write(b"film")
        draft.commit(services.device_key, "VIG-7")
    with place.desk().session() as casework:
        row = Disclosure(what="clip", to_whom="laptop", purpose=KEPT, export_id=export)
        disclose(casework, casework.get_one(Case, place.case), row, [])
    return export


def row_of(casework: Session, export: str) -> Disclosure | None:
    return casework.scalar(select(Disclosure).where(Disclosure.export_id == export))


@pytest.fixture
def sent(place: Place, tmp_path: Path) -> str:
    export = put(place)
    sending = Sending(place.services.outbox, Outlet(Remote(str(tmp_path / "storage"))))
    sending.send_all()
    sending.send_all()
    learn_fetched(place.services, place.desk())
    return export


def test_it_has_left_the_box_and_the_audit_says_where(place: Place, sent: str) -> None:
    with place.desk().session() as casework:
        row = row_of(casework, sent)
        assert row is not None
        assert left_at(row) == row.sent_at != ""
        assert row.to_whom == "laptop (storage)"
        events = [each.what for each in casework.scalars(select(AuditEvent))]
        assert events.count("sent to the service's storage") == 1


def test_it_is_noted_once_and_is_not_forgotten_when_the_box_erases_it(
    place: Place, sent: str
) -> None:
    learn_fetched(place.services, place.desk())
    with place.desk().session() as casework:
        forget_waiting(casework, sent)
        row = row_of(casework, sent)
        assert row is not None
        assert row.to_whom == "laptop (storage)"


def test_one_that_was_fetched_before_is_told_to_lie_there_as_well(
    place: Place,
) -> None:
    export, services = put(place), place.services
    (machine,) = [each for each in services.machines.listed() if not each.is_revoked][-1:]
    services.outbox.note_verified(export, machine.id)
    learn_fetched(services, place.desk())
    services.outbox.note_sending(export)
    learn_fetched(services, place.desk())
    with place.desk().session() as casework:
        row = row_of(casework, export)
        assert row is not None
        assert row.verified_at <= row.sent_at


def test_a_revoked_machine_has_nothing_waiting_for_it(place: Place) -> None:
    export = put(place)
    machine = place.services.machines.listed()[-1]
    client = place.unlocked()
    answer = client.post(f"/machines/{machine.id}/revoke", headers=ORIGIN)
    assert answer.status_code == 302
    assert not place.services.outbox.has(export)
    with place.desk().session() as casework:
        assert row_of(casework, export) is None


def test_one_that_only_waits_is_forgotten(place: Place) -> None:
    export = put(place)
    learn_fetched(place.services, place.desk())
    with place.desk().session() as casework:
        forget_waiting(casework, export)
        assert row_of(casework, export) is None
