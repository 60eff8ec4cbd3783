"""Everything that shows, exports, sends or erases leaves an audit event."""

from sqlalchemy.orm import Session

from vigbox.casework.tables import AuditEvent
from vigbox.model import now_at


def note(session: Session, what: str, about: str) -> None:
    """Add an event in the caller's transaction: it is kept exactly when the deed is."""
    session.add(AuditEvent(at=now_at(), what=what, about=about))
