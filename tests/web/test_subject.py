"""One person's data on its page, and sealed for a machine; it goes with the case."""

import io
import zipfile
from typing import Any

import pytest
from sqlalchemy import select

from tests.certificates import issue
from tests.web.conftest import ORIGIN, Place
from vigbox.casework.cases import InShot, open_case
from vigbox.casework.erasure import erasures, facts_of
from vigbox.casework.tables import AuditEvent, Case, Disclosure
from vigbox.casework.withdrawal import withdraw
from vigbox.delivery.draft import Draft
from vigbox.seal.identities import X25519Identity
from vigbox.seal.opening import open_bytes
from vigbox.web.erasing import Erasing


def test_it_is_shown_and_given_sealed_and_goes_with_the_case(place: Place) -> None:
    desk, key = place.desk(), X25519Identity.generate()
    with desk.session() as casework:
        people = [InShot("mother", "MK"), InShot("child", "Q")]
        case = open_case(casework, place.layout, "SUB-1", "What soothes Q?", people)
        name, person = case.id, case.participants[0].id
    client, path = place.unlocked(), f"/cases/{name}/people/{person}/data"
    page = client.get(path).text
    assert "What soothes [child]?" in page
    assert "Pair a computer first" in page
    assert client.post(f"{path}/export", headers=ORIGIN).status_code == 409
    machine, _ = place.services.machines.add("Annas laptop", str(key.recipient), issue)
    assert client.post(f"{path}/export", headers=ORIGIN).status_code == 302
    (export,) = place.services.outbox.for_machine(machine.id)
    sealed = export.part_path("data-1.zip.age").read_bytes()
    with zipfile.ZipFile(io.BytesIO(open_bytes(sealed, [key]))) as opened:
        assert "What soothes [child]?" in opened.read("data.json").decode()
    with desk.session() as casework:
        (told,) = casework.scalars(select(Disclosure).where(Disclosure.case_id == name))
        whats = select(AuditEvent.what).where(AuditEvent.case_id == name)
        assert list(casework.scalars(whats))[1:] == [
            "one person's data shown",
            "exported: one person's data, subject access",
        ]
    assert (told.export_id, told.to_whom) == (export.manifest.export_id, "Annas laptop")
    place.services.outbox.note_verified(told.export_id, machine.id)
    withdraw(desk, name, Erasing(place.services, desk))
    assert place.services.outbox.for_machine(machine.id) == []
    with desk.session() as casework:
        (erased,) = erasures(casework, "SUB-1")
        assert [each["machine"] for each in facts_of(erased)["copies"]] == ["Annas laptop"]
    desk.close()
    assert client.get(path).status_code == 404


def test_it_goes_to_no_computer_that_the_page_did_not_name(place: Place) -> None:
    desk = place.desk()
    with desk.session() as casework:
        case = open_case(casework, place.layout, "SUB-ONE", "", [InShot("mother", "MK")])
        path = f"/cases/{case.id}/people/{case.participants[0].id}/data"
    desk.close()
    machines, client = place.services.machines, place.unlocked()
    for each in machines.listed():
        machines.revoke(each.id)
    first, left = (
        machines.add(name, str(X25519Identity.generate().recipient), issue)[0]
        for name in ("first", "left")
    )
    machines.revoke(left.id)
    assert f'name="machine" value="{first.id}"' in client.get(path).text
    left, _ = machines.add("left", str(X25519Identity.generate().recipient), issue)
    machines.revoke(first.id)
    answer = client.post(f"{path}/export", data={"machine": first.id}, headers=ORIGIN)
    assert answer.status_code == 409
    assert "That computer is not paired any more" in answer.text
    assert place.services.outbox.for_machine(left.id) == []


@pytest.mark.parametrize("moment", ["before", "meanwhile"])
def test_nothing_is_given_of_a_case_that_is_being_withdrawn(
    place: Place, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    desk = place.desk()
    with desk.session() as casework:
        case = open_case(casework, place.layout, f"SUB-{len(moment)}", "", [InShot("mother", "MK")])
        name, person = case.id, case.participants[0].id
    recipient = str(X25519Identity.generate().recipient)
    machine, _ = place.services.machines.add("laptop", recipient, issue)
    client, path = place.unlocked(), f"/cases/{name}/people/{person}/data"

    def withdrawing() -> None:
        with desk.session() as casework:
            casework.get_one(Case, name).state = "withdrawing"

    if moment == "before":
        withdrawing()
        assert client.get(path).status_code == 404
    else:
        begin = place.services.outbox.begin

        def begin_late(*given: Any) -> Draft:
            withdrawing()
            return begin(*given)

        monkeypatch.setattr(place.services.outbox, "begin", begin_late)
    answer = client.post(f"{path}/export", data={"machine": machine.id}, headers=ORIGIN)
    assert answer.status_code == 404
    assert place.services.outbox.for_machine(machine.id) == []
    with desk.session() as casework:
        casework.get_one(Case, name).state = "open"
    desk.close()


def test_somebody_of_another_case_is_nobody_here(place: Place) -> None:
    desk = place.desk()
    with desk.session() as casework:
        other = open_case(casework, place.layout, "SUB-2", "", [InShot("mother", "MK")])
        person = other.participants[0].id
    desk.close()
    assert place.unlocked().get(f"/cases/{place.case}/people/{person}/data").status_code == 404
