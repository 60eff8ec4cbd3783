"""Clips: micro-moments of a recording, in and out to the picture."""

from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from vigbox.casework.tables import Case, Clip
from vigbox.casework.texts import seal_text
from vigbox.errors import VigboxError
from vigbox.model import new_id, now_at

_LONGEST_NAME = 120


class ClipError(VigboxError):
    """A clip cannot be kept like that; nothing was changed."""


def add_clip(
    session: Session, case: Case, recording: str, name: str, span: tuple[int, int], length_ms: int
) -> Clip:
    """Keep a clip of pictures ``span[0]`` up to but not including ``span[1]``.

    Raises :class:`ClipError`.
    """
    first, end = span
    if not 0 <= first < end:
        raise ClipError("a clip's out must come after its in. Move one of them.")
    clip = Clip(
        id=new_id(),
        case_id=case.id,
        recording=recording,
        first=first,
        end=end,
        length_ms=length_ms,
        made_at=now_at(),
        sealed_name=seal_text(case.recipient, name.strip()[:_LONGEST_NAME]),
    )
    session.add(clip)
    return clip


def clips_of(session: Session, recording: str) -> list[Clip]:
    """Give a recording's clips in the order of the film."""
    return list(
        session.scalars(select(Clip).where(Clip.recording == recording).order_by(Clip.first))
    )


def clip_counts(session: Session, recordings: Collection[str]) -> dict[str, int]:
    """Give how many clips each of some recordings has; those without are not in it."""
    counted = (
        select(Clip.recording, func.count())
        .where(Clip.recording.in_(recordings))
        .group_by(Clip.recording)
    )
    return {row[0]: row[1] for row in session.execute(counted)}
