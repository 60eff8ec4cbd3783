"""MP4 boxes (ISO/IEC 14496-12, 4.2): a 32-bit size, four letters, a payload."""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from vigbox.errors import VigboxError

ReadAt = Callable[[int, int], bytes]
HEADER_BYTES: Final = 8
_LARGE_HEADER_BYTES: Final = 16


class BoxError(VigboxError):
    """Bytes that should be MP4 boxes are not."""


@dataclass(frozen=True, slots=True)
class Box:
    """Where a box lies: its kind, its first byte, where its payload begins and where it ends."""

    kind: bytes
    start: int
    body: int
    end: int


def box(kind: bytes, *payload: bytes) -> bytes:
    """Make a box."""
    body = b"".join(payload)
    return struct.pack(">I4s", HEADER_BYTES + len(body), kind) + body


def full_box(kind: bytes, version: int, flags: int, *payload: bytes) -> bytes:
    """Make a box that begins with a version and flags."""
    return box(kind, struct.pack(">I", version << 24 | flags), *payload)


def free_box(size: int) -> bytes:
    """Make a box of ``size`` bytes, 8 or more, that players pass over."""
    return struct.pack(">I4s", size, b"free") + bytes(size - HEADER_BYTES)


def iter_boxes(read_at: ReadAt, start: int, end: int) -> Iterator[Box]:
    """Give the whole boxes between two offsets; a box that is cut off ends it quietly.

    Raises :class:`BoxError` for a size that cannot be.
    """
    while start + HEADER_BYTES <= end:
        head = read_at(start, min(_LARGE_HEADER_BYTES, end - start))
        if len(head) < HEADER_BYTES:
            return
        size, kind = struct.unpack(">I4s", head[:HEADER_BYTES])
        body = start + HEADER_BYTES
        if size == 1:
            if len(head) < _LARGE_HEADER_BYTES:
                return
            (size,) = struct.unpack(">Q", head[HEADER_BYTES:])
            body = start + _LARGE_HEADER_BYTES
        if size < body - start:
            raise BoxError(f"a box at byte {start} says that it is {size} bytes long")
        if start + size > end:
            return
        yield Box(kind, start, body, start + size)
        start += size
