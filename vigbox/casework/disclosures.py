"""Disclosures: what left the box or waits to, for whom, why, and on which consents it rests.

A row is kept with the export itself and outlives the clip it was made of, so that a later
withdrawal still names the copy.
"""

from collections.abc import Callable

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from vigbox.casework import audit
from vigbox.casework.retention import held
from vigbox.casework.tables import (
    Case,
    Clip,
    Consent,
    Disclosure,
    Export,
    ExportOrder,
    SharedReview,
    Supervision,
)
from vigbox.model import now_at


def disclose(session: Session, case: Case, row: Disclosure, consents: list[Consent]) -> None:
    """Keep that something leaves the box, with the consents it rests on, and an audit event.

    ``row`` says what, to whom and the purpose, and the export's id and hash if it is one.
    """
    row.case_id, row.disclosed_at = case.id, now_at()
    row.consents = " ".join(str(each.id) for each in consents)
    session.add(row)
    about = row.export_id or case.code
    audit.note(session, f"exported: {row.what}, {row.purpose}", about, case.id)


def disclosed(session: Session, case: str) -> list[Disclosure]:
    """Give what left a case, or waits to leave it, the oldest first."""
    rows = select(Disclosure).where(Disclosure.case_id == case).order_by(Disclosure.id)
    return list(session.scalars(rows))


def of_recording(session: Session, recording: str) -> list[Disclosure]:
    """Give what shows something of a recording and left, or waits to: exports, papers, photos.

    Rows from before they named their recordings are found by what is still there of them.
    """
    clips = select(Export.id).join(Clip).where(Clip.recording == recording)
    packages = select(Supervision.export_id).join(SharedReview)
    packages = packages.where(SharedReview.recording == recording, Supervision.export_id != "")
    orders = select(ExportOrder.id).where(ExportOrder.recordings.contains(recording))
    of_it = (
        Disclosure.recordings.contains(recording)
        | Disclosure.export_id.in_(clips)
        | Disclosure.export_id.in_(packages)
        | Disclosure.export_id.in_(orders)
    )
    return list(session.scalars(select(Disclosure).where(of_it).order_by(Disclosure.id)))


def recordings_of(session: Session, export_id: str) -> tuple[str, ...]:
    """Give the recordings that an export was made of; none for what is of no recording."""
    order = session.get(ExportOrder, export_id)
    found = order.recordings.split() if order else []
    named = select(Disclosure.recordings).where(Disclosure.export_id == export_id)
    found += [each for names in session.scalars(named) for each in names.split()]
    found += session.scalars(
        select(Clip.recording).join(Export, Export.clip_id == Clip.id).where(Export.id == export_id)
    )
    found += session.scalars(
        select(SharedReview.recording)
        .join(Supervision, Supervision.review_id == SharedReview.id)
        .where(Supervision.export_id == export_id, SharedReview.recording != "")
    )
    return tuple(dict.fromkeys(found))


def waiting_exports(session: Session) -> list[Disclosure]:
    """Give every export that no machine has verified, the oldest first."""
    waits = Disclosure.export_id != "", Disclosure.verified_at == ""
    return list(session.scalars(select(Disclosure).where(*waits).order_by(Disclosure.id)))


def waiting_or_out(session: Session) -> list[Disclosure]:
    """Give every export of every case, the newest first."""
    rows = select(Disclosure).where(Disclosure.export_id != "").order_by(Disclosure.id.desc())
    return list(session.scalars(rows))


def left_at(disclosure: Disclosure) -> str:
    """Give when something left the box; empty while it only waits."""
    is_out = disclosure.verified_at or disclosure.sent_at or not disclosure.export_id
    first = min(filter(None, (disclosure.verified_at, disclosure.sent_at)), default="")
    return (first or disclosure.disclosed_at) if is_out else ""


def note_fetched(session: Session, is_verified: Callable[[str], bool]) -> None:
    """Note which exports their machines have verified since the last look.

    ``is_verified`` tells it of an export's id. Before an export is erased this is the last moment
    to learn that there is a copy of it elsewhere.
    """
    for each in waiting_exports(session):
        if is_verified(each.export_id):
            each.verified_at = now_at()
            of_it = update(Export).where(Export.id == each.export_id)
            session.execute(of_it.values(verified_at=each.verified_at))
            audit.note(session, "verified", each.export_id, each.case_id)


def note_sent(session: Session, is_sent: Callable[[str], bool], where: str) -> None:
    """Note which exports lie on the service's storage since the last look: those are out as well.

    ``is_sent`` tells it of an export's id, ``where`` is the storage's name.
    """
    rows = select(Disclosure).where(Disclosure.export_id != "", Disclosure.sent_at == "")
    for each in session.scalars(rows):
        if is_sent(each.export_id):
            each.sent_at, each.to_whom = now_at(), f"{each.to_whom} ({where})"
            audit.note(session, "sent to the service's storage", each.export_id, each.case_id)


def note_erased(session: Session, export_ids: list[str]) -> list[str]:
    """Note that exports are erased from the box because their machines have them; gives which.

    Only what is known to be verified goes, and nothing of a case on legal hold.
    """
    rows = select(Disclosure).where(
        Disclosure.export_id.in_(export_ids), Disclosure.verified_at != ""
    )
    found = list(session.scalars(rows))
    on_hold = held(session, {each.case_id for each in found})
    going = [each for each in found if each.case_id not in on_hold]
    for each in going:
        audit.note(session, "export erased after sync", each.export_id, each.case_id)
    return [each.export_id for each in going]


def forget_waiting(session: Session, export_id: str) -> None:
    """Forget an export that was erased before it left: no machine has it, no storage either.

    The audit still tells that it was made.
    """
    waited = Disclosure.export_id == export_id, Disclosure.verified_at == ""
    session.execute(delete(Disclosure).where(*waited, Disclosure.sent_at == ""))


def forget_export(session: Session, export_id: str) -> None:
    """Forget an export as :func:`forget_waiting`, and that its clips and its order wait in it."""
    forget_waiting(session, export_id)
    waited = Export.id == export_id, Export.verified_at == ""
    session.execute(delete(Export).where(*waited))
    order = session.get(ExportOrder, export_id)
    if order is not None and order.state == "made" and not is_verified(session, export_id):
        order.state, order.ended_at = "erased", now_at()


def is_verified(session: Session, export_id: str) -> bool:
    """Tell whether a machine has fetched and verified an export, as far as was noted."""
    verified = Disclosure.export_id == export_id, Disclosure.verified_at != ""
    return session.scalar(select(Disclosure.id).where(*verified).limit(1)) is not None


def has_left(session: Session, export_id: str) -> bool:
    """Tell whether an export is out, at a machine or on a storage, as far as was noted."""
    rows = session.scalars(select(Disclosure).where(Disclosure.export_id == export_id))
    return any(left_at(each) for each in rows)
