"""What the media worker and its parent say to each other: a letter, a length, a payload.

Numbers are big-endian and everything is bounded before it is read; nothing is ever unpickled. The
worker asks for bytes of the film with ``R``, which the parent answers with ``D``; all else goes
from the worker to its parent.
"""

import socket
import struct
import time
from typing import Final

from vigbox.media.wire_messages import (
    MOST_ASKED_BYTES,
    Ask,
    End,
    Failed,
    Picture,
    Ready,
    Shape,
    Sound,
    WireError,
)

MOST_BYTES: Final = 8 << 20
_HEAD: Final = struct.Struct(">cI")


Message = Ready | Ask | Shape | Picture | Sound | End | Failed
_KINDS: Final[dict[bytes, type[Message]]] = {
    each.letter: each for each in (Ready, Ask, Shape, Picture, Sound, End, Failed)
}


class Wire:
    """One end of the connection between a worker and its parent."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._until_s: float | None = None

    def say(self, message: Message) -> None:
        """Send a message. Raises OSError."""
        self._send(message.letter, message.pack())

    def answer(self, data: bytes) -> None:
        """Give the worker the bytes that it asked for. Raises OSError."""
        self._send(b"D", data)

    def ask(self, offset: int, size: int) -> bytes:
        """Ask the parent for bytes of the film; fewer at its end. Raises OSError, WireError."""
        self.say(Ask(offset, size))
        letter, data = self._receive(MOST_ASKED_BYTES)
        if letter != b"D":
            raise WireError("the parent said something else than the film's bytes")
        return data

    def hear(self, within_s: float) -> Message | None:
        """Give the worker's next message, whole within some seconds; None once it is gone.

        Raises :class:`WireError` for what is none, OSError, TimeoutError.
        """
        self._until_s = time.monotonic() + within_s
        try:
            letter, data = self._receive(MOST_BYTES)
            return _KINDS[letter].unpack(data)
        except (EOFError, ConnectionResetError):
            return None
        except (KeyError, struct.error, ValueError) as error:
            raise WireError(f"the film's reader said what it cannot mean: {error}") from error

    def _send(self, letter: bytes, data: bytes) -> None:
        self._connection.sendall(_HEAD.pack(letter, len(data)) + data)

    def _receive(self, most_bytes: int) -> tuple[bytes, bytes]:
        letter, size = _HEAD.unpack(self._exactly(_HEAD.size))
        if size > most_bytes:
            raise WireError(f"a message of {size} bytes is too long")
        return letter, self._exactly(size)

    def _exactly(self, size: int) -> bytes:
        data = bytearray(size)
        view = memoryview(data)
        while view:
            self._hurry()
            count = self._connection.recv_into(view)
            if not count:
                raise EOFError
            view = view[count:]
        return bytes(data)

    def _hurry(self) -> None:
        """Wait no longer than until the deadline, however many pieces come before it."""
        if self._until_s is not None:
            left_s = self._until_s - time.monotonic()
            if left_s <= 0:
                raise TimeoutError
            self._connection.settimeout(left_s)
