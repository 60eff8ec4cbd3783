"""Whether the lamp should send somebody to the page Health: what is wrong there stops no film."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from vigbox.appliance.hint import is_said
from vigbox.model import NS, TimeSource
from vigbox.recorder.clock import Clock

EVERY_NS: Final = 5 * NS


class Hints:
    """Asked while nothing is recorded, and then looked at once in 5 s."""

    def __init__(self, clock: Clock, places: Sequence[Path]) -> None:
        self._clock = clock
        self._places = tuple(places)
        self._looked_ns: int | None = None
        self._is_some = False

    def is_some(self, now_ns: int) -> bool:
        """Tell whether anybody who looks at the box asks for it, or no clock can be trusted."""
        if self._looked_ns is None or now_ns - self._looked_ns > EVERY_NS:
            self._looked_ns = now_ns
            self._is_some = (
                any(map(is_said, self._places)) or self._clock.read().source is TimeSource.UNSURE
            )
        return self._is_some
