"""Exports that go before they left: taken back, shut since, or with what they were made of.

Made ones and such that are to be made. What a machine has fetched is out, and stays in the books.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Self

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from vigbox.casework import audit
from vigbox.casework.disclosures import forget_export, is_verified, recordings_of, waiting_exports
from vigbox.casework.order_grounds import CORRECTED, clip_ids, consents_for, masked_in, masks_stand
from vigbox.casework.order_wish import OrderError
from vigbox.casework.orders import ERASED, MADE, WAITING, end
from vigbox.casework.tables import Case, Clip, Disclosure, ExportOrder
from vigbox.errors import VigboxError

EraseExport = Callable[[str], None]


def take_back(session: Session, order: ExportOrder, erase_export: EraseExport) -> None:
    """Erase from the box what was made and nobody has fetched. Raises OrderError, OSError.

    What was downloaded in the browser is out; the box's own copy can go all the same.
    """
    if order.state != MADE or is_verified(session, order.id):
        raise OrderError("this export does not wait here any more: it cannot be withdrawn.")
    _erase(session, order, erase_export)
    audit.note(session, "export withdrawn", order.id, order.case_id)


def take_back_fallen(
    session: Session,
    on: date,
    erase_export: EraseExport,
    case: str = "",
    *,
    is_here: Callable[[str], bool],
) -> list[str]:
    """Erase what waits, or is to be made, and may not leave any more; gives its ids.

    Its consents do not stand, or the masks in it were corrected since.

    For one case or for all; ask the machines before what they have fetched. ``is_here`` tells of an
    export's id whether the box has it: what was sent to a storage keeps its row when it goes from
    here, and is not erased again. Raises OSError.
    """
    fallen = []
    for waits in _unfetched(session, case, is_here):
        why = waits.shut(session, on)
        if why:
            _erase_waiting(session, waits, why, erase_export)
            fallen.append(waits.id)
    return fallen


def take_back_of_clip(
    session: Session, clip: Clip, erase_export: EraseExport, *, is_here: Callable[[str], bool]
) -> None:
    """Erase what waits of a clip, or is to be made of it, as its masks were corrected.

    Ask the machines before what they have fetched; ``is_here`` as :func:`take_back_fallen` has it.
    Raises OSError.
    """
    for waits in _unfetched(session, clip.case_id, is_here):
        if clip.id in clip_ids(session, waits.id):
            _erase_waiting(session, waits, CORRECTED, erase_export)


def drop_of_recording(
    session: Session, recording: str, erase_export: EraseExport, why: str
) -> None:
    """Erase what waits of a recording, or is to be made of it. Raises OSError."""
    for order in _ordered(session, ExportOrder.recordings.contains(recording)):
        _erase(session, order, erase_export, why)


def drop_of_machine(session: Session, machine: str, erase_export: EraseExport, why: str) -> None:
    """Erase what waits for a machine, or is to be made for it. Raises OSError."""
    for order in _ordered(session, ExportOrder.machine == machine):
        _erase(session, order, erase_export, why)


@dataclass(frozen=True, slots=True)
class _Waits:
    """Something that has not left yet: its id, its case, what for, and of which recordings."""

    id: str
    case: str
    purpose: str
    recordings: tuple[str, ...]
    masked: frozenset[int]
    """Participants whose faces are masked in it."""

    @classmethod
    def of(cls, row: ExportOrder | Disclosure, export: str, recordings: tuple[str, ...]) -> Self:
        return cls(export, row.case_id, row.purpose, recordings, masked_in(row))

    def shut(self, session: Session, on: date) -> str:
        """Give why it may not leave any more; empty while it may."""
        found = session.get(Case, self.case)
        try:
            if found is not None:
                consents_for(session, found, self.recordings, self.purpose, on, self.masked)
                if not masks_stand(session, found, self.id, self.masked):
                    return CORRECTED
        except VigboxError as error:
            return str(error)
        return ""


def _unfetched(session: Session, case: str, is_here: Callable[[str], bool]) -> list[_Waits]:
    found = {
        each.export_id: _Waits.of(each, each.export_id, recordings_of(session, each.export_id))
        for each in waiting_exports(session)
        if not each.sent_at or is_here(each.export_id)
    }
    for order in _ordered(session):
        if order.id not in found:
            found[order.id] = _Waits.of(order, order.id, tuple(order.recordings.split()))
    return [each for each in found.values() if not case or each.case == case]


def _ordered(session: Session, *of_it: ColumnElement[bool]) -> Iterator[ExportOrder]:
    """Give the orders that wait or are to be made, and that no machine has fetched."""
    rows = select(ExportOrder).where(ExportOrder.state.in_((WAITING, MADE)), *of_it)
    for order in session.scalars(rows):
        if not is_verified(session, order.id):
            yield order


def _erase_waiting(session: Session, waits: _Waits, why: str, erase_export: EraseExport) -> None:
    order = session.get(ExportOrder, waits.id)
    if order is not None:
        _erase(session, order, erase_export, why)
    else:
        erase_export(waits.id)
        forget_export(session, waits.id)
    event = "export erased: a consent was taken back"
    if why == CORRECTED:
        event = "export erased: its masks were corrected"
    audit.note(session, event, waits.id, waits.case)


def _erase(session: Session, order: ExportOrder, erase_export: EraseExport, why: str = "") -> None:
    erase_export(order.id)
    forget_export(session, order.id)
    end(session, order, ERASED, why)
