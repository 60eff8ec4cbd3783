"""Clips that are chosen for a shared review, and the consent to it."""

from datetime import date

from sqlalchemy.orm import Session

from vigbox.casework import (
    consent,
)
from vigbox.casework.clips import add_clip
from vigbox.casework.consent import Told
from vigbox.casework.tables import (
    Case,
    Clip,
)
from vigbox.model import now_at

TODAY = date.fromisoformat(now_at()[:10])
FILM, OTHER = "a" * 32, "b" * 32


def agree(session: Session, case: Case, answer: str = "yes", who: int = 0) -> None:
    told = Told("shared review", answer, "spoken", "v1")
    consent.note_answer(session, case, case.participants[who], told)


def choose(session: Session, case: Case, position: int, first: int, film: str = FILM) -> Clip:
    clip = add_clip(session, case, film, f"clip {position}", (first, first + 50), 2000)
    clip.state, clip.position = "chosen", position
    session.flush()
    return clip
