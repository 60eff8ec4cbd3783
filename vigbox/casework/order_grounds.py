"""What an order stands on: its clips as they are, the masks in them, and everybody's consents."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from vigbox.casework.covering import Covering, covering, still_covered
from vigbox.casework.export_gate import rests_on
from vigbox.casework.gates import ASK
from vigbox.casework.masks import MaskError
from vigbox.casework.order_wish import OrderError, Wish
from vigbox.casework.tables import Case, Clip, Consent, Disclosure, Export, ExportOrder

CORRECTED: Final = (
    "the masks of a clip were changed since this was ordered. Look at all of it again, then "
    "order it again."
)
"""Why what has masks of before may not leave any more."""


def judged(session: Session, order: ExportOrder, on: date) -> list[Consent]:
    """Give the consents that an order rests on, today.

    Raises GateShutError, and MaskError when what it covers was corrected since.
    """
    case, masked = session.get_one(Case, order.case_id), masked_in(order)
    if not masks_stand(session, case, order.id, masked):
        raise MaskError(CORRECTED)
    return consents_for(session, case, order.recordings.split(), order.purpose, on, masked)


def consents_for(
    session: Session,
    case: Case,
    recordings: Iterable[str],
    purpose: str,
    on: date,
    masked: Collection[int] = (),
    way: str = ASK,
) -> list[Consent]:
    """Give the consents that something of recordings may leave on, each once.

    ``masked`` and ``way`` as :func:`~vigbox.casework.disclosures.rests_on` has them. Raises
    GateShutError.
    """
    found: dict[int, Consent] = {}
    for recording in recordings:
        consents = rests_on(session, case, recording, purpose, on, hidden=masked, way=way)
        found |= {each.id: each for each in consents}
    return list(found.values())


def chosen_clips(session: Session, case: str, wanted: Sequence[str]) -> list[Clip]:
    """Give a case's clips by their ids, in that order. Raises :class:`OrderError`."""
    if not wanted:
        raise OrderError("no clip is chosen. Choose at least one.")
    found = [session.get(Clip, each) for each in dict.fromkeys(wanted)]
    clips = [each for each in found if each is not None and each.case_id == case]
    if len(clips) != len(found):
        raise OrderError("a clip of this export was removed. Order it again without that clip.")
    return clips


def clips_of_order(session: Session, order: ExportOrder) -> list[Clip]:
    """Give its clips in its order. Raises :class:`OrderError` when one was removed."""
    return chosen_clips(session, order.case_id, Wish.of(order).clips)


def refuse_moved(planned: Sequence[Clip], now: Sequence[Clip]) -> None:
    """Refuse what was made of clips that have other pictures now. Raises :class:`OrderError`."""
    if [(each.id, each.first, each.end) for each in planned] != [
        (each.id, each.first, each.end) for each in now
    ]:
        raise OrderError("a clip was moved while this export was made. Try again.")


def covered_as_ordered(session: Session, order: ExportOrder) -> Covering:
    """Give what is covered in its clips. Raises MaskError when that is not what was ordered."""
    case = session.get_one(Case, order.case_id)
    found = covering(session, case, clips_of_order(session, order))
    if found.versions != Wish.of(order).masks or not masked_in(order) <= found.hidden:
        raise MaskError(CORRECTED)
    return found


def masked_in(row: ExportOrder | Disclosure) -> frozenset[int]:
    """Give the participants whose faces are masked in something, by their ids."""
    return frozenset(map(int, row.masked.split()))


def masks_stand(session: Session, case: Case, export: str, masked: frozenset[int]) -> bool:
    """Tell whether an export has the masks that were looked at last, and they hide ``masked``."""
    order = session.get(ExportOrder, export)
    versions = Wish.of(order).masks if order is not None and order.wish else {}
    found = [session.get(Clip, each) for each in clip_ids(session, export)]
    clips = [each for each in found if each is not None]
    return still_covered(session, case, clips, versions, masked)


def clip_ids(session: Session, export: str) -> list[str]:
    """Give the clips in an export; of an order that cannot be opened here, those of its films."""
    order = session.get(ExportOrder, export)
    if order is None:
        return list(session.scalars(select(Export.clip_id).where(Export.id == export)))
    if order.wish:
        return list(Wish.of(order).clips)
    of_it = Clip.recording.in_(order.recordings.split())
    return list(session.scalars(select(Clip.id).where(of_it)))
