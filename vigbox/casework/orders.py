"""Export orders: what shall leave the box, of which clips, for whom and what for, until it is made.

An order is judged when it is placed, when it is made and when it is handed over: a consent that was
taken back meanwhile shuts it. Every change here is one of a row; whoever makes exports follows.
"""

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from vigbox.casework import audit
from vigbox.casework.disclosures import (
    forget_export,
    is_verified,
    recordings_of,
    rests_on,
    waiting_exports,
)
from vigbox.casework.practice import Consent, ExportOrder
from vigbox.casework.tables import Case, Clip
from vigbox.casework.texts import seal_text
from vigbox.errors import VigboxError
from vigbox.model import new_id, now_at

WAITING: Final = "waiting"
MADE: Final = "made"
FAILED: Final = "failed"
CANCELLED: Final = "cancelled"
ERASED: Final = "erased"

THIS_BROWSER: Final = "this browser"
"""Whom an order is for that is not for a machine; written into its disclosure."""

EraseExport = Callable[[str], None]


class OrderError(VigboxError):
    """An export cannot be ordered or changed like that; nothing was."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Ids of clips in the order of the export, and keys of what is made of them."""

    clips: tuple[str, ...]
    made: tuple[str, ...]

    @classmethod
    def of(cls, order: ExportOrder) -> "Wish":
        """Read what an order is for. Raises :class:`OrderError` for who may not open its case."""
        try:
            found = json.loads(order.wish)
        except ValueError:
            raise OrderError("only who may open this case can make its exports.") from None
        return cls(tuple(found["clips"]), tuple(found["made"]))

    @property
    def what(self) -> str:
        """What leaves, in a few words that name nobody."""
        if self.made == ("clips",):
            return "clip" if len(self.clips) == 1 else f"clips: {len(self.clips)}"
        return f"{', '.join(self.made)} (of clips: {len(self.clips)})"


@dataclass(frozen=True, slots=True)
class ForWhom:
    """Who gets it: a machine's id, none for this browser, and its name; and the purpose."""

    machine: str
    name: str
    purpose: str


def place(session: Session, case: Case, wish: Wish, whom: ForWhom, on: date) -> ExportOrder:
    """Keep an order. Raises :class:`OrderError`, and GateShutError that says what is missing."""
    if not wish.made:
        raise OrderError("nothing is chosen to be made. Choose what shall leave.")
    clips = _clips(session, case.id, wish.clips)
    recordings = tuple(dict.fromkeys(each.recording for each in clips))
    _judge(session, case, recordings, whom.purpose, on)
    # to the microsecond: two orders of one second keep their order
    asked_at = datetime.now(UTC).isoformat(timespec="microseconds")
    order = ExportOrder(id=new_id(), case_id=case.id, asked_at=asked_at, state=WAITING)
    order.by_whom = str(session.info.get(audit.BY, ""))
    order.machine, order.machine_name, order.purpose = whom.machine, whom.name, whom.purpose
    order.recordings = " ".join(recordings)
    order.sealed_wish = seal_text(case.recipient, json.dumps(asdict(wish)))
    session.add(order)
    audit.note(session, f"export ordered: {wish.what}, {whom.purpose}", order.id, case.id)
    return order


def judged(session: Session, order: ExportOrder, on: date) -> list[Consent]:
    """Give the consents that an order rests on, today. Raises GateShutError."""
    case = session.get_one(Case, order.case_id)
    return _judge(session, case, order.recordings.split(), order.purpose, on)


def clips_of_order(session: Session, order: ExportOrder) -> list[Clip]:
    """Give its clips in its order. Raises :class:`OrderError` when one was removed."""
    return _clips(session, order.case_id, Wish.of(order).clips)


def of_case(session: Session, case: str) -> list[ExportOrder]:
    """Give a case's orders, the newest first."""
    found = select(ExportOrder).where(ExportOrder.case_id == case)
    return list(session.scalars(found.order_by(ExportOrder.asked_at.desc(), ExportOrder.id)))


def waiting(session: Session) -> list[ExportOrder]:
    """Give the orders that are to be made, the oldest first."""
    found = select(ExportOrder).where(ExportOrder.state == WAITING)
    return list(session.scalars(found.order_by(ExportOrder.asked_at, ExportOrder.id)))


def being_made(session: Session, recording: str) -> dict[str, str]:
    """Give, by the id of each clip of a recording that is to be exported, for whom it will be."""
    found: dict[str, str] = {}
    for order in waiting(session):
        if recording in order.recordings and order.wish:
            found |= dict.fromkeys(Wish.of(order).clips, order.machine_name)
    return found


def fail(session: Session, order: ExportOrder, why: str) -> None:
    """Keep why an order could not be made; it can be tried again."""
    _end(session, order, FAILED, why)
    audit.note(session, "export failed", order.id, order.case_id)


def again(session: Session, order: ExportOrder, on: date) -> None:
    """Let an order be tried again. Raises :class:`OrderError`, GateShutError."""
    if order.state not in (FAILED, CANCELLED):
        raise OrderError(f"this export is {order.state}: it cannot be tried again.")
    judged(session, order, on)
    clips_of_order(session, order)
    order.state, order.ended_at, order.sealed_why = WAITING, "", b""


