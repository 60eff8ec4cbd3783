"""The lamp's one loop: hear, decide, show."""

import time
from collections.abc import Callable
from typing import Final, Protocol

from vigbox.lamp.ear import Ear
from vigbox.lamp.message import message_from
from vigbox.lamp.truth import Truth
from vigbox.lamp.watchdog import Watchdog
from vigbox.model import Lamp

_LOOK_S: Final = 0.04
"""A picture of the lamp, as smooth as a breath needs; also the slack of every limit."""


class AnyLights(Protocol):
    """What the loop needs of the lights."""

    def show(self, lamp: Lamp, now_ns: int) -> None: ...  # noqa: D102


def run(
    ear: Ear,
    lights: AnyLights,
    watchdog: Watchdog,
    is_over: Callable[[], bool],
    when_shown: Callable[[Lamp, int], None] = lambda _lamp, _now_ns: None,
) -> None:
    """Show what is true until told to end; ``when_shown`` hears of every change."""
    truth = Truth()
    before: Lamp | None = None
    while not is_over():
        now_ns = time.monotonic_ns()
        lamp = truth.shown(now_ns)
        lights.show(lamp, now_ns)
        if lamp is not before:
            when_shown(lamp, now_ns)
            before = lamp
        watchdog.feed()
        datagram = ear.take(_LOOK_S)
        message = message_from(datagram) if datagram else None
        if message is not None:
            truth.feed(message, time.monotonic_ns())
