"""Reads a ``moof`` box: which samples of which track lie where (ISO/IEC 14496-12, 8.8)."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from vigbox.media.boxes import Box, BoxError, iter_boxes

_NOT_SYNC: Final = 0x10000
_TOLD_MASK: Final = 0xA05
_TOLD: Final = 0x201
"""Offset and sizes are told; there are no flags of the first sample alone, and no shifts."""

_BASE_IS_MOOF: Final = 0x020000
_FIELDS: Final = ((0x01, 8), (0x02, 4), (0x08, 4), (0x10, 4), (0x20, 4))


@dataclass(frozen=True, slots=True)
class Run:
    """Samples of one track that lie one behind the other, from ``offset`` after the moof's start.

    ``rows`` holds (duration, size, is a keyframe) for each, durations in the track's own time.
    """

    track: int
    start: int
    offset: int
    rows: list[tuple[int, int, bool]]


def runs(moof: bytes) -> Iterator[Run]:
    """Give the runs of a ``moof`` box, its header included. Raises BoxError."""
    try:
        for traf in _inside(moof, 8, len(moof), b"traf"):
            yield from _track_runs(moof, traf)
    except struct.error as error:
        raise BoxError(f"a fragment's tables are cut: {error}") from error


def _track_runs(moof: bytes, traf: Box) -> Iterator[Run]:
    tfhd = _inside(moof, traf.body, traf.end, b"tfhd")[0]
    tfdt = _inside(moof, traf.body, traf.end, b"tfdt")[0]
    track, duration, size, flags = _defaults(moof, tfhd)
    if moof[tfdt.body : tfdt.body + 1] != b"\1":
        raise BoxError("a fragment is not of our writer")
    (start,) = struct.unpack_from(">Q", moof, tfdt.body + 4)
    for trun in _inside(moof, traf.body, traf.end, b"trun"):
        word, count, offset = struct.unpack_from(">IIi", moof, trun.body)
        if word & _TOLD_MASK != _TOLD:
            raise BoxError("a fragment is not of our writer")
        columns = [name for name, bit in (("d", 0x100), ("s", 0x200), ("f", 0x400)) if word & bit]
        if trun.body + 12 + 4 * count * len(columns) != trun.end:
            raise BoxError("a fragment's table does not have the length it tells")
        numbers = struct.unpack_from(f">{count * len(columns)}I", moof, trun.body + 12)
        table = {name: numbers[n :: len(columns)] for n, name in enumerate(columns)}
        durations = table.get("d", (duration,) * count)
        sizes = table.get("s", (size,) * count)
        keys = [not each & _NOT_SYNC for each in table.get("f", (flags,) * count)]
        yield Run(track, start, offset, list(zip(durations, sizes, keys, strict=True)))
        start += sum(durations)


def _defaults(moof: bytes, tfhd: Box) -> tuple[int, int, int, int]:
    word, track = struct.unpack_from(">II", moof, tfhd.body)
    if not word & _BASE_IS_MOOF:
        raise BoxError("a fragment is not of our writer")
    at, found = tfhd.body + 8, {}
    for bit, width in _FIELDS:
        if word & bit:
            (found[bit],) = struct.unpack_from(">Q" if width == 8 else ">I", moof, at)  # noqa: PLR2004
            at += width
    return track, found.get(0x08, 0), found.get(0x10, 0), found.get(0x20, 0)


def _inside(data: bytes, start: int, end: int, kind: bytes) -> list[Box]:
    found = iter_boxes(lambda offset, size: data[offset : offset + size], start, end)
    boxes = [each for each in found if each.kind == kind]
    if not boxes and kind != b"traf":
        raise BoxError(f"a fragment has no {kind.decode()}")
    return boxes
