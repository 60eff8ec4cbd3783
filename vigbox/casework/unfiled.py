"""Films that were made without an armed case: how long they wait, and which a case took.

Where a service asks before review, such a film is sealed to an identity of its own. Nothing of it
can be seen; it waits to be filed, and is erased when nobody files it in time. The clock begins with
the first unlock after it: from then on somebody could have, and the page says until when.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from vigbox.casework.tables import Adopted, Unfiled
from vigbox.store.manifests import Manifest

UNFILED_DAYS: Final = 7
"""How long a film waits where the service says nothing."""


def see(session: Session, films: Iterable[Manifest], days: int, on: date | None) -> None:
    """Note which films wait; ``on`` is the day if it is sure, and their clocks begin then."""
    taken = set(session.scalars(select(Adopted.recording)))
    for film in films:
        if film.is_unfiled and film.recording not in taken:
            row = session.get(Unfiled, film.recording)
            if row is None:
                row = Unfiled(recording=film.recording, recipient=film.recipients[0])
                session.add(row)
            _begin_clock(row, days, on)
    session.flush()


def due_on(row: Unfiled, days: int) -> date | None:
    """Give the day on which a film is erased; never sooner than was told before.

    None while no unlock with a sure clock has seen it.
    """
    if not row.seen_on:
        return None
    told = date.fromisoformat(row.due_on or row.seen_on)
    return max(told, date.fromisoformat(row.seen_on) + timedelta(days=days))


def days_left(session: Session, days: int) -> dict[str, date | None]:
    """Give each film that waits, and its day."""
    return {each.recording: due_on(each, days) for each in session.scalars(select(Unfiled))}


def adopted_by(session: Session, case: str) -> set[str]:
    """Give the recordings that a case took, also those whose filing was cut in the middle."""
    return set(session.scalars(select(Adopted.recording).where(Adopted.case_id == case)))


def own_recipients_of(session: Session) -> dict[str, str]:
    """Give the recipient that each film with an identity of its own must be sealed to."""
    rows = (*session.scalars(select(Unfiled)), *session.scalars(select(Adopted)))
    return {each.recording: each.recipient for each in rows}


def forget(session: Session, recording: str) -> None:
    """Forget a film that was erased."""
    for table in (Unfiled, Adopted):
        row = session.get(table, recording)
        if row is not None:
            session.delete(row)


def _begin_clock(row: Unfiled, days: int, on: date | None) -> None:
    if on is None:
        return
    row.seen_on = row.seen_on or on.isoformat()
    day = due_on(row, days)
    row.due_on = day.isoformat() if day else ""
