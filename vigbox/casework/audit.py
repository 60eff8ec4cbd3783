"""The audit: everything that shows, exports, sends or erases leaves an event.

Events are only added, and chained: each holds the SHA-256 of its own facts and of the digest
before it. So an event that was changed, put between or taken out shows, unless the whole end was
taken away; whoever keeps an export of the audit can tell that too. ``chain`` does the checking.
"""

import hashlib
from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from vigbox.casework.tables import AuditEvent
from vigbox.model import canonical, now_at

BY: Final = "by"
"""Where a database session carries the id of the practitioner at the desk."""

Event = AuditEvent | Row[Any]
"""An event, or a row with the same columns."""


def note(session: Session, what: str, about: str, case: str = "") -> None:
    """Add an event in the caller's transaction: it is kept exactly when the deed is."""
    session.flush()
    before = session.scalar(select(AuditEvent.digest).order_by(AuditEvent.id.desc()).limit(1))
    event = AuditEvent(
        at=now_at(), what=what, about=about, case_id=case, by_whom=session.info.get(BY, "")
    )
    event.digest = digest(event, before or "")
    session.add(event)
    session.flush()


def facts(event: Event) -> dict[str, str]:
    """Give what an event says, under the names it is chained and exported by."""
    return {
        "at": event.at,
        "what": event.what,
        "about": event.about,
        "case": event.case_id,
        "by": event.by_whom,
    }


def digest(event: Event, before: str) -> str:
    """Give what chains an event to the digest before it."""
    return hashlib.sha256(canonical({**facts(event), "before": before})).hexdigest()


def first_broken(events: Iterable[Event], before: str = "") -> Event | None:
    """Give the first event, in order, that does not fit the one before it; None when all do.

    ``before`` is the digest before them. Events from before there was a chain are skipped, as
    long as none follows a chained one.
    """
    for each in events:
        if not before and not each.digest:
            continue
        if each.digest != digest(each, before):
            return each
        before = each.digest
    return None


def all_events(session: Session) -> list[AuditEvent]:
    """Give every event, the oldest first."""
    return list(session.scalars(select(AuditEvent).order_by(AuditEvent.id)))
