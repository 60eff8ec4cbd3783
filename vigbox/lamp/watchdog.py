"""Tells systemd that a process still does its work; without systemd it tells nobody."""

import contextlib
import os
import socket
import time
from typing import Final

from vigbox.model import NS

_FEED_NS: Final = NS // 4


class Watchdog:
    """Feeds systemd's watchdog (sd_notify); what falls silent is killed and replaced."""

    def __init__(self, address: str | None) -> None:
        """Take what the environment holds as NOTIFY_SOCKET, or None."""
        # a first character @ means a name in the kernel's own space (sd_notify(3))
        self._address = "\0" + address[1:] if address and address[0] == "@" else address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._fed_ns = -_FEED_NS
        self._words = b"READY=1\nWATCHDOG=1"

    @classmethod
    def of_service(cls) -> "Watchdog":
        """Make the one of the service this process is."""
        return cls(os.environ.get("NOTIFY_SOCKET"))

    def feed(self) -> None:
        """Say "alive", at most four times a second, and "ready" the first time. Never raises."""
        now_ns = time.monotonic_ns()
        if self._address and now_ns - self._fed_ns >= _FEED_NS:
            self._fed_ns = now_ns
            with contextlib.suppress(OSError):
                self._socket.sendto(self._words, self._address)
                # each "ready" makes systemd tell everybody on the system's bus
                self._words = b"WATCHDOG=1"

    def close(self) -> None:
        """Say nothing more."""
        self._socket.close()
