"""Writes a plain MP4 as its samples come, in bounded memory.

What fits into memory is held until the end is known, and its tables go in front. A longer film
goes out as it comes, and its tables lie at the end.
"""

import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol

from vigbox.media.fragments import TrackIndex
from vigbox.media.moov import Track
from vigbox.media.samples import Progress, nobody
from vigbox.media.tables import FTYP, plain_head, plain_tail

MOST_HELD_BYTES: Final = 32 << 20
_MDAT_HEADER_BYTES: Final = 8


class Sink(Protocol):
    """What a film is written to, from its first byte to its last."""

    def write(self, data: bytes, /) -> object:
        """Take some bytes."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One picture or packet of sound; ``duration`` is in its track's time."""

    data: bytes
    duration: int
    is_key: bool = True


@dataclass(frozen=True, slots=True)
class Run:
    """Samples that lie one behind the other: (duration, size, is a keyframe) for each.

    ``read`` gives their bytes, of which ``held_bytes`` are in memory until then.
    """

    rows: list[tuple[int, int, bool]]
    read: Callable[[], bytes]
    held_bytes: int = 0


def held_run(samples: Iterable[Sample]) -> Run:
    """Give a run of samples that are in memory."""
    kept = list(samples)
    data = b"".join(each.data for each in kept)
    rows = [(each.duration, len(each.data), each.is_key) for each in kept]
    return Run(rows, lambda: data, len(data))


def in_seconds(samples: Iterable[Sample], rate: int) -> Iterator[Run]:
    """Give samples in runs of a second, as they come; ``rate`` is their track's."""
    run: list[Sample] = []
    length = 0
    for each in samples:
        run.append(each)
        length += each.duration
        if length >= rate:
            yield held_run(run)
            run, length = [], 0
    if run:
        yield held_run(run)


class PlainWriter:
    """Takes runs, each of the track with that number, and writes them to a sink."""

    def __init__(self, sink: Sink, most_held_bytes: int = MOST_HELD_BYTES) -> None:
        self._sink = sink
        self._most_held_bytes = most_held_bytes
        self._waiting: list[tuple[int, Run]] = []
        self._held_bytes = 0
        self._indexes: dict[int, TrackIndex] = {}
        self._place = 0

    @property
    def is_long(self) -> bool:
        """Whether the film is too long to be held, and has begun to go out."""
        return bool(self._place)

    def add(self, number: int, run: Run) -> None:
        """Add a run. Raises what the run and the sink raise."""
        self._waiting.append((number, run))
        self._held_bytes += run.held_bytes
        if self.is_long:
            self._send()
        elif self._held_bytes > self._most_held_bytes:
            self._put(FTYP)
            self._send()

    def finish(self, tracks: Iterable[Track], step: Progress = nobody) -> None:
        """Write the rest; ``tracks`` describe the numbers. Raises as :meth:`add`, and ``step``."""
        if self.is_long:
            self._sink.write(plain_tail(self._told(tracks)))
            return
        size = 0
        for number, run in self._waiting:
            size += self._note(number, run, size)
        self._sink.write(plain_head(self._told(tracks), 0, size))
        for number, (_, run) in enumerate(self._waiting, 1):
            self._sink.write(run.read())
            step(number / len(self._waiting))

    def _send(self) -> None:
        for number, run in self._waiting:
            size = self._note(number, run, self._place + _MDAT_HEADER_BYTES)
            self._put(struct.pack(">I4s", _MDAT_HEADER_BYTES + size, b"mdat"))
            self._put(run.read())
        self._waiting.clear()

    def _note(self, number: int, run: Run, place: int) -> int:
        index = self._indexes.setdefault(number, TrackIndex())
        index.add_run(index.end, place, run.rows)
        return sum(size for _, size, _ in run.rows)

    def _put(self, data: bytes) -> None:
        self._sink.write(data)
        self._place += len(data)

    def _told(self, tracks: Iterable[Track]) -> list[tuple[Track, TrackIndex]]:
        return [(each, self._indexes.get(each.number, TrackIndex())) for each in tracks]
