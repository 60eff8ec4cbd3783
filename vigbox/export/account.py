"""What was recovered of a film and what is missing, in seconds of the film."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from vigbox.media.moov import PICTURE_TRACK
from vigbox.media.runs import Run

_NS: Final = 10**9
_STOP_SLACK_NS: Final = 200_000_000
"""A stop is stamped when it is asked for, and the last pictures are a little older or younger."""

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Account:
    """Times in nanoseconds of the film.

    ``missing_from_ns`` is where it ends for want of its end, ``length_ns`` how long it was where
    that is known. ``broken`` are spans whose pictures lean on a lost one, up to the next keyframe.
    """

    recovered_ns: int
    length_ns: int | None
    missing: tuple[Span, ...]
    missing_from_ns: int | None
    broken: tuple[Span, ...]

    @property
    def is_whole(self) -> bool:
        """Whether nothing is missing."""
        return not self.missing and self.missing_from_ns is None


class _TrackAccount:
    """One track: how much was found, and what is missing in it."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self.found_ns = 0
        self.end_ns = 0
        self.missing: list[Span] = []
        self.broken: list[Span] = []
        self._has_lost = False
        self._leans_since: int | None = None

    def lose(self) -> None:
        """Note that a fragment is lost between what was found and what will be."""
        self._has_lost = True

    def add(self, start: int, rows: Sequence[tuple[int, int, bool]]) -> None:
        """Add samples, as a run tells them."""
        start_ns = start * _NS // self._rate
        end_ns = (start + sum(row[0] for row in rows)) * _NS // self._rate
        if self._has_lost and start_ns > self.end_ns:
            self.missing.append((self.end_ns, start_ns))
            self._leans_since = start_ns
        self._has_lost = False
        self._lean(start, rows, end_ns)
        self.found_ns += end_ns - start_ns
        self.end_ns = end_ns

    def settle(self) -> None:
        """Close what is open at the end."""
        if self._leans_since is not None and self.end_ns > self._leans_since:
            self.broken.append((self._leans_since, self.end_ns))

    def _lean(self, start: int, rows: Sequence[tuple[int, int, bool]], end_ns: int) -> None:
        if self._leans_since is None:
            return
        key_ns = end_ns
        for duration, _, is_key in rows:
            if is_key:
                key_ns = start * _NS // self._rate
                break
            start += duration
        else:
            return
        if key_ns > self._leans_since:
            self.broken.append((self._leans_since, key_ns))
        self._leans_since = None


class FilmAccount:
    """Counts the fragments of a film, in their order; ``rates`` are the ticks of each track."""

    def __init__(self, rates: dict[int, int]) -> None:
        self._tracks = {number: _TrackAccount(rate) for number, rate in rates.items()}
        self._number = 0
        self._stop_ns: int | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there was no fragment."""
        return self._number == 0

    def add(self, number: int, found: Iterable[Run]) -> None:
        """Add a fragment."""
        if number != self._number + 1:
            for track in self._tracks.values():
                track.lose()
        self._number = number
        for each in found:
            self._tracks[each.track].add(each.start, each.rows)

    def stop(self, time_ns: int) -> None:
        """Note the film's own word of when it was stopped."""
        self._stop_ns = time_ns

    def settle(self, *, is_finished: bool, has_lost: bool) -> Account:
        """Give the account; ``has_lost`` tells of a hole after the last fragment."""
        for track in self._tracks.values():
            track.settle()
        end_ns = self._main.end_ns
        missing, length_ns, missing_from_ns = self._missing(), end_ns, None
        if has_lost and self._stop_ns and self._stop_ns > end_ns + _STOP_SLACK_NS:
            missing.append((end_ns, self._stop_ns))
            length_ns = self._stop_ns
        elif self._stop_ns is None and (has_lost or not is_finished):
            missing_from_ns = end_ns
        return Account(
            recovered_ns=self._main.found_ns,
            length_ns=None if missing_from_ns is not None else length_ns,
            missing=tuple(missing),
            missing_from_ns=missing_from_ns,
            broken=tuple(self._broken()),
        )

    @property
    def _main(self) -> _TrackAccount:
        """The pictures; the sound when there are none."""
        return max(
            self._tracks.values(),
            key=lambda track: (track.found_ns > 0, track is self._tracks.get(PICTURE_TRACK)),
        )

    def _missing(self) -> list[Span]:
        """Give what is missing of the pictures, and of the sound where they are all there."""
        spans = list(self._main.missing)
        for track in self._tracks.values():
            spans += [each for each in track.missing if not any(_meet(each, one) for one in spans)]
        return sorted(spans)

    def _broken(self) -> list[Span]:
        pictures = self._tracks.get(PICTURE_TRACK)
        return pictures.broken if pictures else []


def _meet(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]
