"""Tells systemd that the recorder is ready, and alive while what it makes goes on.

Source: sd_notify(3). Without systemd nothing is said.
"""

import contextlib
import os
import socket


class Notifier:
    """Sends to the socket that systemd named in the environment; never raises, never waits."""

    def __init__(self, path: str | None = None) -> None:
        path = os.environ.get("NOTIFY_SOCKET", "") if path is None else path
        self._path = "\0" + path[1:] if path.startswith("@") else path

    def ready(self) -> None:
        """Say that a press would be answered."""
        self._say("READY=1")

    def alive(self) -> None:
        """Feed the watchdog."""
        self._say("WATCHDOG=1")

    def _say(self, what: str) -> None:
        if not self._path:
            return
        with (
            contextlib.suppress(OSError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as link,
        ):
            link.sendto(what.encode(), self._path)
