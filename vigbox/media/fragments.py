"""What a film holds and where: built by looking at the head of each fragment, nothing else.

Only whole fragments count, so a film that was cut anywhere is indexed up to its last whole one,
and a film that grows is followed from where the last look ended.
"""

import struct
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from vigbox.media.boxes import Box, BoxError, ReadAt, iter_boxes
from vigbox.media.events import Event, parse_event
from vigbox.media.moov import BRAND, FILM_ID, PICTURE_TRACK, SOUND_TRACK, TICKS_PER_SECOND
from vigbox.media.runs import runs

SYNC_BYTES: Final = 65_536
"""A box that ends at a multiple of this may be a sync point."""

_LARGEST_HEAD_BYTES: Final = 1 << 20
_RECORD: Final = struct.Struct(">QI")
_TIMES: Final = 1 << 32
"""Times of a film fit into 32 bits: 13 hours of pictures."""


@dataclass(slots=True)
class TrackIndex:
    """One track: each sample's size, start and duration in the track's time, and where runs lie."""

    sizes: "array[int]" = field(default_factory=lambda: array("I"))
    times: "array[int]" = field(default_factory=lambda: array("Q"))
    last_duration: int = 0
    offsets: "array[int]" = field(default_factory=lambda: array("Q"))
    counts: "array[int]" = field(default_factory=lambda: array("I"))
    firsts: "array[int]" = field(default_factory=lambda: array("I"))
    is_key: bytearray = field(default_factory=bytearray)

    @property
    def end(self) -> int:
        """Where the last sample ends."""
        return self.times[-1] + self.last_duration if self.times else 0

    def add_run(self, start: int, offset: int, rows: list[tuple[int, int, bool]]) -> None:
        """Add samples that lie one behind the other: (duration, size, is a keyframe) for each."""
        self.offsets.append(offset)
        self.counts.append(len(rows))
        self.firsts.append(len(self.times))
        for duration, size, is_key in rows:
            self.sizes.append(size)
            self.times.append(start)
            self.is_key.append(is_key)
            start += duration
        self.last_duration = rows[-1][0]

    def duration(self, number: int) -> int:
        """Give how long a sample is shown or heard, in the track's time."""
        if number + 1 < len(self.times):
            return self.times[number + 1] - self.times[number]
        return self.last_duration

    def place(self, number: int) -> int:
        """Give the byte at which a sample lies."""
        run = bisect_right(self.firsts, number) - 1
        return self.offsets[run] + sum(self.sizes[self.firsts[run] : number])


