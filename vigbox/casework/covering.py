"""What is covered in clips that leave together: masks a person looked at, and whom they hide.

Somebody is hidden in all of it when each clip that they are in shot of hides them: who is seen in
one of them must have agreed to the purpose, and then may be seen in the others as well.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from vigbox.casework.filmed import in_shot
from vigbox.casework.masks import (
    checked,
    hidden_in,
    looked_through,
    masks_of_row,
    masks_row,
    version_of,
)
from vigbox.casework.tables import Case, Clip
from vigbox.media.masking import Mask

ASK_OR_COVER: Final = (
    "Ask, and note the answer on the case's page, or cover their faces in each clip that shows "
    "them, on its page Cover faces."
)
"""The way on where masks would open a gate."""
ASK_OR_LEAVE_OUT: Final = (
    "Ask, and note the answer on the case's page, or leave the whole recordings out: no faces "
    "are covered in them."
)
"""The way on where it is a whole recording that shows them."""


@dataclass(frozen=True, slots=True)
class Covering:
    """What is painted, and in which version, by the id of each clip that has looked-at masks.

    ``hidden`` are the participants who are seen in none of the clips.
    """

    masks: Mapping[str, Sequence[Mask]]
    versions: Mapping[str, str]
    hidden: frozenset[int]


def covering(session: Session, case: Case, clips: Sequence[Clip]) -> Covering:
    """Give what is covered in clips. Raises MaskError for who may not open the case."""
    rows = {each.id: row for each in clips if (row := checked(session, each)) is not None}
    masks = {clip: painted for clip, row in rows.items() if (painted := masks_of_row(row))}
    versions = {clip: version_of(rows[clip]) for clip in masks}
    return Covering(masks, versions, _hidden(session, case, clips))


def is_covered(session: Session, clip: Clip) -> bool:
    """Tell whether a clip leaves with masks; no for who may not open its case."""
    row = checked(session, clip)
    return row is not None and bool(row.faces) and bool(masks_of_row(row))


def still_covered(
    session: Session,
    case: Case,
    clips: Sequence[Clip],
    versions: Mapping[str, str],
    masked: Collection[int],
) -> bool:
    """Tell whether what was made of clips still has the masks that were looked at last.

    ``versions`` are those it was made with, by the id of a clip, and ``masked`` whom they hide. A
    clip that was moved since changes nothing of what was made.
    """
    for each in clips:
        version, hidden = looked_through(masks_row(session, each))
        if versions.get(each.id, version) != version:
            return False
        if in_shot(session, case, each.recording).intersection(masked) - hidden:
            return False
    return True


def _hidden(session: Session, case: Case, clips: Sequence[Clip]) -> frozenset[int]:
    ever, seen = set[int](), set[int]()
    for each in clips:
        hidden = hidden_in(session, each)
        ever |= hidden
        seen |= in_shot(session, case, each.recording) - hidden
    return frozenset(ever - seen)
