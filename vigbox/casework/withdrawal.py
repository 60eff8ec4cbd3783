"""Withdrawal: a family takes its films back. One action, blocked at once, never half said done.

First the case is marked, then every wrap of its identity is destroyed: from there on nobody opens
its films, the recovery sheet and old copies of this database included. Then films, exports and
rows are erased. A cut anywhere is taken up again after the next unlock. No "secure overwrite" is
claimed: a card may keep old blocks, without a key to them unless somebody copied one before.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol

from sqlalchemy import Table, delete, select
from sqlalchemy.orm import Session

from vigbox.casework import audit, erasure, imports, orders
from vigbox.casework.desk import Desk
from vigbox.casework.disclosures import disclosed, left_at
from vigbox.casework.export_gate import KEPT
from vigbox.casework.tables import AuditEvent, Base, Case, Clip, ClipPrinciple, Export
from vigbox.casework.training_log import keep_entries
from vigbox.store import holdings
from vigbox.store.durable import sync_folder

WITHDRAWN: Final = "consent withdrawn"
OVERDUE: Final = "kept until its day"


class Erasers(Protocol):
    """What reaches beyond the casework: the recorder and the exports."""

    def disarm(self, case: str) -> None:
        """Let the next press not film for this case. Raises VigboxError."""

    def erase_film(self, recording: str) -> None:
        """Take a film off the card, also what a cut left of it. Raises VigboxError, OSError."""

    def erase_import(self, name: str) -> None:
        """Take away a film from elsewhere that is on its way in. Raises OSError."""

    def erase_export(self, export: str) -> None:
        """Take an export away, if it still waits. Raises OSError."""


@dataclass(frozen=True, slots=True)
class Copy:
    """What left the box: which machine verified it, and when; what it was, and what for."""

    machine: str
    verified_at: str
    what: str = "clip"
    purpose: str = KEPT


def copies(session: Session, case: str) -> list[Copy]:
    """List what left the box for good: somebody must ask those machines' owners.

    What was erased on the box since then is among it.
    """
    return [
        Copy(each.to_whom, left_at(each), each.what, each.purpose)
        for each in disclosed(session, case)
        if left_at(each)
    ]


def withdraw(
    desk: Desk,
    case: str,
    erasers: Erasers,
    why: str = WITHDRAWN,
    is_still: Callable[[Session], bool] = lambda _session: True,
) -> None:
    """Destroy a case's key and erase all of it; ``why`` is told by the certificate.

    ``is_still`` is asked in the session that begins it: somebody may have said no meanwhile.

    Raises VigboxError or OSError when something could not be erased; the key is destroyed all
    the same, and the rest is taken up by :func:`go_on` after the next unlock.
    """
    with desk.session() as session:
        if not is_still(session):
            return
        found = session.get_one(Case, case)
        begun = erasure.begin(session, desk.layout, found, why)
        films = {each["recording"] for each in erasure.facts_of(begun)["films"]}
        if found.state != "withdrawing":
            found.state = "withdrawing"
            audit.note(session, why, found.code, case)
    _destroy_key(desk, case)
    # at once: what waits is sealed to machines, not to the case, and they may be fetching it
    _erase_exports(desk, case, erasers)
    erasers.disarm(case)
    _erase_imports(desk, case, erasers)
    # those that were found when it began as well: a cut may have left a part of one
    films |= {each.recording for each in holdings.listed(desk.layout) if each.case == case}
    for recording in sorted(films):
        erasers.erase_film(recording)
    _erase_exports(desk, case, erasers)
    _erase_rows(desk, case)
    desk.database.purge()
    _say_done(desk, case)


def go_on(desk: Desk, erasers: Erasers) -> None:
    """Take up what a cut or a failure left of withdrawals. Raises as :func:`withdraw`."""
    with desk.session() as session:
        begun = list(session.scalars(select(Case.id).where(Case.state == "withdrawing")))
    for case in begun:
        withdraw(desk, case, erasers)


def _destroy_key(desk: Desk, case: str) -> None:
    desk.forget_case(case)
    path = desk.layout.case_identity(case)
    with desk.database.settling:  # or what seals keys anew just now would write it once more
        for each in (path, path.with_name(path.name + ".tmp")):
            each.unlink(missing_ok=True)
        sync_folder(path.parent)


def _erase_exports(desk: Desk, case: str, erasers: Erasers) -> None:
    with desk.session() as session:
        found = [each.id for each in _exports(session, case)]
        found += [each.export_id for each in disclosed(session, case) if each.export_id]
        found += [each.id for each in orders.of_case(session, case)]
    for each in dict.fromkeys(found):
        erasers.erase_export(each)


def _erase_imports(desk: Desk, case: str, erasers: Erasers) -> None:
    with desk.session() as session:
        found = [each.id for each in imports.every(session, case)]
    for name in found:
        erasers.erase_import(name)
    with desk.session() as session:
        for name in found:
            imports.forget(session, name)


def _erase_rows(desk: Desk, case: str) -> None:
    with desk.session() as session:
        found = session.get_one(Case, case)
        for copy in copies(session, case):
            audit.note(session, f"a copy had left the box, to {copy.machine}", found.code, case)
        keep_entries(session, found)
        for export in list(_exports(session, case)):
            session.delete(export)
        session.flush()
        clips = select(Clip.id).where(Clip.case_id == case)
        session.execute(delete(ClipPrinciple).where(ClipPrinciple.clip_id.in_(clips)))
        for table in _tables_of_a_case():
            session.execute(table.delete().where(table.c.case_id == case))
        session.expire(found, ["participants"])
        found.sealed_question = b""


def _tables_of_a_case() -> Iterator[Table]:
    """Give every table with rows of a case, those that refer to others first."""
    for table in reversed(Base.metadata.sorted_tables):
        if "case_id" in table.c and table is not AuditEvent.__table__:
            yield table


def _say_done(desk: Desk, case: str) -> None:
    """Only now is it over: until here a cut lets :func:`go_on` begin again."""
    with desk.session() as session:
        found = session.get_one(Case, case)
        found.sealed_to, found.state = "", "erased"
        erasure.finish(session, found)
        audit.note(session, "case erased", found.code, case)


def _exports(session: Session, case: str) -> Iterator[Export]:
    found = select(Export).join(Clip, Clip.id == Export.clip_id).where(Clip.case_id == case)
    yield from session.scalars(found.order_by(Export.made_at))
