"""The panel: one button on gpiozero. The lamp is a process of its own, ``vigbox.lamp``.

The pin factory is handed in: ``lgpio`` on a box, gpiozero's own ``MockFactory`` in the demo and
in tests. gpiozero's simulated pins ignore its ``bounce_time``, and a real contact chatters in
ways a fixed dead time gets wrong, so the guard is our own: see :class:`Debounce`.

How long a press was is told by the kernel's own time of each edge, not by when we hear of it: while
a library is loaded, nobody listens for a second, and a short press would be taken for a long one.
"""

import queue
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from gpiozero import Button

from vigbox.model import NS

BUTTON_PIN: Final = 17
"""A BCM number; the lamp's are in :mod:`vigbox.devices.lights`."""

_GUARD_NS: Final = 30_000_000
_LATEST_NS: Final = 60 * NS


@dataclass(frozen=True, slots=True)
class Edge:
    """The button changed: down or up, at a time on CLOCK_MONOTONIC."""

    is_down: bool
    time_ns: int


class Debounce:
    """Tells a person's presses from a contact's chatter.

    A change counts at once; what follows within 30 ms is chatter, and when it is over the level
    that stayed is the truth. A press is therefore stamped at its first contact.
    """

    def __init__(self) -> None:
        self._is_down = False
        self._edge = Edge(is_down=False, time_ns=0)
        self._quiet_from_ns = 0

    @property
    def level(self) -> bool:
        """What the last raw edge left: True for down."""
        return self._edge.is_down

    def feed(self, edge: Edge) -> Iterator[Edge]:
        """Take a raw edge; gives the change it means, if it means one."""
        yield from self.settle(edge.time_ns)
        self._edge = edge
        yield from self.settle(edge.time_ns)

    def settle(self, now_ns: int) -> Iterator[Edge]:
        """Give the change that chatter left behind, once it is over, as of when it was over."""
        if self.level != self._is_down and now_ns >= self._quiet_from_ns:
            at_ns = max(self._edge.time_ns, self._quiet_from_ns)
            self._is_down = self.level
            self._quiet_from_ns = at_ns + _GUARD_NS
            yield Edge(self._is_down, at_ns)


class Panel:
    """The button's edges in a queue."""

    def __init__(self, factory: Any) -> None:  # noqa: ANN401  # gpiozero is untyped
        self._edges: queue.SimpleQueue[Edge] = queue.SimpleQueue()
        self._debounce = Debounce()
        self._button = Button(BUTTON_PIN, pin_factory=factory)
        self._button.pin.when_changed = self._note

    def changes(self, now_ns: int) -> Iterator[Edge]:
        """Give what a person did since the last call, without chatter."""
        while not self._edges.empty():
            yield from self._debounce.feed(self._edges.get())
        if self.is_heard:
            yield from self._debounce.settle(now_ns)

    @property
    def is_heard(self) -> bool:
        """Whether the pin is as its last edge left it; if not, a further one is on its way."""
        return bool(self._button.is_pressed) == self._debounce.level

    def close(self) -> None:
        """Give the pin back."""
        self._button.close()

    def _note(self, ticks: float, state: int) -> None:
        now_ns, at_ns = time.monotonic_ns(), round(ticks * NS)
        is_likely = 0 <= now_ns - at_ns < _LATEST_NS  # an old kernel stamps with the time of day
        self._edges.put(Edge(is_down=not state, time_ns=at_ns if is_likely else now_ns))


REFUSAL_NS: Final = 3 * NS // 2
"""How long the three amber blinks of a refusal take."""
