"""Consent: what each participant answered for each purpose.

Answers are only added, never changed; the newest counts. For a child somebody else answers, and
the child's own no outweighs that until the child says yes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from vigbox.casework import audit
from vigbox.casework.tables import Case, Consent, Participant
from vigbox.errors import VigboxError
from vigbox.model import now_at
from vigbox.seal.recipients import parse_recipient
from vigbox.seal.sealing import seal_bytes

PURPOSES: Final = (
    "filming",
    "shared review",
    "supervision",
    "intervision",
    "training",
    "keepsake",
    "research",
)
"""Each is asked for by itself; none stands for another."""

ANSWERS: Final = ("yes", "no", "withdrawn")
HOW: Final = ("signature", "paper", "spoken")
_LARGEST_EVIDENCE_BYTES: Final = 4 << 20


class ConsentError(VigboxError):
    """An answer cannot be kept like that; nothing was changed."""


class Standing(StrEnum):
    """How a participant stands to a purpose today."""

    GIVEN = "given"
    NEVER_ASKED = "not asked yet"
    REFUSED = "said no"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    CHILD_REFUSED = "the child said no"


@dataclass(frozen=True, slots=True)
class Told:
    """An answer as the page gives it.

    ``answered_by`` is who answered, 0 for the participant; ``form`` names the version of the text
    that was read; ``until_on`` the last day it holds, none for no end; ``evidence`` is a PNG or
    JPEG of the signature or the paper; ``given_at`` when it was said, now when it is empty.
    """

    purpose: str
    answer: str
    how: str
    form: str
    answered_by: int = 0
    until_on: date | None = None
    evidence: bytes = b""
    given_at: str = ""


def note_answer(session: Session, case: Case, participant: Participant, told: Told) -> Consent:
    """Keep an answer. Raises :class:`ConsentError`."""
    by = told.answered_by or participant.id
    _check(case, participant, told, by)
    before = case_answers(session, case.id)
    if told.answer == "withdrawn" and not _is_given(before, participant, told.purpose):
        raise ConsentError(f"there is no consent to {told.purpose} to withdraw. Note a no instead.")
    consent = Consent(
        case_id=case.id,
        participant_id=participant.id,
        purpose=told.purpose,
        answer=told.answer,
        answered_by=by,
        how=told.how,
        form=told.form,
        given_at=told.given_at or now_at(),
        until_on=told.until_on.isoformat() if told.until_on else "",
        sealed_evidence=_sealed(case, told.evidence),
    )
    session.add(consent)
    session.flush()
    audit.note(session, f"consent to {told.purpose}: {told.answer}", case.code, case.id)
    return consent


def case_answers(session: Session, case: str) -> list[Consent]:
    """Give every answer of a case, the oldest first."""
    return list(
        session.scalars(select(Consent).where(Consent.case_id == case).order_by(Consent.id))
    )


def standing(
    answers: Iterable[Consent], participant: Participant, purpose: str, on: date
) -> Standing:
    """Tell how a participant stands to a purpose on a day, from the case's answers."""
    own, theirs = newest(answers, participant, purpose)
    if own is not None and own.answer != "yes":
        return Standing.CHILD_REFUSED
    return _standing(theirs, on)


def newest(
    answers: Iterable[Consent], participant: Participant, purpose: str
) -> tuple[Consent | None, Consent | None]:
    """Give the newest answer of a child itself, and the newest that a consent may rest on.

    For a grown-up nobody else answers, whatever was said while they were taken for a child.
    """
    own = theirs = None
    for each in answers:
        if (each.participant_id, each.purpose) == (participant.id, purpose):
            is_own = each.answered_by == participant.id
            if is_own and participant.is_child:
                own = each
            elif is_own or participant.is_child:
                theirs = each
    return own, theirs


def _check(case: Case, participant: Participant, told: Told, by: int) -> None:
    for word, allowed in ((told.purpose, PURPOSES), (told.answer, ANSWERS), (told.how, HOW)):
        if word not in allowed:
            raise ConsentError(f"must be one of {', '.join(allowed)}, not {word!r}")
    who = {each.id: each for each in case.participants}
    if participant.id not in who or by not in who:
        raise ConsentError("an answer must be of somebody in this case. Add them first.")
    if participant.is_child and told.answer == "yes" and by == participant.id:
        return  # a child's own yes: it lifts a no of before, and replaces nobody's consent
    if by != participant.id and (not participant.is_child or who[by].is_child):
        raise ConsentError("only for a child may somebody answer, and only an adult. Ask them.")
    if told.until_on is not None and told.until_on < date.fromisoformat(now_at()[:10]):
        raise ConsentError("the last day that it holds lies in the past. Choose a later one.")
    if len(told.evidence) > _LARGEST_EVIDENCE_BYTES:
        raise ConsentError("the picture is larger than 4 MB. Take a smaller one.")


def _is_given(answers: Iterable[Consent], participant: Participant, purpose: str) -> bool:
    theirs = newest(answers, participant, purpose)[1]
    return theirs is not None and theirs.answer == "yes"


def _standing(consent: Consent | None, on: date) -> Standing:
    if consent is None:
        return Standing.NEVER_ASKED
    if consent.answer == "yes":
        is_over = bool(consent.until_on) and date.fromisoformat(consent.until_on) < on
        return Standing.EXPIRED if is_over else Standing.GIVEN
    return Standing.WITHDRAWN if consent.answer == "withdrawn" else Standing.REFUSED


def _sealed(case: Case, evidence: bytes) -> bytes:
    return seal_bytes(evidence, [parse_recipient(case.recipient)]) if evidence else b""
