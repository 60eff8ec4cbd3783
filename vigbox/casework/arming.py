"""Arming: what the next press films for, and only with the consent of everybody in shot.

The recorder gets opaque ids, a recipient, a day and a counter. The ``Arm`` row of that counter
stays here, sealed like everything else, and tells who is in shot and what for.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from vigbox.casework import audit
from vigbox.casework.cases import CaseError, Turn, granted, next_number
from vigbox.casework.cycles import CycleError, cycles_of, plan_cycle
from vigbox.casework.gates import missing, require, resting_on
from vigbox.casework.register import ends_on
from vigbox.casework.tables import Arm, Case, Consent, Cycle
from vigbox.casework.texts import seal_text
from vigbox.model import Arming, now_at
from vigbox.seal.signing import SigningKey

KINDS: Final = ("interaction", "shared review", "supervision")
NEXT: Final = "next"
"""In place of a cycle's id: the one that is planned, or a new one."""

ARMED_FOR: Final = timedelta(days=7)
_LONGEST_ACTIVITY: Final = 120


class ArmingError(CaseError):
    """The box cannot be armed like that; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Shot:
    """What shall be filmed: ids of participants, what for, a cycle's id or none, what they do."""

    in_shot: tuple[int, ...]
    kind: str = KINDS[0]
    cycle: str = NEXT
    activity: str = ""


def arm(  # what is signed
    session: Session,
    case: Case,
    shot: Shot,
    *,
    box: str,
    turn: Turn,
    key: SigningKey,
    now: datetime | None = None,
) -> dict[str, Any]:
    """Make the signed request that arms the box, and keep its ``Arm`` row.

    ``now`` is the recorder's time, which judges it; the system's when it is not known. Raises
    :class:`~vigbox.casework.gates.GateShutError` with who was not asked, :class:`ArmingError`.
    """
    if case.state != "open":
        raise ArmingError(f"{case.code} is {_told(case.state)}: nothing is filmed for it.")
    if shot.kind not in KINDS:
        raise ArmingError(f"what is filmed must be one of {', '.join(KINDS)}, not {shot.kind!r}")
    now = now or datetime.now(UTC)
    resting = require(
        session, case, "filming", shot.in_shot, to=f"arm the box for {case.code}", on=today(now)
    )
    arming = Arming(
        box=box,
        case=case.id,
        recipients=(case.recipient,),
        valid_until_at=_until(resting, now).isoformat(timespec="seconds"),
        counter=next_number(session, "arming", turn.newest),
    )
    session.add(_row(case, shot, arming, cycle_for(session, case, shot.cycle)))
    audit.note(session, "box armed", case.code, case.id)
    return granted("arm", turn.nonce, key, arming=arming.facts())


def shot_of(arm: Arm) -> Shot:
    """Give what an ``Arm`` row was for, to be armed again."""
    return Shot(people(arm.in_shot), arm.kind, arm.cycle_id, arm.activity)


def last_armed(session: Session, case: Case) -> Arm | None:
    """Give what a case was armed for last; None when it never was."""
    rows = select(Arm).where(Arm.case_id == case.id).order_by(Arm.counter.desc()).limit(1)
    return session.scalar(rows)


def stands(session: Session, arming: Arming, now: datetime) -> bool:
    """Tell whether everything that a kept statement rests on is still so."""
    row, case = session.get(Arm, arming.counter), session.get(Case, arming.case)
    if row is None or case is None or row.case_id != case.id or case.state != "open":
        return False
    in_shot = people(row.in_shot)
    if not in_shot or missing(session, case, "filming", in_shot, today(now)):
        return False
    end = _end(resting_on(session, case, "filming", in_shot))
    return end is None or datetime.fromisoformat(arming.valid_until_at) <= end


def people(ids: str) -> tuple[int, ...]:
    """Read a row's ids of participants."""
    return tuple(int(each) for each in ids.split())


def today(now: datetime) -> date:
    """Give the day it is where the box stands: consents end with a day."""
    return now.astimezone().date()


def _until(resting: Iterable[Consent], now: datetime) -> datetime:
    end = _end(resting)
    return min(now + ARMED_FOR, end) if end else now + ARMED_FOR


def _end(resting: Iterable[Consent]) -> datetime | None:
    """Give the end of the last day on which all of it holds."""
    last = ends_on(resting)
    if last is None:
        return None
    return datetime.combine(last + timedelta(days=1), time.min).astimezone().astimezone(UTC)


def cycle_for(session: Session, case: Case, wish: str) -> Cycle | None:
    """Give the cycle that a film is for, planned now if need be. Raises CycleError."""
    cycles = {each.id: each for each in cycles_of(session, case)}
    if wish == NEXT:
        planned = (each for each in cycles.values() if each.state == "planned")
        return next(planned, None) or plan_cycle(session, case)
    if wish and (wish not in cycles or cycles[wish].state == "closed"):
        raise CycleError("that cycle is closed, or not of this case. Choose another one.")
    return cycles.get(wish)


def activity_of(shot: Shot) -> str:
    """Give what they do, in one line and not too long."""
    return " ".join(shot.activity.split())[:_LONGEST_ACTIVITY]


def _row(case: Case, shot: Shot, arming: Arming, cycle: Cycle | None) -> Arm:
    return Arm(
        counter=arming.counter,
        case_id=case.id,
        cycle_id=cycle.id if cycle else "",
        kind=shot.kind,
        armed_at=now_at(),
        until_at=arming.valid_until_at,
        in_shot=" ".join(str(each) for each in sorted(set(shot.in_shot))),
        sealed_activity=seal_text(case.recipient, activity_of(shot)),
    )


def _told(state: str) -> str:
    return "withdrawn" if state in ("withdrawing", "erased") else state
