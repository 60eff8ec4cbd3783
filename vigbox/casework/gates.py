"""The gates: each deed has a purpose, and needs everybody's consent to it who is in shot."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from vigbox.casework.consent import Standing, case_answers, newest, standing
from vigbox.casework.tables import Case, Consent, Participant
from vigbox.errors import VigboxError

ASK: Final = "Ask, and note the answer on the case's page."


class GateShutError(VigboxError):
    """Something needs a consent that is missing; the text says whose and for what."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Whose consent is missing, and how they stand instead."""

    participant: Participant
    standing: Standing


def missing(
    session: Session, case: Case, purpose: str, in_shot: Collection[int], on: date
) -> list[Missing]:
    """List whose consent to a purpose is missing among the participants ``in_shot``."""
    answers = case_answers(session, case.id)
    found = (
        Missing(each, standing(answers, each, purpose, on))
        for each in case.participants
        if each.id in in_shot
    )
    return [each for each in found if each.standing is not Standing.GIVEN]


def require(  # what a gate is asked with
    session: Session,
    case: Case,
    purpose: str,
    in_shot: Collection[int],
    *,
    to: str,
    on: date,
    way: str = ASK,
) -> list[Consent]:
    """Give the consents that ``to`` do something rests on.

    Raises :class:`GateShutError`, which names who is missing and says the ``way`` on from there,
    one sentence; also when nobody is said to be in shot.
    """
    known = {each.id for each in case.participants}
    if not in_shot or not known.issuperset(in_shot):
        raise GateShutError(f"cannot {to}: it is not said who is in shot. Say it first.")
    shut = missing(session, case, purpose, in_shot, on)
    if shut:
        whom = ", ".join(f"{called(each.participant)} ({each.standing})" for each in shut)
        raise GateShutError(f"cannot {to}: consent to {purpose} is missing from {whom}. {way}")
    return resting_on(session, case, purpose, in_shot)


def resting_on(
    session: Session, case: Case, purpose: str, in_shot: Collection[int]
) -> list[Consent]:
    """Give the yes that counts of each participant ``in_shot``, where there is one."""
    answers = case_answers(session, case.id)
    whole = (each for each in case.participants if each.id in in_shot)
    found = (newest(answers, each, purpose)[1] for each in whole)
    return [each for each in found if each is not None and each.answer == "yes"]


def called(participant: Participant) -> str:
    """Give how a page calls somebody: their role and initials."""
    return f"{participant.role} {participant.initials}".strip()
