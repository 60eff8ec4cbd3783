"""Moves the head of an MP4 before its pictures, so that it can be read from a pipe.

libav writes the head last, and its own way to move it needs a file with a name.
"""

import struct
from collections.abc import Iterator
from typing import Final

from vigbox.media.boxes import Box, BoxError, iter_boxes

_INTO: Final = (b"trak", b"mdia", b"minf", b"stbl")
_FIGURES: Final = {b"stco": ">I", b"co64": ">Q"}
"""Where chunks lie in the file: a version and flags, a count, then so many of these."""
_COUNT_BYTES: Final = 8


def head_first(film: bytes) -> bytes:
    """Give an MP4 with its ``moov`` right before its ``mdat``. Raises BoxError for what is none."""
    boxes = {each.kind: each for each in _boxes(film, 0, len(film))}
    if not boxes.keys() >= {b"moov", b"mdat"}:
        raise BoxError("cannot move the head of a film: it has none, or no pictures")
    head, pictures = boxes[b"moov"], boxes[b"mdat"]
    if head.start < pictures.start:
        return film
    moved = bytearray(film[head.start : head.end])
    for kind, body in _tables(film, head):
        _shift(moved, _FIGURES[kind], body - head.start, len(moved))
    rest = film[pictures.start : head.start], film[head.end :]
    return b"".join((film[: pictures.start], moved, *rest))


def _boxes(film: bytes, start: int, end: int) -> Iterator[Box]:
    return iter_boxes(lambda offset, size: film[offset : offset + size], start, end)


def _tables(film: bytes, within: Box) -> Iterator[tuple[bytes, int]]:
    for each in _boxes(film, within.body, within.end):
        if each.kind in _INTO:
            yield from _tables(film, each)
        elif each.kind in _FIGURES:
            yield each.kind, each.body


def _shift(head: bytearray, figure: str, body: int, by: int) -> None:
    (count,) = struct.unpack_from(">I", head, body + _COUNT_BYTES // 2)
    for number in range(count):
        place = body + _COUNT_BYTES + number * struct.calcsize(figure)
        (offset,) = struct.unpack_from(figure, head, place)
        struct.pack_into(figure, head, place, offset + by)
