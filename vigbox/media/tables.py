"""Sample tables: where each sample of a plain MP4 lies and how long it is shown.

ISO/IEC 14496-12, 8.6 and 8.7: ``stts``, ``stss``, ``stsz``, ``stsc``, ``co64``.
"""

import struct
import sys
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain, groupby
from typing import Final

from vigbox.media.boxes import Box, BoxError, box, full_box, iter_boxes
from vigbox.media.chapters import Chapters
from vigbox.media.fragments import TrackIndex
from vigbox.media.moov import TICKS_PER_SECOND, Track, moov

FTYP: Final = box(b"ftyp", b"isom", bytes(4), b"isomiso2avc1mp41")
"""How every plain MP4 begins."""
_MDAT_BYTES: Final = 16


def plain_head(
    tracks: Iterable[tuple[Track, TrackIndex]], first: int, data_bytes: int, more: bytes = b""
) -> bytes:
    """Give everything of a plain MP4 before its samples: ``ftyp``, ``moov``, ``mdat``'s header.

    The samples' offsets are those of a file whose bytes from ``first`` on, ``data_bytes`` of
    them, follow the head. ``more`` are boxes for the end of the ``moov``.
    """
    filled = [(track, samples) for track, samples in tracks if len(samples.times)]
    # the table's length does not depend on where it points
    shift = len(FTYP) + len(_movie(filled, 0, more)) + _MDAT_BYTES - first
    mdat = struct.pack(">I4sQ", 1, b"mdat", _MDAT_BYTES + data_bytes)
    return FTYP + _movie(filled, shift, more) + mdat


def plain_tail(
    tracks: Iterable[tuple[Track, TrackIndex]], chapters: Chapters | None = None
) -> bytes:
    """Give the ``moov`` of a plain MP4 whose samples lie in front of it, where the tracks say."""
    chapters = chapters or Chapters()
    filled = [(track, samples) for track, samples in tracks if len(samples.times)]
    told = [_with_tables(track, samples, 0) for track, samples in filled]
    longest = _longest(filled)
    told = [each if each.is_sound else _referring(each, chapters) for each in told]
    return moov(told, longest, chapters.track(longest), chapters.told())


def _referring(pictures: Track, chapters: Chapters) -> Track:
    return replace(pictures, edits=pictures.edits + chapters.reference)


def tracks_of(header: bytes) -> list[Track]:
    """Give the tracks that a film's ``moov`` payload describes. Raises BoxError."""
    try:
        tracks = list(_tracks(header))
    except struct.error as error:
        raise BoxError(f"the film's header is cut: {error}") from error
    if not all(each.rate for each in tracks):
        raise BoxError("the film's header tells no time")
    return tracks


def _tracks(header: bytes) -> Iterator[Track]:
    for trak in _children(header, 0, len(header), b"trak"):
        tkhd = _child(header, trak, b"tkhd")
        mdia = _child(header, trak, b"mdia")
        (number,) = struct.unpack_from(">I", header, tkhd.body + 20)
        width, height = struct.unpack_from(">II", header, tkhd.end - 8)
        (rate,) = struct.unpack_from(">I", header, _child(header, mdia, b"mdhd").body + 20)
        stbl = _child(header, _child(header, mdia, b"minf"), b"stbl")
        stsd = _child(header, stbl, b"stsd")
        description = header[stsd.body + 8 : stsd.end]
        yield Track(number, rate, description, (width >> 16, height >> 16))


def _movie(tracks: list[tuple[Track, TrackIndex]], shift: int, more: bytes) -> bytes:
    told = [_with_tables(track, samples, shift) for track, samples in tracks]
    return moov(told, _longest(tracks), more)


def _longest(tracks: list[tuple[Track, TrackIndex]]) -> int:
    """Give how long the film is, in 1/90,000 s."""
    ends = (samples.end * TICKS_PER_SECOND // track.rate for track, samples in tracks)
    return max(ends, default=0)


def _with_tables(track: Track, samples: TrackIndex, shift: int) -> Track:
    start = samples.times[0]
    length = samples.end - start
    return replace(
        track,
        duration=length,
        edits=_edits(start, length, track.rate) if start else b"",
        tables=_tables(samples, shift, with_keys=not track.is_sound),
    )


def _tables(samples: TrackIndex, shift: int, *, with_keys: bool) -> bytes:
    durations = [after - at for at, after in zip(samples.times, samples.times[1:], strict=False)]
    durations.append(samples.last_duration)
    pairs = [(len(list(same)), value) for value, same in groupby(durations)]
    stts = full_box(b"stts", 0, 0, _words([len(pairs), *chain.from_iterable(pairs)]))
    keys = [number + 1 for number, is_key in enumerate(samples.is_key) if is_key]
    stss = full_box(b"stss", 0, 0, _words([len(keys), *keys])) if with_keys else b""
    sizes = _words([0, len(samples.sizes)]) + _words(samples.sizes)
    chunks = _chunk_counts(samples.counts)
    stsc = full_box(b"stsc", 0, 0, _words([len(chunks), *chain.from_iterable(chunks)]))
    places = array(
        "Q", [offset + shift for offset in samples.offsets] if shift else samples.offsets
    )
    co64 = full_box(b"co64", 0, 0, _words([len(places)]), _big_endian(places))
    return stts + stss + full_box(b"stsz", 0, 0, sizes) + stsc + co64


def _chunk_counts(counts: Iterable[int]) -> list[tuple[int, int, int]]:
    """Give (first chunk, samples in each, description) wherever the count changes."""
    rows, number = [], 1
    for count, same in groupby(counts):
        rows.append((number, count, 1))
        number += len(list(same))
    return rows


def _edits(start: int, length: int, rate: int) -> bytes:
    """Say that a track begins later than the film: an empty edit, then all of it."""
    wait, whole = (value * TICKS_PER_SECOND // rate for value in (start, length))
    rows = struct.pack(">QqHH", wait, -1, 1, 0) + struct.pack(">QqHH", whole, 0, 1, 0)
    return box(b"edts", full_box(b"elst", 1, 0, struct.pack(">I", 2), rows))


def _words(values: Iterable[int]) -> bytes:
    return _big_endian(array("I", values))


def _big_endian(values: "array[int]") -> bytes:
    if sys.byteorder == "little":
        values = array(values.typecode, values)
        values.byteswap()
    return values.tobytes()


def _child(data: bytes, parent: Box, kind: bytes) -> Box:
    for each in _children(data, parent.body, parent.end, kind):
        return each
    raise BoxError(f"the film's header has no {kind.decode()}")


def _children(data: bytes, start: int, end: int, kind: bytes) -> list[Box]:
    found = iter_boxes(lambda offset, size: data[offset : offset + size], start, end)
    return [each for each in found if each.kind == kind]
