"""Whether the audit's chain is whole: all of it, or what came since it was looked at last.

The last event that was found whole is remembered, so that every unlock reads only what is new;
one that is gone since, or is not what it was, shows as well.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from vigbox.casework import audit
from vigbox.casework.tables import AuditEvent, Fact

_CHECKED: Final = "audit checked to"
_AT_ONCE: Final = 1_000
_COLUMNS: Final = (
    AuditEvent.id,
    AuditEvent.at,
    AuditEvent.what,
    AuditEvent.about,
    AuditEvent.case_id,
    AuditEvent.by_whom,
    AuditEvent.digest,
)


@dataclass(frozen=True, slots=True)
class Chain:
    """How far the chain was read, and the number of the first event that breaks it, 0 for none."""

    last: int
    broken: int = 0

    @property
    def is_whole(self) -> bool:
        """Tell whether every event that was read fits the one before it."""
        return not self.broken


def check(session: Session, *, is_all: bool = False) -> Chain:
    """Read what is new since the last check, or everything, and remember where it was whole."""
    number, digest = _remembered(session)
    if number and _digest_of(session, number) != digest:
        return Chain(number, broken=number)
    begin = 0 if is_all else number
    last = session.scalar(select(AuditEvent.id).order_by(AuditEvent.id.desc()).limit(1)) or 0
    broken = audit.first_broken(_events(session, begin), "" if is_all else digest)
    if broken is not None:
        return Chain(last, broken=broken.id)
    session.merge(Fact(name=_CHECKED, text=f"{last} {_digest_of(session, last)}"))
    return Chain(last)


def alarm(session: Session) -> str:
    """Say that the chain is broken since the last check; nothing when it is whole."""
    found = check(session)
    if found.is_whole:
        return ""
    return (
        f"The audit is not what it was, from event {found.broken} on: somebody changed the case "
        "database. Keep the card, and tell your data-protection officer."
    )


def _remembered(session: Session) -> tuple[int, str]:
    fact = session.get(Fact, _CHECKED)
    number, _, digest = fact.text.partition(" ") if fact else ("0", "", "")
    return int(number), digest


def _digest_of(session: Session, number: int) -> str:
    return session.scalar(select(AuditEvent.digest).where(AuditEvent.id == number)) or ""


def _events(session: Session, after: int) -> Iterable[Row[Any]]:
    found = select(*_COLUMNS).where(AuditEvent.id > after).order_by(AuditEvent.id)
    return session.execute(found.execution_options(yield_per=_AT_ONCE))
