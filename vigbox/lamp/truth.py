"""Decides what the lamp may say: pure, in terms of messages heard and a clock."""

from typing import Final

from vigbox.lamp.message import Message
from vigbox.model import NS, Lamp

HEARD_NS: Final = NS
"""A word older than this is no longer believed: four heartbeats did not come."""

STARTING_NS: Final = 5 * NS
"""The acknowledgement is believed this long: while a camera starts, or a manifest reaches a slow
card, the recorder says nothing. It claims no film."""

SAFE_NS: Final = 2 * NS
"""The film must have been made durable within this time."""

ALARM_NS: Final = 30 * NS
"""How long a recorder that fell silent over a film shows fast red, counted from its last word.

Long enough for hands busy with a child to look up, and for systemd to start the recorder again a
few times, so that the lamp goes from fast red to what the new one says. Then dark: by now nobody
knows of any film, and dark affirms nothing, not even a problem.
"""

_NEEDS_CARD: Final = (Lamp.RECORDING, Lamp.REMINDER, Lamp.PAUSED)
_OVER_A_FILM: Final = (*_NEEDS_CARD, Lamp.ACKNOWLEDGED, Lamp.PROBLEM)


class Truth:
    """Remembers the recorder's last word and tells what is left of it."""

    def __init__(self) -> None:
        self._last: Message | None = None

    def feed(self, message: Message, now_ns: int) -> None:
        """Take a message; one from the future, or older than the last one, says nothing."""
        is_newer = self._last is None or message.sent_at_ns > self._last.sent_at_ns
        if is_newer and message.sent_at_ns <= now_ns:
            self._last = message

    def shown(self, now_ns: int) -> Lamp:
        """Tell what the lamp may say now."""
        last = self._last
        if last is None:
            return Lamp.DARK
        # counted from its sending: what waited in the socket grew old there
        silent_ns = now_ns - last.sent_at_ns
        if silent_ns < (STARTING_NS if last.lamp is Lamp.ACKNOWLEDGED else HEARD_NS):
            return (
                Lamp.PROBLEM if last.lamp in _NEEDS_CARD and _is_late(last, now_ns) else last.lamp
            )
        if last.lamp in _OVER_A_FILM and silent_ns < ALARM_NS:
            return Lamp.PROBLEM
        return Lamp.DARK


def _is_late(message: Message, now_ns: int) -> bool:
    safe_at_ns = message.safe_at_ns
    if safe_at_ns is None or safe_at_ns > message.sent_at_ns:
        return True
    return now_ns - safe_at_ns >= SAFE_NS
