"""Finds the whole fragments of a film with holes.

As long as one box follows the other their lengths tell the way. After a hole the film is searched
for the next ``moof``; it counts only when every table in it fits the samples behind it, and its
number and times go on from the fragment before. After a sync point that is a chunk's edge.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from vigbox.export.holes import HoledFilm
from vigbox.media.boxes import HEADER_BYTES, Box, BoxError
from vigbox.media.runs import Run, runs
from vigbox.seal.payload import CHUNK_BYTES

_KINDS: Final = frozenset({b"ftyp", b"uuid", b"moov", b"moof", b"mdat", b"emsg", b"free"})
_MOOF: Final = b"moof"
_MFHD: Final = b"\0\0\0\x10mfhd"
_NUMBER_AT: Final = 20
_LARGEST_HEAD_BYTES: Final = 1 << 20
_LARGEST_FRAGMENT_BYTES: Final = 64 << 20


@dataclass(frozen=True, slots=True)
class FoundFragment:
    """A whole ``moof`` and ``mdat``: its number in the film, and what it holds of which track."""

    number: int
    runs: tuple[Run, ...]
    data: bytes


@dataclass(frozen=True, slots=True)
class FoundEvent:
    """A whole ``emsg`` box."""

    payload: bytes
    data: bytes


class FragmentFinder:
    """Walks through a film from a byte on; ``tracks`` are the numbers of its tracks."""

    def __init__(self, film: HoledFilm, tracks: frozenset[int]) -> None:
        self._film = film
        self._tracks = tracks
        self._number = 0
        self._ends = dict.fromkeys(tracks, 0)
        self.has_lost = False

    def walk(self, start: int) -> Iterator[FoundFragment | FoundEvent]:
        """Give what is found, in order. ``has_lost`` tells of a hole since the last fragment."""
        at: int | None = start
        while at is not None and not self._film.ends_at(at):
            here = box_at(self._film, at)
            if here is None:
                at = self._search(at)
                continue
            piece = self._piece(here)
            at = here.start + len(piece.data) if piece else here.end
            if piece:
                yield piece

    def _piece(self, here: Box) -> FoundFragment | FoundEvent | None:
        if here.kind == b"emsg":
            data = read_box(self._film, here)
            return FoundEvent(data[HEADER_BYTES:], data) if data else None
        if here.kind != _MOOF:
            return None
        fragment = self._fragment(here)
        self.has_lost = fragment is None
        if fragment:
            self._number = fragment.number
            self._ends |= {each.track: end_of(each) for each in fragment.runs}
        return fragment

    def _fragment(self, here: Box) -> FoundFragment | None:
        """Give the fragment that begins with this ``moof``, None when it is not whole."""
        moof, mdat = read_box(self._film, here), box_at(self._film, here.end)
        if moof is None or mdat is None or mdat.kind != b"mdat":
            return None
        number, found = _numbered(moof), _runs(moof)
        size = mdat.end - here.start
        if number <= self._number or size > _LARGEST_FRAGMENT_BYTES:
            return None
        if not self._go_on(found) or not _fill(found, mdat.body - here.start, size):
            return None
        data = self._film.read(here.start, size)
        return FoundFragment(number, tuple(found), data) if data else None

    def _go_on(self, found: list[Run]) -> bool:
        """Say whether runs are of our tracks, and later than what was found before."""
        ends = dict(self._ends)
        for each in found:
            if each.track not in self._tracks or each.start < ends[each.track] or not each.rows:
                return False
            ends[each.track] = end_of(each)
        return bool(found)

    def _search(self, start: int) -> int | None:
        """Give where the next whole fragment begins after a byte."""
        self.has_lost = True
        first, before = start // CHUNK_BYTES, b""
        for index in range(first, self._film.chunks):
            text = self._film.chunk(index) or b""
            joined, base = before + text, index * CHUNK_BYTES - len(before)
            at = joined.find(_MOOF)
            while at >= 0:
                here = box_at(self._film, base + at - 4) if base + at - 4 > start else None
                if here and self._fragment(here):
                    return here.start
                at = joined.find(_MOOF, at + 1)
            before = text[-3:]
        return None


def box_at(film: HoledFilm, at: int) -> Box | None:
    """Give the box that begins at a byte, None when no box of a film does."""
    head = film.read(at, HEADER_BYTES)
    if head is None:
        return None
    size, kind = struct.unpack(">I4s", head)
    if kind not in _KINDS or size < HEADER_BYTES:
        return None
    return Box(kind, at, at + HEADER_BYTES, at + size)


def read_box(film: HoledFilm, here: Box) -> bytes | None:
    """Give all of a box but samples, None unless it is whole."""
    size = here.end - here.start
    return film.read(here.start, size) if size <= _LARGEST_HEAD_BYTES else None


def _numbered(moof: bytes) -> int:
    if moof[HEADER_BYTES:].startswith(_MFHD):
        return int.from_bytes(moof[_NUMBER_AT : _NUMBER_AT + 4])
    return 0


def _runs(moof: bytes) -> list[Run]:
    try:
        return list(runs(moof))
    except BoxError:
        return []


def _fill(found: list[Run], start: int, end: int) -> bool:
    """Say whether the samples lie one behind the other and fill the ``mdat``."""
    for each in sorted(found, key=lambda run: run.offset):
        if each.offset != start:
            return False
        start += sum(row[1] for row in each.rows)
    return start == end


def end_of(run: Run) -> int:
    """Give where a run ends, in its track's own time."""
    return run.start + sum(row[0] for row in run.rows)
