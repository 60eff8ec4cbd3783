"""Masks of a clip: whose faces are covered when it leaves, looked at by a person before it does.

They are kept as one JSON text sealed to the case: for each face whether the box or a finger made
its mask, whether it may stay to be seen, and its rectangles ``[first, end, left, top, width,
height]`` in pictures and pixels of the film. Every change takes back that it was looked at.
"""

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy.orm import Session

from vigbox.casework import audit
from vigbox.casework.tables import Case, Clip, ClipMask
from vigbox.casework.texts import seal_text
from vigbox.errors import VigboxError
from vigbox.media.faces import Box
from vigbox.media.masking import Mask, Span
from vigbox.model import now_at

MOST_SPANS: Final = 20_000
_KEYS: Final = {"by", "stays", "spans"}
_SPAN: Final = ("first", "end", "left", "top", "width", "height")
_LARGEST: Final = 1 << 20


class MaskError(VigboxError):
    """Masks cannot be kept or used like that; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Face:
    """A mask; ``by`` is box or finger; ``stays`` tells that this face may be seen."""

    by: str
    stays: bool
    mask: Mask


def masks_row(session: Session, clip: Clip) -> ClipMask | None:
    """Give what is kept of a clip's masks, looked at or not."""
    return session.get(ClipMask, clip.id)


def faces_of(row: ClipMask) -> list[Face]:
    """Give the faces of a row. Raises :class:`MaskError` for who may not open the case."""
    try:
        return faces_read(json.loads(row.faces))
    except ValueError:
        raise MaskError("only who may open this case can see its masks.") from None


def faces_read(told: object) -> list[Face]:
    """Read faces as JSON has them. Raises :class:`MaskError` for anything else."""
    if not isinstance(told, list):
        raise MaskError("masks must be a list of faces.")
    faces = [_face(each) for each in told]
    if sum(len(each.mask) for each in faces) > MOST_SPANS:
        raise MaskError("these are more masks than a clip can have. Take a shorter clip.")
    return faces


def faces_told(faces: Sequence[Face]) -> list[dict[str, Any]]:
    """Give faces as JSON has them."""
    return [
        {
            "by": each.by,
            "stays": each.stays,
            "spans": [[span.first, span.end, *span.box] for span in each.mask],
        }
        for each in faces
    ]


def found_again(kept: Sequence[Face], masks: Sequence[Mask]) -> list[Face]:
    """Join what the box found now with what a finger drew before; all of it is covered."""
    drawn = [replace(each, stays=False) for each in kept if each.by == "finger"]
    return [Face("box", stays=False, mask=each) for each in masks] + drawn


def keep_faces(session: Session, case: Case, clip: Clip, faces: Sequence[Face]) -> ClipMask:
    """Keep a clip's masks; nobody has looked at them yet."""
    row = masks_row(session, clip) or ClipMask(clip_id=clip.id, case_id=case.id)
    row.first, row.end = clip.first, clip.end
    row.looked_at = row.by_whom = row.hidden = ""
    row.sealed_faces = seal_text(case.recipient, json.dumps(faces_told(faces)))
    session.add(row)
    session.flush()
    return row


def version_of(row: ClipMask) -> str:
    """Name what somebody looks at: other masks or another span have another name."""
    told = f"{row.first} {row.end} {row.faces}"
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def looked_at(
    session: Session, case: Case, clip: Clip, version: str, hidden: Collection[int]
) -> None:
    """Keep that the practitioner looked at all of it, and whose faces are covered.

    Raises :class:`MaskError` when it is not what they looked at, or for people of no such case.
    """
    row = masks_row(session, clip)
    if row is None or (row.first, row.end) != (clip.first, clip.end):
        raise MaskError("the clip was moved since its faces were looked for. Look for them again.")
    if version != version_of(row):
        raise MaskError("the masks were changed since you looked. Look at all of it again.")
    if not {each.id for each in case.participants}.issuperset(hidden):
        raise MaskError("somebody of another case cannot be masked here.")
    if hidden and not masks_of_row(row):
        raise MaskError("nothing is covered in this clip, so nobody is masked. Draw a mask first.")
    row.looked_at, row.by_whom = now_at(), session.info.get(audit.BY, "")
    row.hidden = " ".join(str(each) for each in sorted(hidden))
    audit.note(session, "masks looked at", clip.id, case.id)


def checked(session: Session, clip: Clip) -> ClipMask | None:
    """Give a clip's masks when a person has looked at them as the clip is now, else none."""
    row = masks_row(session, clip)
    if row is None or not row.looked_at or (row.first, row.end) != (clip.first, clip.end):
        return None
    return row


def hidden_in(session: Session, clip: Clip) -> frozenset[int]:
    """Give whose faces are covered in a clip that somebody has looked at; else nobody's."""
    row = checked(session, clip)
    return frozenset(int(each) for each in row.hidden.split()) if row is not None else frozenset()


def looked_through(row: ClipMask | None) -> tuple[str, frozenset[int]]:
    """Give the version of what a person has looked at, and whom it hides; none while nobody has.

    Wherever the clip is now: a version names its own span.
    """
    if row is None or not row.looked_at:
        return "", frozenset()
    return version_of(row), frozenset(map(int, row.hidden.split()))


def masks_of_row(row: ClipMask) -> list[Mask]:
    """Give what is painted over: every face that is not said to stay."""
    return [each.mask for each in faces_of(row) if not each.stays]


def masks_to_leave(session: Session, clip: Clip) -> list[Mask]:
    """Give what must be painted before a clip leaves; raises :class:`MaskError` otherwise."""
    row = checked(session, clip)
    if row is None:
        raise MaskError(
            "nobody has looked at all of this clip's masks yet. Open its masks, look, and say so."
        )
    return masks_of_row(row)


def _face(told: object) -> Face:
    if not isinstance(told, dict) or set(told) != _KEYS or told["by"] not in ("box", "finger"):
        raise MaskError("a face must have by, stays and spans.")
    if not isinstance(told["stays"], bool) or not isinstance(told["spans"], list):
        raise MaskError("a face must say whether it stays, and its spans.")
    spans = tuple(_span(each) for each in told["spans"])
    if not spans:
        raise MaskError("a mask must cover at least one picture.")
    return Face(told["by"], stays=told["stays"], mask=spans)


def _span(told: object) -> Span:
    figures = told if isinstance(told, list) else []
    is_right = all(type(each) is int and 0 <= each < _LARGEST for each in figures)
    if not is_right or len(figures) != len(_SPAN):
        raise MaskError(f"a span must be whole numbers: {', '.join(_SPAN)}.")
    first, end, left, top, width, height = figures
    if first >= end or min(width, height) < 1:
        raise MaskError("a span must have pictures, and a rectangle must have a size.")
    return Span(first, end, Box(left, top, width, height))
