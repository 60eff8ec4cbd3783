"""What stands between the devices' threads and the card: a queue that never blocks them.

It holds as much as a card that stalls for half a minute needs, and no more; what does not fit
is counted as dropped, never waited for.
"""

import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from vigbox.devices.camera import Picture
from vigbox.devices.microphone import Sound

CAPACITY_BYTES: Final = 64 << 20
_STALL_S: Final = 40


@dataclass(frozen=True, slots=True)
class Note:
    """Something the film itself should remember, at a time on CLOCK_MONOTONIC."""

    what: Literal["mark", "pause", "resume", "silence", "sound"]
    at_ns: int


@dataclass(frozen=True, slots=True)
class End:
    """The recording is to end; ``reason`` travels inside the film."""

    reason: Literal["panel", "family asked", "limit", "power", "card", "camera"]
    at_ns: int


Item: TypeAlias = Picture | Sound | Note | End


class Intake:
    """A bounded queue of items, in the order in which they came."""

    def __init__(self, bits_per_second: int = 0) -> None:
        self._capacity_bytes = max(CAPACITY_BYTES, _STALL_S * bits_per_second // 8)
        self._items: deque[Item] = deque()
        self._bytes = 0
        self._ready = threading.Condition()
        self.dropped = 0
        self.picture_at_ns = self.sound_at_ns = time.monotonic_ns()
        """When the latest of each came, also while the card stalls and nobody takes them."""

    def put(self, item: Item) -> None:
        """Take an item and return at once; drops pictures and sound when there is no room."""
        size = _size(item)
        with self._ready:
            self._note(item)
            if self._bytes + size > self._capacity_bytes:
                self.dropped += 1
                return
            self._items.append(item)
            self._bytes += size
            self._ready.notify()

    def take(self, timeout_s: float) -> Item | None:
        """Give the oldest item; None when nothing came in time."""
        with self._ready:
            if not self._items:
                self._ready.wait(timeout_s)
            if not self._items:
                return None
            item = self._items.popleft()
            self._bytes -= _size(item)
            return item

    def _note(self, item: Item) -> None:
        match item:
            case Picture():
                self.picture_at_ns = time.monotonic_ns()
            case Sound():
                self.sound_at_ns = time.monotonic_ns()
            case Note() | End():
                pass


def _size(item: Item) -> int:
    match item:
        case Picture(data=data):
            return len(data)
        case Sound(samples=samples):
            return len(samples)
        case Note() | End():
            return 0
