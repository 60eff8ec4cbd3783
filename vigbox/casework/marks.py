"""Marks: moments flagged with the button while filming, or on the page while watching.

The button's lie in the film and are never changed there; one that was removed is remembered here.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from vigbox.casework.tables import Case, Mark
from vigbox.errors import VigboxError
from vigbox.model import new_id, now_at

_TICKS_PER_MS: Final = 90
_NS_PER_TICK: Final = 10**9 / 90_000


class MarkError(VigboxError):
    """A mark cannot be made or removed like that; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A mark as the page shows it: where it is, and where it comes from."""

    id: str
    picture: int
    source: Literal["button", "page"]


def button_marks(recording: str, times_ns: Iterable[int], times: Sequence[int]) -> list[Moment]:
    """Give the marks that a film holds, each at the picture that was shown then.

    ``times_ns`` are on the film's timeline, ``times`` when each picture begins, in 1/90,000 s.
    """
    return [
        Moment(f"{recording}.{at_ns}", picture_at(int(at_ns / _NS_PER_TICK), times), "button")
        for at_ns in sorted(set(times_ns))
    ]


def picture_at(tick: int, times: Sequence[int]) -> int:
    """Give the picture that is shown at a time, the first one before all."""
    return max(0, bisect_right(times, tick) - 1)


def backdated(picture: object, times: Sequence[int], backdate_ms: int) -> int:
    """Give the picture that was shown a while before: the hand is late. Raises MarkError."""
    if type(picture) is not int or not 0 <= picture < len(times):
        raise MarkError("That moment is not inside the film. Choose another one.")
    return picture_at(times[picture] - backdate_ms * _TICKS_PER_MS, times)


def marks_of(session: Session, recording: str, button: Sequence[Moment]) -> list[Moment]:
    """Give a recording's marks in the order of the film, without the removed ones."""
    kept = list(session.scalars(select(Mark).where(Mark.recording == recording)))
    removed = {each.id for each in kept if each.source == "button"}
    page = [Moment(each.id, each.picture, "page") for each in kept if each.source == "page"]
    shown = [each for each in button if each.id not in removed]
    return sorted([*page, *shown], key=lambda each: (each.picture, each.id))


def add_mark(session: Session, case: Case, recording: str, picture: int) -> None:
    """Flag a moment; a second mark at the same picture is the first."""
    same = select(Mark).where(
        Mark.recording == recording, Mark.source == "page", Mark.picture == picture
    )
    if session.scalars(same).first() is None:
        session.add(_mark(new_id(), case, recording, "page", picture))


def remove_mark(session: Session, case: Case, recording: str, mark: Moment) -> None:
    """Remove a mark; the button's stays in the film, and is not shown any more."""
    if mark.source == "page":
        session.delete(session.get_one(Mark, mark.id))
    else:
        session.add(_mark(mark.id, case, recording, "button", mark.picture))


def _mark(mark: str, case: Case, recording: str, source: str, picture: int) -> Mark:
    return Mark(
        id=mark,
        case_id=case.id,
        recording=recording,
        source=source,
        picture=picture,
        made_at=now_at(),
    )
