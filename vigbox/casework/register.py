"""The register of consent: who stands how to what today, and what each answer replaced."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from vigbox.casework.consent import PURPOSES, Standing, case_answers, newest, standing
from vigbox.casework.tables import Case, Consent, Participant


@dataclass(frozen=True, slots=True)
class Entry:
    """How one participant stands to one purpose.

    ``answer`` is the one that says so, none when nobody was asked.
    """

    purpose: str
    standing: Standing
    answer: Consent | None

    @property
    def is_given(self) -> bool:
        """Whether it opens the gate."""
        return self.standing is Standing.GIVEN


@dataclass(frozen=True, slots=True)
class Row:
    """One participant and every purpose, in the order of :data:`PURPOSES`."""

    participant: Participant
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """One answer of the history, and the one before it that it replaced, if there was one."""

    consent: Consent
    replaced: Consent | None


def register(session: Session, case: Case, on: date) -> list[Row]:
    """Give how everybody in a case stands to everything on a day."""
    answers = case_answers(session, case.id)
    return [
        Row(each, tuple(_entry(answers, each, purpose, on) for purpose in PURPOSES))
        for each in case.participants
    ]


def history(session: Session, case: Case) -> list[Told]:
    """Give every answer, the newest first, each with what it replaced."""
    last: dict[tuple[int, str, bool], Consent] = {}
    children = {each.id for each in case.participants if each.is_child}
    told = []
    for each in case_answers(session, case.id):
        is_own = each.participant_id in children and each.answered_by == each.participant_id
        key = (each.participant_id, each.purpose, is_own)
        told.append(Told(each, last.get(key)))
        last[key] = each
    return told[::-1]


def ends_on(consents: Iterable[Consent]) -> date | None:
    """Give the last day on which all of some consents hold; None when none of them ends."""
    days = [date.fromisoformat(each.until_on) for each in consents if each.until_on]
    return min(days, default=None)


def _entry(answers: Sequence[Consent], who: Participant, purpose: str, on: date) -> Entry:
    found = standing(answers, who, purpose, on)
    own, theirs = newest(answers, who, purpose)
    return Entry(purpose, found, own if found is Standing.CHILD_REFUSED else theirs)
