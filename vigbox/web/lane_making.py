"""Makes the lanes of one film, each by itself: what cannot be read costs that lane alone."""

import errno
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeVar

from vigbox.errors import VigboxError
from vigbox.media.boxes import ReadAt
from vigbox.media.fragments import FilmIndex
from vigbox.media.lanes import Lanes, Stretch
from vigbox.media.moments import candidates
from vigbox.media.motion import make_motion
from vigbox.media.speech import Samples, speech
from vigbox.media.strip import Strip, make_strip
from vigbox.media.wave import make_wave, speech_samples
from vigbox.seal.errors import PayloadError

Told = Callable[[float], None]
"""Is told how much is done, 0 to 1; may raise to stop."""
Made = TypeVar("Made")

_log = logging.getLogger(__name__)

_MS: Final = 1_000_000
_SHARES: Final = {"strip": 0.15, "motion": 0.05, "wave": 0.2, "speech": 0.6}
_WORDS: Final = {
    "strip": "the pictures",
    "motion": "the movement",
    "wave": "the sound",
    "speech": "the voices",
}
DAMAGED: Final = "Part of this film cannot be read from the card; what could be read is shown."


class LostError(VigboxError):
    """Neither pictures nor sound of a film could be looked at."""


class StoppedError(Exception):
    """The making of lanes was stopped: the box was locked, or another film comes first.

    Not a VigboxError: those are damage to whoever reads samples, and are passed over.
    """


@dataclass(frozen=True, slots=True)
class Makers:
    """What makes each lane; another maker can be handed in."""

    strip: Callable[[FilmIndex, ReadAt, Told], Strip] = lambda index, read_at, told: make_strip(
        index, read_at, progress=told
    )
    wave: Callable[[FilmIndex, ReadAt, Told], bytes] = lambda index, read_at, told: make_wave(
        index, read_at, progress=told
    )
    motion: Callable[[FilmIndex], bytes] = make_motion
    samples: Callable[[FilmIndex, ReadAt], Iterator[Samples]] = speech_samples


def make(index: FilmIndex, read_at: ReadAt, told: Told, makers: Makers) -> Lanes:
    """Make every lane of a film.

    Raises :class:`LostError`, OSError of the card, and what ``told`` raises to stop.
    """
    film = _Film(index, read_at, told)
    length_ms = index.duration_ns // _MS
    strip = film.lane("strip", lambda told: _strip(film, makers, told), None)
    motion = film.lane("motion", lambda _told: makers.motion(index), b"")
    wave = film.lane("wave", lambda told: makers.wave(index, film.read_at, told), b"")
    nothing: tuple[Stretch, ...] = ()
    heard = film.lane("speech", lambda told: _heard(film, makers, length_ms, told), nothing)
    if film.is_lost:
        raise LostError("Neither the pictures nor the sound of this film could be read.")
    moments = tuple(candidates(heard, motion, length_ms))
    return Lanes(wave, motion, heard, moments, strip, film.why())


def _strip(film: "_Film", makers: Makers, told: Told) -> Strip | None:
    return makers.strip(film.index, film.read_at, told)


def _heard(film: "_Film", makers: Makers, length_ms: int, told: Told) -> tuple[Stretch, ...]:
    samples = film.until_damage(makers.samples(film.index, film.read_at))
    found = speech(samples, progress=lambda ms: told(min(1.0, ms / max(1, length_ms))))
    return tuple((start, min(end, length_ms)) for start, end in found if start < length_ms)


class _Film:
    """One film that is read around its holes; remembers which lanes could not be made."""

    def __init__(self, index: FilmIndex, read_at: ReadAt, told: Told) -> None:
        self.index = index
        self._read_at = read_at
        self._told = told
        self._done = 0.0
        self._missing: list[str] = []
        self._is_holed = False

    def lane(self, name: str, make: Callable[[Told], Made], empty: Made) -> Made:
        """Make one lane; an empty one when that fails."""
        begun, share = self._done, _SHARES[name]
        try:
            return make(lambda part: self._told(begun + share * part))
        except (StoppedError, OSError):
            raise
        except Exception:  # noqa: BLE001  # a decoder fails on damage in any way
            _log.warning("the lane %r could not be made", name, exc_info=True)
            self._missing.append(name)
            return empty
        finally:
            self._done += share

    def read_at(self, offset: int, size: int) -> bytes:
        """Read, and remember holes. Raises PayloadError for one, OSError, and what stops the work.

        What the card cannot read (EIO) is a hole as well: the rest of the film is worth showing.
        """
        self._told(self._done)
        try:
            return self._read_at(offset, size)
        except PayloadError:
            self._is_holed = True
            raise
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            self._is_holed = True
            raise PayloadError(f"the card cannot read the film at byte {offset}") from error

    def until_damage(self, samples: Iterator[Samples]) -> Iterator[Samples]:
        """Give samples up to where they cannot be decoded any more."""
        try:
            yield from samples
        except (StoppedError, OSError):
            raise
        except Exception:  # noqa: BLE001  # what was heard until there is kept
            _log.warning("the sound could not be heard to its end", exc_info=True)
            self._is_holed = True

    def why(self) -> str:
        """Tell what is missing, empty when nothing is."""
        missing = [_WORDS[each] for each in self._missing]
        lost = [f"Of {' and '.join(missing)} nothing could be made."] if missing else []
        return " ".join([DAMAGED] * self._is_holed + lost)

    @property
    def is_lost(self) -> bool:
        """Whether there is nothing to show: neither pictures nor sound."""
        return {"strip", "wave"} <= set(self._missing)
