"""The gate of what leaves the box: what for, who is in shot, and the consents it rests on.

Each purpose has its own.
"""

from collections.abc import Collection
from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from vigbox.casework.consent import PURPOSES, Standing
from vigbox.casework.filmed import in_shot
from vigbox.casework.gates import ASK, GateShutError, Missing, called, missing, require, resting_on
from vigbox.casework.tables import (
    Case,
    Consent,
    Filmed,
)

KEPT: Final = "kept for the work"
"""For the practitioner's own work with this family: it rests on the consent to filming."""
WHAT_FOR: Final = (KEPT, *(each for each in PURPOSES if each != "filming"))
"""What something may leave the box for."""
_AS_BEFORE: Final = (Standing.GIVEN, Standing.NEVER_ASKED)


def rests_on(
    session: Session,
    case: Case,
    recording: str,
    purpose: str,
    on: date,
    *,
    hidden: Collection[int] = (),
    way: str = ASK,
) -> list[Consent]:
    """Give the consents that something of a recording may leave the box on, for a purpose.

    ``hidden`` are participants whose faces are masked in it (``masks.hidden_in``): the purpose is
    not asked of them. Filming is, of each of them: no mask heals a consent to filming that was
    taken back, refused or is over. Nothing leaves of what is in the bin. Raises
    :class:`~vigbox.casework.gates.GateShutError` that says what is missing, from whom, and for
    another purpose than the work itself the ``way`` on.
    """
    _refuse_gone(session, case, recording)
    if purpose not in WHAT_FOR:
        raise GateShutError(
            f"what it is for must be one of {', '.join(WHAT_FOR)}, not {purpose!r}."
        )
    who = in_shot(session, case, recording)
    if purpose == KEPT:
        return _kept_on(session, case, who, on)
    masked, seen = who.intersection(hidden), who.difference(hidden)
    hidden_on = _kept_on(session, case, masked, on) if masked else []
    if masked and not seen:
        return hidden_on
    to = f"export it for {purpose}"
    return hidden_on + require(session, case, purpose, seen, to=to, on=on, way=way)


def _refuse_gone(session: Session, case: Case, recording: str) -> None:
    if case.state in ("withdrawing", "erased"):
        raise GateShutError(f"{case.code} was taken back: nothing of it leaves the box.")
    filmed = session.get(Filmed, recording)
    if filmed is not None and filmed.binned_at:
        raise GateShutError(
            "its recording is in the bin, or was erased. Nothing is exported of it."
        )


def _kept_on(session: Session, case: Case, who: set[int], on: date) -> list[Consent]:
    """Let the work go on with what was filmed, until somebody in shot takes that back."""
    shut = [
        each
        for each in missing(session, case, "filming", who, on)
        if each.standing not in _AS_BEFORE
    ]
    if shut:
        raise GateShutError(
            f"cannot export it: consent to filming is missing from {_whom(shut)}. "
            "Ask, and note the answer on the case's page."
        )
    return resting_on(session, case, "filming", who)


def _whom(shut: list[Missing]) -> str:
    return ", ".join(f"{called(each.participant)} ({each.standing})" for each in shut)
