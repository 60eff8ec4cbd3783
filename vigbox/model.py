"""The few words that travel between layers, as types.

Times: ``_ns`` are nanoseconds on CLOCK_MONOTONIC or on a film's own timeline; wall times end in
``_at`` and are ISO 8601 texts in UTC, used as labels only.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

NS = 1_000_000_000
"""Nanoseconds in a second."""


class Lamp(StrEnum):
    """What the lamp says. Dark affirms nothing.

    ``READY_HINT`` is ready and ``HINT`` is dark, with a blink: something of the box that stops no
    film wants to be looked at.
    """

    DARK = "dark"
    READY = "ready"
    READY_HINT = "ready-hint"
    HINT = "hint"
    ACKNOWLEDGED = "acknowledged"
    RECORDING = "recording"
    REMINDER = "reminder"
    PAUSED = "paused"
    PROBLEM = "problem"
    REFUSED = "refused"
    FRAMING = "framing"


class Life(StrEnum):
    """How far a recording got: being made, ended by a cut, ended by the panel."""

    RECORDING = "recording"
    INTERRUPTED = "interrupted"
    FINISHED = "finished"


class TimeSource(StrEnum):
    """Which clock a label is from: an unsure one is never before the last trusted time."""

    NETWORK = "network"
    CHIP = "chip"
    TABLET = "tablet"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Arming:
    """What the next press films for: opaque ids and public recipients, never a name."""

    box: str
    case: str
    recipients: tuple[str, ...]
    valid_until_at: str
    counter: int

    def facts(self) -> dict[str, Any]:
        """Give the statement as plain JSON values, in the order it is signed."""
        return {
            "box": self.box,
            "case": self.case,
            "recipients": list(self.recipients),
            "valid_until_at": self.valid_until_at,
            "counter": self.counter,
        }


@dataclass(frozen=True, slots=True)
class Unarmed:
    """Whether a press without an armed case films, and to whom its fresh identity is wrapped.

    Public recipients only; without one an unarmed press is refused.
    """

    box: str
    recipients: tuple[str, ...]
    counter: int

    def facts(self) -> dict[str, Any]:
        """Give the statement as plain JSON values, in the order it is signed."""
        return {"box": self.box, "recipients": list(self.recipients), "counter": self.counter}


def new_id() -> str:
    """Make an opaque id: 128 random bits as 32 hexadecimal digits."""
    return secrets.token_hex(16)


def now_at() -> str:
    """Give the wall time as an ISO 8601 text in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def canonical(facts: Mapping[str, Any]) -> bytes:
    """Give the one byte form of some facts that signatures are made over."""
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
