"""Versions: what somebody saw when they began a change, so that no later one silently wins.

A version is a hash of the facts themselves. No column holds it: whatever changes a fact, an undo
too, changes the version with it.
"""

import hashlib
from collections.abc import Sequence
from typing import Final

from vigbox.casework.marks import Moment
from vigbox.casework.tables import Clip, Edit, Participant
from vigbox.errors import VigboxError

_LETTERS: Final = 16
# its place depends on other clips, and has a version of its own
_NOT_ITS_OWN: Final = frozenset({"id", "case_id", "recording", "made_at", "position"})


class ChangedMeanwhileError(VigboxError):
    """Somebody else changed the same thing since it was read; nothing was changed here."""


def clip_version(clip: Clip) -> str:
    """Name a clip's facts as they are, without its place among the others."""
    columns = (each.key for each in clip.__table__.columns if each.key not in _NOT_ITS_OWN)
    return _hash(*((key, getattr(clip, key)) for key in columns), clip.principle_keys)


def order_version(in_order: Sequence[Clip]) -> str:
    """Name the order of a recording's chosen clips."""
    return _hash(*(each.id for each in in_order))


def mark_version(mark: Moment) -> str:
    """Name a mark's facts as they are."""
    return _hash(mark.id, mark.picture, mark.source)


def edits_version(*edits: Edit | None) -> str:
    """Name what would be undone and what would be done again."""
    return _hash(*((each.id, each.at, each.sealed_change) for each in edits if each is not None))


def participant_version(participant: Participant) -> str:
    """Name a participant's facts as they are."""
    one = participant
    return _hash(one.role, one.is_child, one.answered_by, one.sealed_initials)


def same(seen: str, now: str, what: str) -> None:
    """Raise :class:`ChangedMeanwhileError` when something is not as it was seen.

    ``what`` begins the sentence that tells it: "This clip".
    """
    if seen != now:
        raise ChangedMeanwhileError(
            f"{what} was changed on another tablet meanwhile. "
            "It is shown now as it is there; look, and change it again if you still want to."
        )


def _hash(*facts: object) -> str:
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:_LETTERS]