def cancel(session: Session, order: ExportOrder) -> None:
    """End an order that is not made yet. Raises :class:`OrderError`."""
    if order.state != WAITING:
        raise OrderError(f"this export is {order.state} already: it cannot be cancelled.")
    _end(session, order, CANCELLED)
    audit.note(session, "export cancelled", order.id, order.case_id)


def take_back(session: Session, order: ExportOrder, erase_export: EraseExport) -> None:
    """Erase from the box what was made and nobody has fetched. Raises :class:`OrderError`, OSError.

    What was downloaded in the browser is out; the box's own copy can go all the same.
    """
    if order.state != MADE or is_verified(session, order.id):
        raise OrderError("this export does not wait here any more: it cannot be withdrawn.")
    _erase(session, order, erase_export)
    audit.note(session, "export withdrawn", order.id, order.case_id)


def take_back_fallen(
    session: Session, on: date, erase_export: EraseExport, case: str = ""
) -> list[str]:
    """Erase what waits, or is to be made, and whose consents do not stand any more; gives its ids.

    For one case or for all; ask the machines before what they have fetched. Raises OSError.
    """
    fallen = []
    for waits in _unfetched(session, case):
        why = waits.shut(session, on)
        if why:
            _erase_waiting(session, waits, why, erase_export)
            fallen.append(waits.id)
    return fallen


def forget_made(session: Session, order: ExportOrder) -> None:
    """Let an order that was noted as made, but never appeared, be one that is to be made."""
    order.state, order.made_at = WAITING, ""
    forget_export(session, order.id)


def drop_of_recording(
    session: Session, recording: str, erase_export: EraseExport, why: str
) -> None:
    """Erase what waits of a recording, or is to be made of it. Raises OSError."""
    found = select(ExportOrder).where(ExportOrder.recordings.contains(recording))
    for order in session.scalars(found.where(ExportOrder.state.in_((WAITING, MADE)))):
        if not is_verified(session, order.id):
            _erase(session, order, erase_export, why)


@dataclass(frozen=True, slots=True)
class _Waits:
    """Something that has not left yet: its id, its case, what for, and of which recordings."""

    id: str
    case: str
    purpose: str
    recordings: tuple[str, ...]
    masked: frozenset[int] = frozenset()
    """Participants whose faces are masked in it."""

    def shut(self, session: Session, on: date) -> str:
        """Give why it may not leave any more; empty while it may."""
        found = session.get(Case, self.case)
        try:
            if found is not None:
                _judge(session, found, self.recordings, self.purpose, on, self.masked)
        except VigboxError as error:
            return str(error)
        return ""


def _unfetched(session: Session, case: str) -> list[_Waits]:
    found = {
        each.export_id: _Waits(
            each.export_id,
            each.case_id,
            each.purpose,
            recordings_of(session, each.export_id),
            frozenset(map(int, each.masked.split())),
        )
        for each in waiting_exports(session)
    }
    rows = select(ExportOrder).where(ExportOrder.state.in_((WAITING, MADE)))
    for order in session.scalars(rows):
        if order.id not in found and not is_verified(session, order.id):
            recordings = tuple(order.recordings.split())
            found[order.id] = _Waits(order.id, order.case_id, order.purpose, recordings)
    return [each for each in found.values() if not case or each.case == case]


def _erase_waiting(session: Session, waits: _Waits, why: str, erase_export: EraseExport) -> None:
    order = session.get(ExportOrder, waits.id)
    if order is not None:
        _erase(session, order, erase_export, why)
    else:
        erase_export(waits.id)
        forget_export(session, waits.id)
    audit.note(session, "export erased: a consent was taken back", waits.id, waits.case)


def _erase(session: Session, order: ExportOrder, erase_export: EraseExport, why: str = "") -> None:
    erase_export(order.id)
    forget_export(session, order.id)
    _end(session, order, ERASED, why)


def _end(session: Session, order: ExportOrder, state: str, why: str = "") -> None:
    order.state, order.ended_at = state, now_at()
    case = session.get_one(Case, order.case_id)
    order.sealed_why = seal_text(case.recipient, why)


def _judge(
    session: Session,
    case: Case,
    recordings: Iterable[str],
    purpose: str,
    on: date,
    masked: Collection[int] = (),
) -> list[Consent]:
    found: dict[int, Consent] = {}
    for recording in recordings:
        consents = rests_on(session, case, recording, purpose, on, hidden=masked)
        found |= {each.id: each for each in consents}
    return list(found.values())


def _clips(session: Session, case: str, wanted: Sequence[str]) -> list[Clip]:
    if not wanted:
        raise OrderError("no clip is chosen. Choose at least one.")
    found = [session.get(Clip, each) for each in dict.fromkeys(wanted)]
    clips = [each for each in found if each is not None and each.case_id == case]
    if len(clips) != len(found):
        raise OrderError("a clip of this export was removed. Order it again without that clip.")
    return clips
