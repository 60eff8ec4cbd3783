"""Cuts a clip, exact to the picture: re-encodes up to the first keyframe in it, copies the rest.

Sound is decoded, trimmed to the sample and encoded again. Nothing before the in or after the out
is in the file, hidden or not. A film whose pictures cannot be copied so is encoded again whole,
and where it is damaged the picture before stands still.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice, zip_longest
from typing import Final

import av

from vigbox.errors import VigboxError
from vigbox.media import clip_sound, samples
from vigbox.media.again import Again
from vigbox.media.boxes import BoxError, ReadAt
from vigbox.media.decoded import AllLostError, Held, Pictures
from vigbox.media.fragments import FilmIndex
from vigbox.media.join import Join, NoJoinError, join, with_sets
from vigbox.media.moov import PICTURE_TRACK, SOUND_TRACK, TICKS_PER_SECOND, Track
from vigbox.media.plain import MOST_HELD_BYTES, PlainWriter, Run, Sink, held_run, in_seconds
from vigbox.media.samples import Progress, nobody
from vigbox.media.sound import RATE

_AHEAD: Final = 16
"""How many seconds of sound may be ready before their pictures are."""
_MADE: Final = 0.8
"""How far a clip is when all of it is made, and nothing written."""


class ClipRangeError(VigboxError):
    """A clip's in and out are not inside the film, in that order."""


@dataclass(frozen=True, slots=True)
class Cut:
    """What was cut: pictures, of which so many were encoded again, and the length in ns.

    ``held`` of them are the one before them, standing still: the film is damaged there.
    """

    pictures: int
    encoded: int
    length_ns: int
    held: int = 0


def cut_clip(
    read_at: ReadAt,
    index: FilmIndex,
    first: int,
    end: int,
    sink: Sink,
    step: Progress = nobody,
    *,
    most_held_bytes: int = MOST_HELD_BYTES,
) -> Cut:
    """Write pictures ``first`` up to but not including ``end`` as a plain MP4.

    A clip of which more than ``most_held_bytes`` would be in memory has its tables at its end.
    Raises :class:`ClipRangeError`, BoxError, OSError, and what ``step`` and the sink raise.
    """
    if not 0 <= first < end <= index.picture_count:
        raise ClipRangeError(
            f"a clip must begin before it ends, inside the film's {index.picture_count} pictures"
        )
    pictures = Pictures(index, read_at, samples.picture_track(index))
    clip = _Clip(pictures, range(first, end), PlainWriter(sink, most_held_bytes), step)
    with ThreadPoolExecutor(1) as pool:
        heard = _ahead(pool, clip.sound())
        try:
            return clip.copied(join(pictures, clip.wanted), heard)
        except NoJoinError:
            return clip.encoded(heard)


@dataclass
class _Clip:
    """One clip on its way."""

    pictures: Pictures
    wanted: range
    writer: PlainWriter
    step: Progress

    @property
    def _index(self) -> FilmIndex:
        return self.pictures.index

    def sound(self) -> Iterator[Run]:
        """Give its sound, nothing when the film has none."""
        if not samples.has_sound(self._index):
            return iter(())
        times = self._index.picture_times
        ends = times[self.wanted.start], self._end_of(self.wanted.stop - 1)
        first, last = (tick * RATE // TICKS_PER_SECOND for tick in ends)
        return clip_sound.sound_seconds(self._index, self.pictures.read_at, first, last)

    def copied(self, begun: Join, heard: Iterator[Run]) -> Cut:
        """Write it with all pictures behind the join as they are in the film."""
        seconds = self._seconds(begun)
        self._write(seconds, heard)
        return self._finished(begun.track, len(begun.encoded))

    def encoded(self, heard: Iterator[Run]) -> Cut:
        """Write it with every picture encoded again."""
        again = Again(self.pictures.usual_duration(self.wanted), few=False)
        held = Held()
        frames = held.whole(self.pictures.decoded(self.wanted))
        timed = zip(frames, map(self.pictures.duration, self.wanted), strict=True)
        try:
            self._write(in_seconds(again.samples(timed), TICKS_PER_SECOND), heard)
        except (AllLostError, av.error.FFmpegError) as error:
            raise self._undecodable() from error
        track = with_sets(self.pictures.track, again.sets)
        return self._finished(track, len(self.wanted), held.count)

    def _write(self, seen: Iterator[Run], heard: Iterator[Run]) -> None:
        """Write a second of each in turn."""
        done = 0
        for picture_run, sound_run in zip_longest(seen, heard):
            if picture_run is not None:
                self.writer.add(PICTURE_TRACK, picture_run)
                done += len(picture_run.rows)
            if sound_run is not None:
                self.writer.add(SOUND_TRACK, sound_run)
            self.step(_MADE * done / len(self.wanted))

    def _written(self, share: float) -> None:
        self.step(_MADE + (1 - _MADE) * share)

    def _finished(self, track: Track, encoded: int, held: int = 0) -> Cut:
        self.writer.finish([track, clip_sound.TRACK], self._written)
        self.step(1.0)
        times = self._index.picture_times
        ticks = self._end_of(self.wanted.stop - 1) - times[self.wanted.start]
        return Cut(len(self.wanted), encoded, ticks * 10**9 // TICKS_PER_SECOND, held)

    def _seconds(self, begun: Join) -> Iterator[Run]:
        if begun.encoded:
            yield held_run(begun.encoded)
        index = self._index
        run: list[int] = []
        for number in range(begun.copied_from, self.wanted.stop):
            run.append(number)
            if self._end_of(number) - index.picture_times[run[0]] >= TICKS_PER_SECOND:
                yield self._as_it_is(run)
                run = []
        if run:
            yield self._as_it_is(run)

    def _as_it_is(self, numbers: list[int]) -> Run:
        track = self._index.pictures
        rows = [(track.duration(n), track.sizes[n], bool(track.is_key[n])) for n in numbers]
        return Run(rows, lambda: b"".join(map(self._sample, numbers)))

    def _sample(self, number: int) -> bytes:
        data = self.pictures.sample(number)
        if data is None:  # it was read a moment ago
            raise BoxError(f"cannot cut: picture {number} of the film cannot be read any more")
        return data

    def _end_of(self, number: int) -> int:
        return self._index.picture_times[number] + self.pictures.duration(number)

    def _undecodable(self) -> BoxError:
        return BoxError(
            f"cannot cut: the film's pictures {self.wanted.start} to {self.wanted.stop - 1} do "
            "not decode. Begin the clip at another picture."
        )


def _ahead(pool: ThreadPoolExecutor, runs: Iterator[Run]) -> Iterator[Run]:
    """Let a thread make some runs while others are waited for; gives all of them."""

    def some() -> list[Run]:
        return list(islice(runs, _AHEAD))

    coming = pool.submit(some)

    def rest() -> Iterator[Run]:
        nonlocal coming
        while found := coming.result():
            coming = pool.submit(some)
            yield from found

    return rest()
