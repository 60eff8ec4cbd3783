"""What goes by its age: cases whose clock ran out, recordings whose days in the bin are over.

Only for a day that is known: with an unsure clock nobody asks. One failure stops no other.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from vigbox.casework.desk import Desk
from vigbox.casework.recording_erasure import BIN_OVER, erase_recording
from vigbox.casework.retention import Retention, bin_overdue, days_of, overdue
from vigbox.casework.tables import Case, Filmed
from vigbox.casework.withdrawal import OVERDUE, Erasers, withdraw
from vigbox.errors import VigboxError
from vigbox.store import holdings

NOTICE: Final = timedelta(days=7)
"""So long before its day a case is announced."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A case that will be erased soon."""

    case: str
    code: str
    due_on: date


def notices(session: Session, retention: Retention, on: date) -> list[Notice]:
    """Give the cases whose day comes within a week, or came, the nearest first."""
    closed = list(session.scalars(select(Case).where(Case.state == "closed")))
    days = days_of(session, retention, closed)
    every = (Notice(each.id, each.code, days[each.id]) for each in closed if each.id in days)
    near = (each for each in every if each.due_on - NOTICE <= on)
    return sorted(near, key=lambda each: (each.due_on, each.code))


def may_be_due(session: Session) -> bool:
    """Tell whether anything here goes by its age at all, whatever day it is."""
    closed = select(Case.id).where(Case.state == "closed")
    binned = select(Filmed.recording).where(Filmed.binned_at != "")
    return any(session.scalar(each.limit(1)) is not None for each in (closed, binned))


def erase_overdue(desk: Desk, erasers: Erasers, retention: Retention, on: date) -> list[str]:
    """Erase what is due on a day; gives a sentence for each that could not be erased.

    Each is asked about again when its turn comes: it may be on hold by then, or taken back.
    """

    def is_due(case: str, session: Session) -> bool:
        return case in {each.id for each in overdue(session, retention, on)}

    def is_over(recording: str, session: Session) -> bool:
        return recording in {each.recording for each in bin_overdue(session, on)}

    with desk.session() as session:
        cases = [(each.id, each.code) for each in overdue(session, retention, on)]
        binned = {each.recording for each in bin_overdue(session, on)}
    deeds: list[tuple[str, Callable[[], object]]] = [
        (code, partial(withdraw, desk, case, erasers, OVERDUE, partial(is_due, case)))
        for case, code in cases
    ]
    gone = {case for case, _ in cases}
    deeds += [
        (
            film.recording,
            partial(
                erase_recording, desk, film, erasers, BIN_OVER, partial(is_over, film.recording)
            ),
        )
        for film in holdings.listed(desk.layout)
        if film.recording in binned and film.case not in gone
    ]
    return [told for about, deed in deeds if (told := _tried(about, deed))]


def _tried(about: str, deed: Callable[[], object]) -> str:
    try:
        deed()
    except (VigboxError, OSError) as error:
        return f"{about} is due, but not all of it is erased yet: {error}"
    return ""
