"""Events that travel inside the film: ``emsg`` boxes (ISO/IEC 23009-1, 5.10.3.3) between fragments.

Players pass them over; they are sealed with the picture and as durable as it.
"""

import json
import struct
from dataclasses import dataclass
from typing import Any, Final

from vigbox.media.boxes import BoxError, full_box

SCHEME: Final = b"urn:vigbox:event"
_RATE: Final = 10**9
_FIXED: Final = struct.Struct(">IQII")


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at a time of the film: mark, pause, resume, stop, silence."""

    kind: str
    time_ns: int
    facts: dict[str, Any]


def event_box(kind: str, time_ns: int, **facts: Any) -> bytes:  # noqa: ANN401  # JSON values
    """Make the box of an event."""
    fixed = _FIXED.pack(_RATE, time_ns, 0, 0)
    data = json.dumps(facts, separators=(",", ":")).encode()
    return full_box(b"emsg", 1, 0, fixed, SCHEME, b"\0", kind.encode(), b"\0", data)


def parse_event(payload: bytes) -> Event | None:
    """Read an ``emsg`` box's payload; None for an event of somebody else.

    Raises :class:`~vigbox.media.boxes.BoxError` when it is ours and damaged.
    """
    scheme, _, rest = payload[4 + _FIXED.size :].partition(b"\0")
    if payload[:1] != b"\1" or scheme != SCHEME:
        return None
    try:
        _, time_ns, _, _ = _FIXED.unpack_from(payload, 4)
        kind, _, data = rest.partition(b"\0")
        facts = json.loads(data)
        return Event(kind.decode("ascii"), time_ns, dict(facts))
    except (struct.error, ValueError, TypeError, RecursionError) as error:
        raise BoxError(f"an event in the film cannot be read: {error}") from error
