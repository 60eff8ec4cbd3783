"""Participants: who may be in shot, by role and initials; for a child somebody else answers."""

from typing import Final, TypedDict

from sqlalchemy import select
from sqlalchemy.orm import Session

from vigbox.casework.names import name_like
from vigbox.casework.tables import Case, Participant
from vigbox.casework.texts import seal_text
from vigbox.casework.versions import participant_version, same
from vigbox.errors import VigboxError

ROLES: Final = (
    "mother",
    "father",
    "carer",
    "child",
    "sibling",
    "grandparent",
    "professional",
)
CHILDREN: Final = ("child",)
"""The roles that are a child's by themselves; a sibling may be grown up."""

_MOST_INITIALS: Final = 8


class ParticipantError(VigboxError):
    """A participant cannot be kept like that; nothing was changed."""


class LooksLikeNameError(ParticipantError):
    """What was typed may be a name; it can be kept all the same when somebody is sure."""


class Told(TypedDict):
    """A participant as the page gives them; ``answered_by`` is 0 for oneself."""

    role: str
    initials: str
    is_child: bool
    answered_by: int


def is_child(told: Told) -> bool:
    """Tell whether somebody is a child: by what was ticked, or by the role itself."""
    return told["is_child"] or told["role"] in CHILDREN


def add_participant(
    session: Session, case: Case, told: Told, *, is_sure: bool = False
) -> Participant:
    """Add somebody to a case.

    Raises :class:`ParticipantError`, and :class:`LooksLikeNameError` unless ``is_sure``.
    """
    participant = Participant(case_id=case.id)
    initials = _checked(case, participant, told, is_sure=is_sure)
    case.participants.append(participant)
    _set(case, participant, told, initials)
    session.flush()
    return participant


def change_participant(
    session: Session,
    case: Case,
    participant: Participant,
    told: Told,
    seen: str,
    *,
    is_sure: bool = False,
) -> None:
    """Change who somebody is; ``seen`` is the version that was read.

    Raises as :func:`add_participant`, and ChangedMeanwhileError.
    """
    same(seen, participant_version(participant), "This person")
    initials = _checked(case, participant, told, is_sure=is_sure)
    if is_child(told) and _answers_for(session, participant):
        raise ParticipantError("they answer for a child here, and cannot be a child themselves.")
    _set(case, participant, told, initials)
    session.flush()


def _set(case: Case, participant: Participant, told: Told, initials: str) -> None:
    participant.role, participant.is_child = told["role"], is_child(told)
    participant.answered_by = told["answered_by"] if is_child(told) else 0
    # the same words stay the same bytes: then nothing was changed
    if not participant.sealed_initials or initials != participant.initials:
        participant.sealed_initials = seal_text(case.recipient, initials)


def _checked(case: Case, participant: Participant, told: Told, *, is_sure: bool) -> str:
    if told["role"] not in ROLES:
        raise ParticipantError(f"a role must be one of {', '.join(ROLES)}, not {told['role']!r}.")
    initials = "".join(told["initials"].split())
    if len(initials) > _MOST_INITIALS:
        raise ParticipantError(
            f"initials must be no longer than {_MOST_INITIALS} letters. Write initials, not a name."
        )
    if name_like(told["initials"]) and not is_sure:
        raise LooksLikeNameError(
            f"{initials!r} may be a name. Initials tell less: A. or J.B. If it is no name, "
            "tick so and save again."
        )
    adults = {each.id for each in case.participants if not each.is_child} - {participant.id}
    if is_child(told) and told["answered_by"] and told["answered_by"] not in adults:
        raise ParticipantError("only an adult in this case can answer for a child. Add them first.")
    return initials


def _answers_for(session: Session, participant: Participant) -> bool:
    children = select(Participant.id).where(
        Participant.case_id == participant.case_id, Participant.answered_by == participant.id
    )
    return session.scalar(children.limit(1)) is not None
