"""Supervision: a practitioner takes clips of their own shared review to a supervisor.

The package holds those clips, the practitioner's own helping question, and otherwise codes and
roles alone: no initials, no notes, nothing of what the family said.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from vigbox.casework import audit
from vigbox.casework.clip_changes import in_order
from vigbox.casework.clips import clips_of
from vigbox.casework.filmed import in_shot
from vigbox.casework.practitioners import listed
from vigbox.casework.tables import Case, Clip, Cycle, Recipient, SharedReview, Supervision, Training
from vigbox.casework.texts import seal_text
from vigbox.errors import VigboxError
from vigbox.model import canonical, new_id

PURPOSE: Final = "supervision"
MOST_CLIPS: Final = 12
LONGEST_QUESTION: Final = 300


class SupervisionError(VigboxError):
    """A package for supervision cannot be made like that; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A shared review that was filmed, with the clips chosen of its own film."""

    review: SharedReview
    cycle: int
    clips: tuple[Clip, ...]


def reviewed(session: Session, case: Case) -> list[Reviewed]:
    """Give a case's shared reviews that were filmed, the newest first."""
    rows = (
        select(SharedReview, Cycle.number)
        .join(Cycle, Cycle.id == SharedReview.cycle_id)
        .where(SharedReview.case_id == case.id, SharedReview.recording != "")
        .order_by(Cycle.number.desc(), SharedReview.began_at.desc())
    )
    return [
        Reviewed(review, number, tuple(in_order(clips_of(session, review.recording))))
        for review, number in session.execute(rows)
    ]


def choose(found: Sequence[Reviewed], review: str, clips: Collection[str]) -> Reviewed:
    """Give one review with the clips that go along. Raises :class:`SupervisionError`."""
    one = next((each for each in found if each.review.id == review), None)
    if one is None:
        raise SupervisionError(
            "there is no such shared review with a film of its own. Choose another."
        )
    taken = tuple(each for each in one.clips if each.id in clips)
    if not taken:
        raise SupervisionError(
            "no clip is chosen. Watch the film of the shared review, and choose one to three."
        )
    if len(taken) > MOST_CLIPS:
        raise SupervisionError(f"{len(taken)} clips are too many for one supervision. Take fewer.")
    return Reviewed(one.review, one.cycle, taken)


def own_question(typed: str) -> str:
    """Give the practitioner's own helping question. Raises :class:`SupervisionError`."""
    words = " ".join(typed.split())
    if not words:
        raise SupervisionError("the helping question is empty. Write what you want to find out.")
    if len(words) > LONGEST_QUESTION:
        raise SupervisionError(
            f"the helping question may have {LONGEST_QUESTION} letters. Make it shorter."
        )
    return words


def supervisors(session: Session) -> list[Recipient]:
    """Give who may be gone to: supervisors, and other practitioners who are one."""
    me = session.info.get(audit.BY, "")
    found = select(Training.recipient_id).where(Training.status == "supervisor")
    trained = set(session.scalars(found)) - {me}
    others = [each for each in listed(session, "practitioner") if each.id in trained]
    return [*listed(session, "supervisor"), *others]


def keep(  # what a supervision is
    session: Session, case: Case, review: str, question: str, with_whom: str, export_id: str
) -> Supervision:
    """Keep that a package was made. Raises :class:`SupervisionError` for nobody known."""
    if with_whom and with_whom not in {each.id for each in supervisors(session)}:
        raise SupervisionError("that supervisor is not known on this box. Add them under Keys.")
    row = Supervision(
        id=new_id(),
        case_id=case.id,
        review_id=review,
        by_whom=session.info.get(audit.BY, ""),
        with_whom=with_whom,
        export_id=export_id,
        sealed_question=seal_text(case.recipient, question),
    )
    session.add(row)
    return row


def unmoved(session: Session, chosen: Reviewed) -> list[Clip]:
    """Give the chosen clips as they are now. Raises :class:`SupervisionError` for a change."""
    found = []
    for each in chosen.clips:
        clip = session.get(Clip, each.id)
        if clip is None or (clip.first, clip.end) != (each.first, each.end):
            raise SupervisionError("a clip was moved or removed meanwhile. Choose again.")
        found.append(clip)
    return found


def note_held(session: Session, supervision: Supervision, on: date, today: date) -> None:
    """Note when the supervision was: from then on it counts in the log.

    Raises :class:`SupervisionError` for a day to come, or when another practitioner made it.
    """
    if supervision.by_whom != session.info.get(audit.BY, ""):
        raise SupervisionError("that supervision is a colleague's: only they note when it was.")
    if on > today:
        raise SupervisionError("that day is still to come. Note it once it was.")
    supervision.held_on = on.isoformat()
    audit.note(session, "supervision held", supervision.id, supervision.case_id)


def supervisions_of(session: Session, case: Case) -> list[Supervision]:
    """Give a case's supervisions, the newest first."""
    rows = select(Supervision).where(Supervision.case_id == case.id)
    return list(session.scalars(rows))[::-1]


def letter(
    session: Session, case: Case, chosen: Reviewed, question: str, names: list[str]
) -> bytes:
    """Give the text that goes along, as JSON: the question; codes, roles and lengths alone.

    ``names`` are the clips' files, in order.
    """
    who = in_shot(session, case, chosen.review.recording)
    facts: dict[str, Any] = {
        "format": "vigbox supervision",
        "version": 1,
        "case": case.code,
        "cycle": chosen.cycle,
        "reviewed_on": chosen.review.began_at[:10],
        "helping_question": question,
        "in_shot": sorted(each.role for each in case.participants if each.id in who),
        "clips": [
            {"file": name, "length_ms": clip.length_ms, "speed": clip.speed}
            for name, clip in zip(names, chosen.clips, strict=True)
        ],
    }
    return canonical(facts)
