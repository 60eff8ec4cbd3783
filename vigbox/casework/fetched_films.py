"""Recordings that may go from the box: a machine has verified an export that showed them whole.

Only those of a closed case: as long as the work goes on its clips are watched here, and they go
with the film. Nothing of a case on legal hold, and nothing of which an export still waits.
"""

from collections.abc import Iterator

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from vigbox.casework.disclosures import is_verified, left_at, of_recording
from vigbox.casework.order_wish import WHOLE, Wish
from vigbox.casework.orders import MADE, WAITING
from vigbox.casework.retention import held
from vigbox.casework.tables import Case, ExportOrder


def fetched_films(session: Session) -> set[str]:
    """Give the recordings that may go; of cases that colleagues open, none."""
    closed = set(session.scalars(select(Case.id).where(Case.state == "closed")))
    cases = closed - held(session, closed)
    made = select(ExportOrder).where(ExportOrder.state == MADE, ExportOrder.machine != "")
    found = set[str]()
    for order in session.scalars(made.where(ExportOrder.case_id.in_(cases))):
        found |= set(_shown_whole(session, order))
    return {each for each in found if not _waits(session, each)}


def _shown_whole(session: Session, order: ExportOrder) -> Iterator[str]:
    # without its wish it is of a case that somebody else opens
    if order.wish and WHOLE in Wish.of(order).made and is_verified(session, order.id):
        yield from order.recordings.split()


def _waits(session: Session, recording: str) -> bool:
    for_browser = ExportOrder.state == MADE, ExportOrder.machine == ""
    is_waiting = (ExportOrder.state == WAITING) | (
        and_(*for_browser, ExportOrder.downloaded_at == "")
    )
    of_it = select(ExportOrder.id).where(ExportOrder.recordings.contains(recording), is_waiting)
    if session.scalar(of_it.limit(1)) is not None:
        return True
    return any(not left_at(each) for each in of_recording(session, recording))
