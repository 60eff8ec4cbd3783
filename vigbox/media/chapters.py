"""Chapters of an MP4, told both ways that players look for them.

QuickTime's (a text track that the picture refers to: Apple's players) and Nero's (``chpl``: most
others). ffprobe reads either. QuickTime File Format Specification, "Chapter Lists"; ``chpl`` has
no specification, its layout is the one of FFmpeg's ``movenc.c``.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from vigbox.media.boxes import box, full_box

_TRACK: Final = 3
_RATE: Final = 90_000
_NERO_UNITS: Final = 10_000_000
_TITLE_BYTES: Final = 1000
_NERO_TITLE_BYTES: Final = 255
_MOST: Final = 255
_UTF_8: Final = box(b"encd", struct.pack(">I", 0x100))
_MATRIX: Final = struct.pack(">9i", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)


@dataclass(slots=True)
class Chapters:
    """Titles and when each begins, in 1/90,000 s, the first at 0; each lasts until the next.

    The text track's samples are :meth:`samples`, to lie one behind the other at byte ``offset``.
    """

    titles: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    offset: int = 0

    def add(self, title: str, start: int) -> None:
        """Begin another; a title that is too long for a chapter is shortened."""
        self.titles.append(_within(title, _TITLE_BYTES))
        self.starts.append(start)

    @property
    def reference(self) -> bytes:
        """What the picture's ``trak`` says of the text track."""
        return box(b"tref", box(b"chap", struct.pack(">I", _TRACK))) if self.titles else b""

    def samples(self) -> list[bytes]:
        """Give each title as a sample of the text track."""
        told = (each.encode() for each in self.titles)
        return [struct.pack(">H", len(each)) + each + _UTF_8 for each in told]

    def told(self) -> bytes:
        """Give the ``udta`` box with Nero's list; it holds 255 of them."""
        if not self.titles:
            return b""
        rows = list(map(_row, self.titles[:_MOST], self.starts))
        whole = struct.pack(">xxxxB", len(rows)) + b"".join(rows)
        return box(b"udta", full_box(b"chpl", 1, 0, whole))

    def track(self, end: int) -> bytes:
        """Give the ``trak`` box of the text track of a film that ends at ``end``."""
        if not self.titles:
            return b""
        tkhd = full_box(
            b"tkhd", 1, 0, struct.pack(">QQI4xQ", 0, 0, _TRACK, end), bytes(16), _MATRIX, bytes(8)
        )
        mdhd = full_box(b"mdhd", 1, 0, struct.pack(">QQIQHH", 0, 0, _RATE, end, 0x55C4, 0))
        hdlr = full_box(b"hdlr", 0, 0, bytes(4), b"text", bytes(12), b"Chapters\0")
        dref = full_box(b"dref", 0, 0, struct.pack(">I", 1), full_box(b"url ", 0, 1))
        minf = box(b"minf", _media_head(), box(b"dinf", dref), box(b"stbl", *self._tables(end)))
        return box(b"trak", tkhd, box(b"mdia", mdhd, hdlr, minf))

    def _tables(self, end: int) -> Iterator[bytes]:
        ends = [*self.starts[1:], end]
        lengths = [end - start for start, end in zip(self.starts, ends, strict=True)]
        sizes = [len(each) for each in self.samples()]
        count = len(sizes)
        yield full_box(b"stsd", 0, 0, struct.pack(">I", 1), _text_description())
        rows = [word for length in lengths for word in (1, length)]
        yield full_box(b"stts", 0, 0, struct.pack(f">{1 + 2 * count}I", count, *rows))
        yield full_box(b"stsz", 0, 0, struct.pack(f">{2 + count}I", 0, count, *sizes))
        yield full_box(b"stsc", 0, 0, struct.pack(">4I", 1, 1, count, 1))
        yield full_box(b"co64", 0, 0, struct.pack(">IQ", 1, self.offset))


def _row(title: str, start: int) -> bytes:
    told = _within(title, _NERO_TITLE_BYTES).encode()
    return struct.pack(">QB", start * _NERO_UNITS // _RATE, len(told)) + told


def _within(title: str, most_bytes: int) -> str:
    """Shorten a title to so many bytes, at the end of a letter."""
    return title.encode("utf-8", "replace")[:most_bytes].decode("utf-8", "ignore")


def _media_head() -> bytes:
    gmin = full_box(b"gmin", 0, 0, struct.pack(">4HH2x", 0x40, 0x8000, 0x8000, 0x8000, 0))
    return box(b"gmhd", gmin, box(b"text", _MATRIX))


def _text_description() -> bytes:
    font = box(b"ftab", struct.pack(">HHB", 1, 1, 0))
    style = struct.pack(">HHHBBI", 0, 0, 1, 0, 0, 0)
    return box(b"text", bytes(6), struct.pack(">HI", 1, 1), bytes(14), style, font)
