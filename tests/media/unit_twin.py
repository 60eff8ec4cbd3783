"""Stands where systemd is: for each connection to a socket it begins a media worker behind walls.

The walls are bubblewrap's, which leave no more than the unit's. It remembers what it began.
"""

import contextlib
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from vigbox.media.bubble import around_python

_CREDENTIALS = struct.Struct("3i")
HANDED_OVER = """
import os, socket, sys, time
from vigbox.media.handover import ENDED, HELLO, taken
asked = socket.socket(fileno=0)
asked.sendall(HELLO)
kind, words, share, files = taken(asked)
"""
"""The beginning of a program of an attacker's, which stands where the worker is."""


class UnitTwin:
    """``plays`` is such a program; ``most`` is how many connections there may be at once."""

    def __init__(
        self, path: Path, plays: str = "", most: int = 4, hears: int | None = None
    ) -> None:
        self.began: list[subprocess.Popen[bytes]] = []
        self.turned_away = threading.Event()
        self._plays = plays
        self._most = most
        self._hears = hears
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                if sum(each.poll() is None for each in self.began) < self._most:
                    self._begin(connection)
                else:
                    self.turned_away.set()

    def _begin(self, connection: socket.socket) -> None:
        size = _CREDENTIALS.size
        told = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
        pid, user, _ = _CREDENTIALS.unpack(told)
        hears = user if self._hears is None else self._hears
        python = [sys.executable, "-B", "-s"]
        given = ["--from", f"{len(self.began)}-{pid}-{user}", "--hear", str(hears)]
        words = [
            "bwrap",
            *around_python(["/etc/alternatives"]),
            "--",
            *python,
            "-m",
            "vigbox.media.porter",
            *given,
        ]
        if self._plays:
            words = [*python, "-c", HANDED_OVER + self._plays]
        self.began.append(subprocess.Popen(words, stdin=connection.fileno()))

    def close(self) -> None:
        """End everything that was begun."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        for each in self.began:
            each.kill()
            each.wait()


@contextlib.contextmanager
def standing(
    path: Path, plays: str = "", most: int = 4, hears: int | None = None
) -> Iterator[UnitTwin]:
    """Let a twin stand at a path for a while."""
    twin = UnitTwin(path, plays, most, hears)
    try:
        yield twin
    finally:
        twin.close()
