"""Export orders: what shall leave the box, until it is made.

An order is judged when it is placed, when it is made and when it is handed over: a consent that was
taken back meanwhile shuts it. Every change here is one of a row; whoever makes exports follows.
"""

import json
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from vigbox.casework import audit
from vigbox.casework.covering import ASK_OR_COVER, ASK_OR_LEAVE_OUT, covering
from vigbox.casework.disclosures import forget_export
from vigbox.casework.order_grounds import chosen_clips, clips_of_order, consents_for, judged
from vigbox.casework.order_wish import ForWhom, OrderError, Wish
from vigbox.casework.tables import Case, ExportOrder
from vigbox.casework.texts import seal_text
from vigbox.model import new_id, now_at

WAITING: Final = "waiting"
MADE: Final = "made"
FAILED: Final = "failed"
CANCELLED: Final = "cancelled"
ERASED: Final = "erased"


def place(
    session: Session, case: Case, wish: Wish, whom: ForWhom, on: date, *, shows_more: bool = False
) -> ExportOrder:
    """Keep an order; masks that somebody looked at are used in it.

    ``shows_more`` tells that it shows more of the recordings than its clips, so that masks of clips
    hide nobody. Raises :class:`OrderError`, and GateShutError that says what is missing.
    """
    if not wish.made:
        raise OrderError("nothing is chosen to be made. Choose what shall leave.")
    clips = chosen_clips(session, case.id, wish.clips)
    recordings = tuple(dict.fromkeys(each.recording for each in clips))
    covered = covering(session, case, clips)
    consents_for(session, case, recordings, whom.purpose, on, covered.hidden, ASK_OR_COVER)
    hidden = frozenset[int]() if shows_more else covered.hidden
    consents_for(session, case, recordings, whom.purpose, on, hidden, ASK_OR_LEAVE_OUT)
    wish = replace(wish, masks=dict(covered.versions))
    # to the microsecond: two orders of one second keep their order
    asked_at = datetime.now(UTC).isoformat(timespec="microseconds")
    order = ExportOrder(id=new_id(), case_id=case.id, asked_at=asked_at, state=WAITING)
    order.by_whom = str(session.info.get(audit.BY, ""))
    order.machine, order.machine_name, order.purpose = whom.machine, whom.name, whom.purpose
    order.recordings = " ".join(recordings)
    order.masked = " ".join(map(str, sorted(hidden)))
    order.sealed_wish = seal_text(case.recipient, json.dumps(asdict(wish)))
    session.add(order)
    audit.note(session, f"export ordered: {wish.what}, {whom.purpose}", order.id, case.id)
    return order


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


def unfinished_of(session: Session, recording: str) -> set[str]:
    """Give the ids of orders of a recording that wait or are to be made, made parts or none."""
    found = select(ExportOrder.id).where(ExportOrder.recordings.contains(recording))
    return set(session.scalars(found.where(ExportOrder.state.in_((WAITING, MADE)))))


def fail(session: Session, order: ExportOrder, why: str) -> None:
    """Keep why an order could not be made; it can be tried again."""
    end(session, order, FAILED, why)
    audit.note(session, "export failed", order.id, order.case_id)


def again(session: Session, order: ExportOrder, on: date) -> None:
    """Let an order be tried again. Raises :class:`OrderError`, GateShutError, MaskError."""
    if order.state not in (FAILED, CANCELLED):
        raise OrderError(f"this export is {order.state}: it cannot be tried again.")
    judged(session, order, on)
    clips_of_order(session, order)
    order.state, order.ended_at, order.sealed_why = WAITING, "", b""


def cancel(session: Session, order: ExportOrder) -> None:
    """End an order that is not made yet. Raises :class:`OrderError`."""
    if order.state != WAITING:
        raise OrderError(f"this export is {order.state} already: it cannot be cancelled.")
    end(session, order, CANCELLED)
    audit.note(session, "export cancelled", order.id, order.case_id)


def forget_made(session: Session, order: ExportOrder) -> None:
    """Let an order that was noted as made, but never appeared, be one that is to be made."""
    order.state, order.made_at = WAITING, ""
    forget_export(session, order.id)


def end(session: Session, order: ExportOrder, state: str, why: str = "") -> None:
    """Keep how an order ended, now, and why; whoever may open its case reads it."""
    order.state, order.ended_at, order.begun = state, now_at(), ""
    case = session.get_one(Case, order.case_id)
    order.sealed_why = seal_text(case.recipient, why)
