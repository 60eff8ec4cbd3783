"""The lamp's end of the heartbeat: a Unix datagram socket that hears one user.

Who speaks is the kernel's word (SCM_CREDENTIALS), not theirs.
"""

import os
import socket
import struct
from collections.abc import Collection
from pathlib import Path
from typing import Final

from vigbox.errors import VigboxError
from vigbox.lamp.message import LONGEST_BYTES

_CREDENTIALS: Final = struct.Struct("3i")
_FIRST_HANDED_DOWN: Final = 3


class EarError(VigboxError):
    """The socket cannot be made."""


def bind(path: Path) -> socket.socket:
    """Listen at a path, in the place of whoever did before. Raises :class:`EarError`."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        path.unlink(missing_ok=True)
        listening.bind(str(path))
        path.chmod(0o620)
    except OSError as error:
        listening.close()
        raise EarError(
            f"cannot listen at {path}: {error.strerror or error}. Name a folder of its own (--run)."
        ) from error
    return listening


def handed_down() -> socket.socket | None:
    """Give the socket that systemd opened for this process, if it did (LISTEN_FDS)."""
    is_ours = os.environ.get("LISTEN_PID") == str(os.getpid())
    return socket.socket(fileno=_FIRST_HANDED_DOWN) if is_ours else None


class Ear:
    """Takes one datagram at a time, and only those of the users that are heard."""

    def __init__(self, listening: socket.socket, users: Collection[int]) -> None:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self._socket = listening
        self._users = frozenset(users)

    def take(self, timeout_s: float) -> bytes | None:
        """Wait for a datagram; None when none came that is short enough and of the right user."""
        self._socket.settimeout(timeout_s)
        try:
            datagram, extras, flags, _ = self._socket.recvmsg(
                LONGEST_BYTES, socket.CMSG_SPACE(_CREDENTIALS.size)
            )
        except TimeoutError:
            return None
        is_whole = not flags & (socket.MSG_TRUNC | socket.MSG_CTRUNC)
        return datagram if is_whole and self._users & set(_users_in(extras)) else None

    def close(self) -> None:
        """Stop listening."""
        self._socket.close()


def _users_in(extras: list[tuple[int, int, bytes]]) -> list[int]:
    return [
        _CREDENTIALS.unpack(data)[1]
        for level, kind, data in extras
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_CREDENTIALS)
        and len(data) == _CREDENTIALS.size
    ]
