"""What a machine verified: noted while the box is locked, erased when the service says so."""

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.certificates import issue
from tests.web.conftest import Place
from vigbox.casework.clips import add_clip
from vigbox.casework.disclosures import disclose
from vigbox.casework.export_gate import KEPT
from vigbox.casework.retention import close_case, hold, release, reopen_case
from vigbox.casework.service import Service
from vigbox.casework.tables import AuditEvent, Case, Disclosure, Erasure, ExportOrder
from vigbox.casework.texts import seal_text
from vigbox.delivery.certificates import fingerprint
from vigbox.delivery.machines import Machine
from vigbox.model import new_id
from vigbox.seal.identities import X25519Identity
from vigbox.web.fronted import CERTIFICATE


@dataclass
class Scene:
    """An export that waits for a machine, and a way to look at what became of it."""

    place: Place
    machine: Machine = field(init=False)
    shown: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        recipient = str(X25519Identity.generate().recipient)
        machines = self.place.services.machines
        self.machine, certificate = machines.add("laptop", recipient, issue)
        self.shown = {CERTIFICATE: fingerprint(certificate)}
        self.film = self.place.keep(bytes(1 << 16))
        self.export = self.put()

    def put(self) -> str:
        export = new_id()

        def note(casework: Session) -> None:
            row = Disclosure(what="clip", to_whom="laptop", purpose=KEPT, export_id=export)
            disclose(casework, casework.get_one(Case, self.place.case), row, [])

        with self.place.services.outbox.begin(export, self.machine) as draft:
            with draft.part("clip-1.mp4.age", "clip.mp4", "clip") as sink:
                sink.write(b"a clip")
            draft.commit(self.place.services.device_key, "VIG-7")
        self.do(note)
        return export

    def settled(self, policy: str) -> None:
        file = self.place.services.service
        file.save(Service(erase_after_sync=policy), file.version)

    def tell(self) -> None:
        """Say, as the machine does, that all of it is there."""
        outbox = self.place.services.outbox
        manifest = outbox.get(self.export, self.machine.id).manifest
        facts = {"manifest_sha256": hashlib.sha256(manifest.to_bytes()).hexdigest()}
        path = f"/api/exports/{self.export}/verified"
        told = self.place.client().post(path, json=facts, environ_overrides=self.shown)
        assert told.status_code == 204
        finish()

    def unlock(self) -> None:
        self.place.unlocked()
        finish()

    def is_waiting(self) -> bool:
        waiting = self.place.services.outbox.for_machine(self.machine.id)
        return self.export in {each.manifest.export_id for each in waiting}

    def do(self, work: Callable[[Session], Any]) -> Any:
        return self.place.do(work)

    def events(self) -> list[str]:
        rows = select(AuditEvent.what).where(AuditEvent.about == self.export)
        found: list[str] = self.do(
            lambda casework: list(casework.scalars(rows.order_by(AuditEvent.id)))
        )
        return found


def finish() -> None:
    """Wait for what the box does by itself."""
    for each in threading.enumerate():
        if each.name in ("settle", "after-unlock"):
            each.join(30)
            assert not each.is_alive()


@pytest.fixture
def scene(place: Place) -> Iterator[Scene]:
    place.services.door.lock()
    yield Scene(place)
    place.services.door.lock()
    place.layout.service.unlink(missing_ok=True)
    place.services.service.read()


@pytest.mark.parametrize("policy", ["", "keep"])
def test_nothing_goes_unless_the_service_says_so(scene: Scene, policy: str) -> None:
    scene.settled(policy)
    scene.unlock()
    scene.tell()
    scene.unlock()
    assert scene.is_waiting()
    assert scene.events()[-1] == "verified"


def erased(scene: Scene) -> bool:
    """Whether the recorder was asked to erase the film, and why a certificate says so."""
    asked = [each["grant"] for each in scene.place.recorder.asked if each["do"] == "erase"]
    was_asked = any(scene.film in each for each in asked)
    rows: list[Erasure] = scene.do(lambda casework: list(casework.scalars(select(Erasure))))
    whys = [each.why for each in rows if scene.film in each.facts]
    assert whys == ["a machine has verified all of it"] * was_asked
    return was_asked


@pytest.mark.parametrize(
    ("policy", "mode", "is_here"),
    [("films", "", False), ("exports", "", True), ("films", "record", True)],
)
def test_a_closed_cases_film_that_a_machine_has_whole_goes_at_an_unlock(
    scene: Scene, policy: str, mode: str, *, is_here: bool
) -> None:
    file = scene.place.services.service
    file.save(Service(erase_after_sync=policy, retention_mode=mode), file.version)

    def ordered(casework: Session) -> None:
        case = casework.get_one(Case, scene.place.case)
        clip = add_clip(casework, case, scene.film, "", (0, 5), 200)
        wish = json.dumps({"clips": [clip.id], "made": ["recordings"]})
        row = ExportOrder(id=scene.export, case_id=case.id, asked_at="x", by_whom="p")
        row.machine, row.machine_name, row.purpose = scene.machine.id, "laptop", KEPT
        row.state, row.recordings = "made", scene.film
        row.sealed_wish = seal_text(case.recipient, wish)
        casework.add(row)

    scene.do(ordered)
    scene.tell()
    scene.unlock()
    assert not erased(scene), "its case is open"
    scene.do(lambda casework: close_case(casework, casework.get_one(Case, scene.place.case)))
    try:
        scene.unlock()
        assert erased(scene) is not is_here
    finally:
        scene.do(lambda casework: reopen_case(casework, casework.get_one(Case, scene.place.case)))


def test_a_locked_box_notes_it_and_erases_at_the_next_unlock(scene: Scene) -> None:
    scene.settled("exports")
    scene.tell()
    assert scene.is_waiting()
    assert scene.place.services.outbox.is_verified(scene.export)
    assert scene.events() == ["exported: clip, kept for the work"]
    scene.unlock()
    assert not scene.is_waiting()
    assert scene.events()[1:] == ["verified", "export erased after sync"]


def test_an_unlocked_box_erases_at_once(scene: Scene) -> None:
    scene.settled("exports")
    scene.unlock()
    assert scene.is_waiting(), "what no machine has verified stays"
    scene.tell()
    assert not scene.is_waiting()
    assert scene.events()[1:] == ["verified", "export erased after sync"]
    assert scene.place.layout.film(scene.film).exists(), "the film is governed by retention"


def test_what_was_verified_before_the_policy_goes_with_the_next_unlock(scene: Scene) -> None:
    scene.unlock()
    scene.tell()
    scene.settled("exports")
    scene.unlock()
    assert not scene.is_waiting()


def test_a_case_on_hold_keeps_its_exports(scene: Scene) -> None:
    scene.settled("exports")
    scene.do(lambda casework: hold(casework, casework.get_one(Case, scene.place.case), "a court"))
    scene.unlock()
    scene.tell()
    assert scene.is_waiting()
    scene.do(lambda casework: release(casework, casework.get_one(Case, scene.place.case)))
    scene.unlock()
    assert not scene.is_waiting()


def test_settings_that_cannot_be_read_erase_nothing(scene: Scene) -> None:
    scene.place.layout.service.write_text("erase_after_sync = 'exports'\ncolour = 'blue'")
    scene.place.services.service.read()
    scene.unlock()
    scene.tell()
    assert scene.is_waiting()
