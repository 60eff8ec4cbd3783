"""How long a case's films stay: the clock from its close, legal hold, and the sealed bin.

Two service modes: as a *temporary tool* a case is erased when its clock runs out; as a *record*
nothing goes by age, and the day is only shown.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from vigbox.casework import audit
from vigbox.casework.tables import Case, Filmed, Hold
from vigbox.casework.texts import seal_text
from vigbox.config import RETENTION_MODES
from vigbox.errors import VigboxError
from vigbox.model import now_at

MODES: Final = RETENTION_MODES
BIN_DAYS: Final = 30
_SURE: Final = "+00:00"
"""How long a recording that a practitioner erased can be taken back."""


class RetentionError(VigboxError):
    """A case cannot be closed, opened again or held like that; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Retention:
    """What the service settled: its mode, and the days from a case's close."""

    mode: str = MODES[0]
    days: int = 60

    def due_on(self, case: Case, *, is_held: bool) -> date | None:
        """Give the first day on which a case is erased; None while nothing says so."""
        if not case.closed_at or is_held or self.mode != MODES[0]:
            return None
        return date.fromisoformat(case.closed_at[:10]) + timedelta(days=self.days)


def close_case(session: Session, case: Case, at: str = "") -> None:
    """Close a case: the clock begins. Raises :class:`RetentionError`.

    ``at`` is the box's time, without an offset while it is not sure: see :func:`begin_clocks`.
    """
    _must_be(case, ("open", "paused"), "closed")
    case.state, case.closed_at = "closed", at or now_at()
    audit.note(session, "case closed", case.code, case.id)


def pause_case(session: Session, case: Case) -> None:
    """Pause a case: nothing is filmed. Raises :class:`RetentionError`."""
    _must_be(case, ("open",), "paused")
    case.state = "paused"
    audit.note(session, "case paused", case.code, case.id)


def reopen_case(session: Session, case: Case) -> None:
    """Open a case again: the clock stops. Raises :class:`RetentionError`."""
    _must_be(case, ("closed", "paused"), "opened again")
    case.state, case.closed_at = "open", ""
    audit.note(session, "case opened again", case.code, case.id)


def hold(session: Session, case: Case, reason: str) -> Hold:
    """Put a case on legal hold. Raises :class:`RetentionError` without a reason."""
    words = " ".join(reason.split())
    if not words:
        raise RetentionError("a legal hold needs its reason. Write who asked for it, and why.")
    if held(session, [case.id]):
        raise RetentionError(f"{case.code} is on hold already.")
    row = Hold(
        case_id=case.id, began_at=now_at(), sealed_reason=seal_text(case.recipient, words[:300])
    )
    session.add(row)
    audit.note(session, "legal hold", case.code, case.id)
    return row


def release(session: Session, case: Case) -> None:
    """End a case's legal hold: the clock goes on as if it had run."""
    for each in _holds(session, [case.id]):
        each.ended_at = now_at()
        audit.note(session, "legal hold ended", case.code, case.id)


def held(session: Session, cases: Iterable[str]) -> set[str]:
    """Give which of some cases are on legal hold."""
    return {each.case_id for each in _holds(session, cases)}


def days_of(session: Session, retention: Retention, cases: Iterable[Case]) -> dict[str, date]:
    """Give the day on which each of some cases is erased; those without one are not in it."""
    every = list(cases)
    on_hold = held(session, [each.id for each in every])
    days = ((each.id, retention.due_on(each, is_held=each.id in on_hold)) for each in every)
    return {case: day for case, day in days if day is not None}


def overdue(session: Session, retention: Retention, on: date) -> list[Case]:
    """Give the cases whose day has come, and is counted from one that was sure."""
    sure = Case.state == "closed", Case.closed_at.endswith(_SURE)
    closed = list(session.scalars(select(Case).where(*sure)))
    days = days_of(session, retention, closed)
    return [each for each in closed if each.id in days and days[each.id] <= on]


def begin_clocks(session: Session, at: str) -> None:
    """Let what was closed or binned by an unsure clock begin at ``at``, which is sure.

    A label without an offset is of a clock that may have been months behind: its days would be
    over before they began.
    """
    for column in (Case.closed_at, Filmed.binned_at):
        unsure = column != "", ~column.endswith(_SURE)
        session.execute(update(column.class_).where(*unsure).values({column: at}))


def to_bin(session: Session, filmed: Filmed, at: str = "") -> None:
    """Put a recording into the sealed bin: out of sight, and gone after :data:`BIN_DAYS`.

    ``at`` as :func:`close_case` has it.
    """
    filmed.binned_at = filmed.binned_at or at or now_at()
    audit.note(session, "put into the bin", filmed.recording, filmed.case_id)


def out_of_bin(session: Session, filmed: Filmed) -> None:
    """Take a recording back."""
    filmed.binned_at = ""
    audit.note(session, "taken out of the bin", filmed.recording, filmed.case_id)


def bin_due_on(filmed: Filmed) -> date | None:
    """Give the first day on which what is in the bin is erased; None outside of it."""
    if not filmed.binned_at:
        return None
    return date.fromisoformat(filmed.binned_at[:10]) + timedelta(days=BIN_DAYS)


def bin_overdue(session: Session, on: date) -> list[Filmed]:
    """Give what has been in the bin for its days; a case on hold keeps everything.

    Days that are counted from one that was not sure are not over: see :func:`begin_clocks`.
    """
    binned = list(session.scalars(select(Filmed).where(Filmed.binned_at.endswith(_SURE))))
    on_hold = held(session, {each.case_id for each in binned})
    days = ((each, bin_due_on(each)) for each in binned if each.case_id not in on_hold)
    return [each for each, day in days if day is not None and day <= on]


def _holds(session: Session, cases: Iterable[str]) -> list[Hold]:
    rows = select(Hold).where(Hold.case_id.in_(list(cases)), Hold.ended_at == "")
    return list(session.scalars(rows))


def _must_be(case: Case, states: tuple[str, ...], wish: str) -> None:
    if case.state not in states:
        raise RetentionError(f"{case.code} is {case.state}: it cannot be {wish}.")