class FilmIndex:
    """Where every picture and every packet of sound lies in a film's plain bytes."""

    def __init__(self) -> None:
        self._forget()

    def _forget(self) -> None:
        self.pictures = TrackIndex()
        self.sound = TrackIndex()
        self.moov = b""
        self.film_id = ""
        self.is_ours = False
        self.events: list[Event] = []
        self.first = 0
        self.end = 0
        self.sync_end = 0
        self._moof: tuple[int, bytes] | None = None

    @classmethod
    def scan(cls, read_at: ReadAt, size: int) -> "FilmIndex":
        """Index the first ``size`` bytes of a film.

        Raises :class:`~vigbox.media.boxes.BoxError` when they are no film.
        """
        index = cls()
        index.extend(read_at, size)
        return index

    @classmethod
    def from_sidecar(cls, data: bytes) -> "FilmIndex":
        """Index a film from what :class:`IndexWriter` wrote beside it. Raises BoxError."""
        index = cls()
        for offset, piece in _records(data):
            # what lies between two records is padding
            if offset != index.end and offset % SYNC_BYTES == 0:
                index.sync_end = offset
            index.end = offset
            index._follow(_shifted(piece, offset), _told_end(piece, offset))
        return index

    def extend(self, read_at: ReadAt, size: int) -> None:
        """Follow a film that has grown to ``size`` bytes. Raises BoxError.

        A film that is shorter than what was indexed, as a sidecar may tell after a cut, is
        looked at anew.
        """
        if size < self.end:
            self._forget()
        self._follow(read_at, size)

    @property
    def picture_times(self) -> "array[int]":
        """When each picture begins, in 1/90,000 s."""
        return self.pictures.times

    @property
    def picture_count(self) -> int:
        """How many pictures there are."""
        return len(self.pictures.times)

    @property
    def duration_ns(self) -> int:
        """How long the picture is."""
        return self.pictures.end * 10**9 // TICKS_PER_SECOND

    @property
    def is_keyframe(self) -> bytearray:
        """For each picture whether it stands by itself."""
        return self.pictures.is_key

    def _follow(self, read_at: ReadAt, size: int) -> None:
        self._moof = None
        for each in iter_boxes(read_at, self.end, size):
            self._take(each, read_at)
            if self._moof is None:
                self.end = each.end
                if each.end % SYNC_BYTES == 0:
                    self.sync_end = each.end

    def _take(self, each: Box, read_at: ReadAt) -> None:
        match each.kind:
            case b"ftyp":
                self.is_ours = BRAND in _body(each, read_at)
            case b"uuid":
                self._take_id(_body(each, read_at))
            case b"moov" if not self.moov:
                self.moov = _body(each, read_at)
                self.first = each.end
            case b"emsg":
                if (event := parse_event(_body(each, read_at))) is not None:
                    self.events.append(event)
            case b"moof" if self.moov:
                size = _bounded(each.end - each.start)
                self._moof = (each.start, read_at(each.start, size))
            case b"mdat":
                self._take_samples(each)
            case b"free":
                pass
            case _:
                raise BoxError(f"at byte {each.start} the film goes on with what is no film")

    def _take_id(self, body: bytes) -> None:
        if body[: len(FILM_ID)] == FILM_ID:
            self.film_id = body[len(FILM_ID) :].hex()

    def _take_samples(self, mdat: Box) -> None:
        if self._moof is None:
            raise BoxError(f"at byte {mdat.start} the film has samples that nothing tells of")
        (start, moof), self._moof = self._moof, None
        for run in runs(moof):
            offset = start + run.offset
            size = sum(row[1] for row in run.rows)
            if offset < mdat.body or offset + size > mdat.end:
                raise BoxError(f"a fragment at byte {start} points outside itself")
            self._add(run.track, run.start, offset, run.rows)

    def _add(self, number: int, start: int, offset: int, rows: list[tuple[int, int, bool]]) -> None:
        track = {PICTURE_TRACK: self.pictures, SOUND_TRACK: self.sound}.get(number)
        end = start + sum(row[0] for row in rows)
        if track is None or start < track.end or end >= _TIMES or not rows:
            raise BoxError("a fragment's samples do not follow the ones before")
        track.add_run(start, offset, rows)


class IndexWriter:
    """Makes the records of a sidecar: a byte offset, a length, and the head of what lies there."""

    def record_for(self, offset: int, data: bytes) -> bytes:
        """Give the record of a header, an event or a fragment that begins at a film's byte.

        Of a fragment the ``moof`` and the header of its ``mdat`` are kept.
        """
        (size,) = struct.unpack_from(">I", data)
        head = data[: size + 8] if data[4:8] == b"moof" else data
        return _RECORD.pack(offset, len(head)) + head


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    at, before = 0, -1
    while at < len(data):
        try:
            offset, size = _RECORD.unpack_from(data, at)
        except struct.error as error:
            raise BoxError("the index is cut off") from error
        piece = data[at + _RECORD.size : at + _RECORD.size + size]
        if len(piece) != size or offset <= before:
            raise BoxError("the index is damaged")
        yield offset, piece
        at, before = at + _RECORD.size + size, offset


def _shifted(piece: bytes, offset: int) -> ReadAt:
    return lambda start, size: piece[start - offset : start - offset + size]


def _told_end(piece: bytes, offset: int) -> int:
    """Where what a record tells of ends in the film."""
    if piece[4:8] != b"moof":
        return offset + len(piece)
    moof = int.from_bytes(piece[:4])
    return offset + moof + int.from_bytes(piece[moof : moof + 4])


def _body(each: Box, read_at: ReadAt) -> bytes:
    return read_at(each.body, _bounded(each.end - each.body))


def _bounded(size: int) -> int:
    if size > _LARGEST_HEAD_BYTES:
        raise BoxError(f"a head of {size} bytes is larger than any film has")
    return size
