"""What the two ends of the wire tell each other: each message, and its bytes."""

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Self

from vigbox.errors import VigboxError

MOST_ASKED_BYTES: Final = 1 << 20


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


def _exactly(data: bytes, size: int) -> None:
    if len(data) != size:
        raise ValueError(f"a payload of {len(data)} bytes")
