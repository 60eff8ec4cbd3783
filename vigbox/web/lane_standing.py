"""How far the lanes of one film are, and why they wait."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from vigbox.media.lanes import Lanes

RECORDING_GOES_ON: Final = "A recording is being made. This film's turn comes after it."
IN_LINE: Final = "This film's turn comes in a moment."


class State(StrEnum):
    """How far the lanes of one film are."""

    WAITING = "waiting"
    WORKING = "working"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the lanes of one film are, and the lanes once they are ready."""

    state: State
    progress: float = 0.0
    why: str = ""
    lanes: Lanes = field(default_factory=Lanes)
