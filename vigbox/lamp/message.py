"""What the recorder tells the lamp: one JSON object in one datagram, read as hostile input."""

import json
from dataclasses import dataclass
from typing import Any, Final, TypeGuard

from vigbox.model import Lamp

LONGEST_BYTES: Final = 256
"""A longer datagram is not the recorder's."""

_LATEST_NS: Final = 1 << 63


@dataclass(frozen=True, slots=True)
class Message:
    """What the lamp should say, and why it may be believed; times on CLOCK_MONOTONIC.

    ``safe_at_ns`` is when the film being made was last durable, None without one.
    """

    lamp: Lamp
    safe_at_ns: int | None
    sent_at_ns: int

    def to_bytes(self) -> bytes:
        """Give the datagram."""
        facts = {"lamp": self.lamp, "safe_at_ns": self.safe_at_ns, "sent_at_ns": self.sent_at_ns}
        return json.dumps(facts).encode()


def message_from(datagram: bytes) -> Message | None:
    """Read a datagram; None when it is not a message. A word that is not known is dark."""
    facts = _object(datagram)
    sent_at_ns, safe_at_ns = facts.get("sent_at_ns"), facts.get("safe_at_ns")
    if not _is_time(sent_at_ns) or not (safe_at_ns is None or _is_time(safe_at_ns)):
        return None
    word = facts.get("lamp")
    lamp = Lamp(word) if isinstance(word, str) and word in set(Lamp) else Lamp.DARK
    return Message(lamp, safe_at_ns, sent_at_ns)


def _object(datagram: bytes) -> dict[str, Any]:
    if len(datagram) > LONGEST_BYTES:
        return {}
    try:
        found = json.loads(datagram)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _is_time(found: object) -> TypeGuard[int]:
    return type(found) is int and 0 <= found < _LATEST_NS
