"""Clips: micro-moments of a recording, in and out to the picture."""

from collections.abc import Callable, Collection, Sequence
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from vigbox.casework.disclosures import forget_export
from vigbox.casework.review_words import about
from vigbox.casework.tables import Answer, Case, Clip, Export, Shown
from vigbox.casework.texts import seal_text
from vigbox.errors import VigboxError
from vigbox.model import new_id, now_at

AROUND_MS: Final = 8_000
"""How long a clip is that is made around a moment."""

_LONGEST_NAME = 120
_TICKS_PER_MS: Final = 90


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
    found = select(Clip).where(Clip.recording == recording).order_by(Clip.first, Clip.end, Clip.id)
    return list(session.scalars(found))


def remove_clip(session: Session, clip: Clip, erase_export: Callable[[str], None]) -> None:
    """Remove a clip, its exports that are on the box, its place in reviews. Raises OSError.

    An export goes as a whole, with the other clips in it.

    What machines have verified stays among the disclosures: ask them before, by
    :func:`~vigbox.casework.disclosures.note_fetched`.
    """
    for export in clip.exports:
        erase_export(export.id)
        session.delete(export)
        session.flush()
        forget_export(session, export.id)
    session.execute(delete(Shown).where(Shown.clip_id == clip.id))
    session.execute(delete(Answer).where(Answer.prompt == about(clip.id)))
    session.delete(clip)
    session.flush()


def exported(clip: Clip, export_id: str, machine: str, machine_name: str) -> Export:
    """Give the row that says a clip is in an export, as it is now; the caller adds it."""
    row = Export(id=export_id, clip_id=clip.id, machine=machine, machine_name=machine_name)
    row.made_at, row.first, row.end = now_at(), clip.first, clip.end
    return row


def checked_span(first: object, last: object, times: Sequence[int]) -> tuple[int, int]:
    """Give the first picture and the one after the last, of a film's picture times.

    Raises :class:`ClipError` for what is no clip of this film.
    """
    if type(first) is int and type(last) is int and 0 <= first <= last < len(times):
        return first, last + 1
    raise ClipError("A clip's out must come after its in, both inside the film. Set them again.")


def around(picture: object, times: Sequence[int]) -> tuple[int, int]:
    """Give eight seconds around a picture, as much of them as the film has.

    Near an end of the film the clip is shifted, not shortened. Raises :class:`ClipError`.
    """
    if type(picture) is not int or not 0 <= picture < len(times):
        raise ClipError("That moment is not inside the film. Choose another one.")
    half = AROUND_MS * _TICKS_PER_MS // 2
    begin = min(times[picture] - half, times[-1] - 2 * half)
    begin = max(begin, times[0])
    inside = [n for n, tick in enumerate(times) if begin <= tick < begin + 2 * half]
    return inside[0], inside[-1] + 1


def length_ms(span: tuple[int, int], times: Sequence[int]) -> int:
    """Give how long pictures last, from when the first appears until the one after the last does.

    At the end of the film the last picture lasts as long as the one before it.
    """
    first, end = span
    if end < len(times):
        return (times[end] - times[first]) // _TICKS_PER_MS
    last_ticks = times[-1] - times[-2] if len(times) > 1 else 0
    return (times[-1] + last_ticks - times[first]) // _TICKS_PER_MS


def clip_counts(session: Session, recordings: Collection[str]) -> dict[str, int]:
    """Give how many clips each of some recordings has; those without are not in it."""
    counted = (
        select(Clip.recording, func.count())
        .where(Clip.recording.in_(recordings))
        .group_by(Clip.recording)
    )
    return {row[0]: row[1] for row in session.execute(counted)}
