"""Withdrawal: a family takes its films back. One action, blocked at once, never half said done.

First the case is marked, then every wrap of its identity is destroyed: from there on nobody opens
its films, the recovery sheet and old copies of this database included. Then films, exports and
rows are erased. A cut anywhere is taken up again after the next unlock. No "secure overwrite" is
claimed: a card may keep old blocks, without a key to them unless somebody copied one before.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from vigbox.casework import audit, imports
from vigbox.casework.desk import Desk
from vigbox.casework.tables import Case, CaseRecipient, Clip, Export
from vigbox.store import holdings
from vigbox.store.durable import sync_folder


class Erasers(Protocol):
    """What reaches beyond the casework: the recorder and the exports."""

    def disarm(self, case: str) -> None:
        """Let the next press not film for this case. Raises VigboxError."""

    def erase_film(self, recording: str) -> None:
        """Take a film off the card. Raises VigboxError, OSError."""

    def erase_import(self, name: str) -> None:
        """Take away a film from elsewhere that is on its way in. Raises OSError."""

    def erase_export(self, export: str) -> None:
        """Take an export away, if it still waits. Raises OSError."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A clip that left the box: which machine verified it, and when."""

    machine: str
    verified_at: str


def copies(session: Session, case: str) -> list[Copy]:
    """List what left the box for good: somebody must ask those machines' owners."""
    return [
        Copy(each.machine_name, each.verified_at)
        for each in _exports(session, case)
        if each.verified_at
    ]


def withdraw(desk: Desk, case: str, erasers: Erasers) -> None:
    """Destroy a case's key and erase all of it.

    Raises VigboxError or OSError when something could not be erased; the key is destroyed all
    the same, and the rest is taken up by :func:`go_on` after the next unlock.
    """
    with desk.session() as session:
        found = session.get_one(Case, case)
        if found.state == "open":
            found.state = "withdrawing"
            audit.note(session, "consent withdrawn", found.code)
    _destroy_key(desk, case)
    erasers.disarm(case)
    _erase_imports(desk, case, erasers)
    for manifest in holdings.listed(desk.layout):
        if manifest.case == case:
            erasers.erase_film(manifest.recording)
    _erase_rows(desk, case, erasers)
    desk.database.purge()


def go_on(desk: Desk, erasers: Erasers) -> None:
    """Take up what a cut or a failure left of withdrawals. Raises as :func:`withdraw`."""
    with desk.session() as session:
        begun = list(session.scalars(select(Case.id).where(Case.state == "withdrawing")))
    for case in begun:
        withdraw(desk, case, erasers)


def _destroy_key(desk: Desk, case: str) -> None:
    desk.forget_case(case)
    path = desk.layout.case_identity(case)
    for each in (path, path.with_name(path.name + ".tmp")):
        each.unlink(missing_ok=True)
    sync_folder(path.parent)


def _erase_imports(desk: Desk, case: str, erasers: Erasers) -> None:
    with desk.session() as session:
        found = [each.id for each in imports.every(session, case)]
    for name in found:
        erasers.erase_import(name)
    with desk.session() as session:
        for name in found:
            imports.forget(session, name)


def _erase_rows(desk: Desk, case: str, erasers: Erasers) -> None:
    with desk.session() as session:
        found = session.get_one(Case, case)
        for copy in copies(session, case):
            audit.note(session, f"a copy had left the box, to {copy.machine}", found.code)
        for export in list(_exports(session, case)):
            erasers.erase_export(export.id)
            session.delete(export)
        session.flush()
        for table in (Clip, CaseRecipient):
            for row in session.scalars(select(table).filter_by(case_id=case)):
                session.delete(row)
        found.participants.clear()
        found.sealed_question, found.sealed_to, found.state = b"", "", "erased"
        audit.note(session, "case erased", found.code)


def _exports(session: Session, case: str) -> Iterator[Export]:
    found = select(Export).join(Clip, Clip.id == Export.clip_id).where(Clip.case_id == case)
    yield from session.scalars(found.order_by(Export.made_at))
