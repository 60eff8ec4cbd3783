"""What the simulated camera sees and the simulated microphone hears.

Both play the same stage on the same clock, so picture and sound belong together as they do in
a living room. A stage is entered by each device as it starts; the first to enter begins it.
"""

import threading
from collections.abc import Iterator
from typing import Protocol

from av import VideoFrame

from vigbox.model import NS

SOUND_BLOCK_NS = NS // 50


class Stage(Protocol):
    """Something to film: pictures and sound by time since the stage began."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels, both even."""

    @property
    def pictures_per_second(self) -> float:
        """About how many pictures come in a second."""

    @property
    def caption(self) -> str:
        """A text that goes with every keyframe, or nothing."""

    def pictures(self) -> Iterator[tuple[int, VideoFrame]]:
        """Give (time in ns since the stage began, yuv420p picture), without an end."""

    def sound(self) -> Iterator[bytes]:
        """Give blocks of 20 ms of int16 mono samples at 48 kHz, without an end."""


class Curtain:
    """When a stage began on CLOCK_MONOTONIC, shared by the devices that play it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._players = 0
        self._epoch_ns = 0

    def enter(self, now_ns: int) -> int:
        """Join in; gives the time at which the stage began."""
        with self._lock:
            if not self._players:
                self._epoch_ns = now_ns
            self._players += 1
            return self._epoch_ns

    def leave(self) -> None:
        """Go; when nobody is left the next to enter begins anew."""
        with self._lock:
            self._players -= 1
