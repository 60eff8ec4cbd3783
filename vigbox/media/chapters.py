"""Chapters inside an MP4, as players and ffmpeg read them: Nero's ``chpl`` in ``udta``.

There is no standard for it; the layout is the one of libavformat's ``mov_write_chpl_tag``: a byte
says how many, each has its start in 100 ns and a title of at most 255 bytes.
"""

import struct
from collections.abc import Sequence
from typing import Final

from vigbox.media.boxes import box, full_box
from vigbox.media.moov import TICKS_PER_SECOND

MOST: Final = 255
_LONGEST_BYTES: Final = 255
_UNITS_PER_SECOND: Final = 10_000_000

Chapter = tuple[int, str]
"""When it begins, in ticks of 1/90,000 s, and its title."""


def chapters_box(chapters: Sequence[Chapter]) -> bytes:
    """Give the box for the ``moov``, nothing without chapters; the first 255 of them count."""
    told = sorted(chapters)[:MOST]
    if not told:
        return b""
    rows = [_row(ticks, title) for ticks, title in told]
    return box(b"udta", full_box(b"chpl", 1, 0, struct.pack(">4xB", len(rows)), *rows))


def _row(ticks: int, title: str) -> bytes:
    text = title.encode()[:_LONGEST_BYTES].decode("utf-8", "ignore").encode()
    return struct.pack(">QB", ticks * _UNITS_PER_SECOND // TICKS_PER_SECOND, len(text)) + text
