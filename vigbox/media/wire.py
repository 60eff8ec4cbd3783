"""What the media worker and its parent say to each other: a letter, a length, a payload.

Numbers are big-endian and everything is bounded before it is read; nothing is ever unpickled. The
worker asks for bytes of the film with ``R``, which the parent answers with ``D``; all else goes
from the worker to its parent.
"""

import socket
import struct
import time
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Self

from vigbox.errors import VigboxError

MOST_BYTES: Final = 8 << 20
MOST_ASKED_BYTES: Final = 1 << 20
_HEAD: Final = struct.Struct(">cI")


class WireError(VigboxError):
    """The worker said what it cannot mean."""


class Failure(IntEnum):
    """Why a worker gives up; the parent has a sentence for each."""

    SANDBOX = 1
    UNREADABLE = 2
    NO_PICTURE = 3
    TOO_LARGE = 4
    TOO_LONG = 5
    MEMORY = 6
    BROKEN = 7


@dataclass(frozen=True, slots=True)
class Ready:
    """The worker stands in its sandbox."""

    letter = b"H"

    def pack(self) -> bytes:
        """Give the payload."""
        return b""

    @classmethod
    def unpack(cls, data: bytes) -> Self:
        """Read the payload. Raises struct.error, ValueError."""
        _exactly(data, 0)
        return cls()


@dataclass(frozen=True, slots=True)
class Ask:
    """The worker wants bytes of the film."""

    offset: int
    size: int
    letter = b"R"
    _layout = struct.Struct(">QI")

    def pack(self) -> bytes:
        """Give the payload."""
        return self._layout.pack(self.offset, self.size)

    @classmethod
    def unpack(cls, data: bytes) -> Self:
        """Read the payload. Raises struct.error, ValueError."""
        offset, size = cls._layout.unpack(data)
        ask = cls(offset, size)
        if ask.size > MOST_ASKED_BYTES:
            raise ValueError("too much is asked for")
        return ask


@dataclass(frozen=True, slots=True)
class Shape:
    """What the film will be: size in pixels, whether there is sound, its length as it says."""

    width: int
    height: int
    has_sound: bool
    told_ms: int
    parameter_sets: bytes
    letter = b"F"
    _layout = struct.Struct(">HH?I")

    def pack(self) -> bytes:
        """Give the payload."""
        fixed = self._layout.pack(self.width, self.height, self.has_sound, self.told_ms)
        return fixed + self.parameter_sets

    @classmethod
    def unpack(cls, data: bytes) -> Self:
        """Read the payload. Raises struct.error, ValueError."""
        at = cls._layout.size
        width, height, has_sound, told_ms = cls._layout.unpack(data[:at])
        return cls(width, height, has_sound, told_ms, data[at:])


@dataclass(frozen=True, slots=True)
class Picture:
    """One access unit (Annex B), shown from ``tick`` on, in 1/90,000 s."""

    tick: int
    is_keyframe: bool
    data: bytes
    letter = b"P"
    _layout = struct.Struct(">Q?")

    def pack(self) -> bytes:
        """Give the payload."""
        return self._layout.pack(self.tick, self.is_keyframe) + self.data

    @classmethod
    def unpack(cls, data: bytes) -> Self:
        """Read the payload. Raises struct.error, ValueError."""
        at = cls._layout.size
        tick, is_keyframe = cls._layout.unpack(data[:at])
        return cls(tick, is_keyframe, data[at:])


@dataclass(frozen=True, slots=True)
class Sound:
    """One AAC packet: 1024 samples from ``sample`` on, at 48 kHz."""

    sample: int
    data: bytes
    letter = b"S"
    _layout = struct.Struct(">Q")

    def pack(self) -> bytes:
        """Give the payload."""
        return self._layout.pack(self.sample) + self.data

    @classmethod
    def unpack(cls, data: bytes) -> Self:
        """Read the payload. Raises struct.error, ValueError."""
        at = cls._layout.size
        (sample,) = cls._layout.unpack(data[:at])
        return cls(sample, data[at:])


@dataclass(frozen=True, slots=True)
class End:
    """Nothing follows; whether the file held less than it said."""

    is_cut: bool
    letter = b"E"

    def pack(self) -> bytes:
        """Give the payload."""
        return bytes([self.is_cut])

    @classmethod
    def unpack(cls, data: bytes) -> Self:
        """Read the payload. Raises struct.error, ValueError."""
        _exactly(data, 1)
        return cls(data != b"\0")


@dataclass(frozen=True, slots=True)
class Failed:
    """The worker gives up."""

    why: Failure
    letter = b"X"

    def pack(self) -> bytes:
        """Give the payload."""
        return bytes([self.why])

    @classmethod
    def unpack(cls, data: bytes) -> Self:
        """Read the payload. Raises struct.error, ValueError."""
        _exactly(data, 1)
        return cls(Failure(data[0]))


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


def _exactly(data: bytes, size: int) -> None:
    if len(data) != size:
        raise ValueError(f"a payload of {len(data)} bytes")
