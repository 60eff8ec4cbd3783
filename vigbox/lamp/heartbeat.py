"""The recorder's end: says what the lamp should show, to whoever listens, and never waits."""

import contextlib
import socket
import time
from pathlib import Path
from typing import Final

from vigbox.lamp.message import Message
from vigbox.model import NS, Lamp

SOCKET: Final = "lamp.sock"
"""The name of the lamp's socket in the run folder."""

BEAT_NS: Final = NS // 4
"""How often the same word is said again."""


class Heartbeat:
    """Sends the lamp's word to one Unix datagram socket; a lamp that is not there costs nothing.

    Call :meth:`beat` from the very loop that obeys the button, never from a thread of its own: a
    loop that hangs must fall silent.
    """

    def __init__(self, path: Path) -> None:
        self._path = str(path)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._said: Lamp | None = None
        self._said_ns = 0

    def beat(self, lamp: Lamp, safe_at_ns: int | None) -> None:
        """Say the word: at once when it is another, else when a beat is due. Never raises.

        ``safe_at_ns``: when the film being made was last durable, on CLOCK_MONOTONIC, or None.
        """
        now_ns = time.monotonic_ns()
        if lamp is self._said and now_ns - self._said_ns < BEAT_NS:
            return
        self._said, self._said_ns = lamp, now_ns
        # no lamp, or one that does not read: the film goes on, and an old word expires there
        with contextlib.suppress(OSError):
            self._socket.sendto(Message(lamp, safe_at_ns, now_ns).to_bytes(), self._path)

    def close(self) -> None:
        """Say dark: a recorder that ends in order leaves no alarm."""
        self.beat(Lamp.DARK, None)
        self._socket.close()
