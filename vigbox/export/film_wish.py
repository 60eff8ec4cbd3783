"""A film as it is asked for: clips in order, cards, how each clip is shown; checked before work."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from vigbox.errors import VigboxError
from vigbox.export.cards import Words
from vigbox.export.clips import LONGEST_SHOWN_MS as LONGEST_CLIP_MS
from vigbox.media.fragments import FilmIndex
from vigbox.media.masking import Mask
from vigbox.media.moov import TICKS_PER_SECOND

MOST_CLIPS: Final = 30
SLOWNESS: Final = {100: 1, 50: 2, 25: 4}
"""Speeds in per cent, and how many times as long a clip becomes."""

NO_WORDS: Final = Words("")
_LONGEST_CARD_S: Final = 30.0


class FilmError(VigboxError):
    """A film to keep cannot be made like that; the text says what to change."""


class Reads(Protocol):
    """Reads a recording's plain bytes."""

    def read_at(self, offset: int, size: int, /) -> bytes:
        """Give bytes from an offset on."""


class Source(Protocol):
    """A recording as it is opened: :class:`~vigbox.export.clips.OpenedFilm`."""

    @property
    def index(self) -> FilmIndex:
        """What it holds."""

    @property
    def reader(self) -> Reads:
        """Reads its plain bytes."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """One clip of the film: pictures ``first`` up to but not including ``end`` of a recording.

    ``speed`` is in per cent, ``freeze`` the picture to stand still at, ``again`` whether it comes
    once more at half speed. Its card says ``words``; without any there is none. ``masks`` are
    painted over all of its pictures.
    """

    film: Source
    first: int
    end: int
    words: Words = NO_WORDS
    speed: int = 100
    freeze: int | None = None
    again: bool = False
    masks: Sequence[Mask] = ()


@dataclass(frozen=True, slots=True)
class Wish:
    """A film as it is asked for: under the code of its case, clips in order.

    ``opening`` and ``closing`` are cards before and after all of them; cards and still-stands
    take as many seconds as is said.
    """

    code: str
    chosen: Sequence[Chosen]
    opening: Words | None = None
    closing: Words | None = None
    card_s: float = 3.5
    freeze_s: float = 3.0


def check(wish: Wish) -> None:
    """Refuse what no film can be made of. Raises :class:`FilmError`."""
    if not 1 <= len(wish.chosen) <= MOST_CLIPS:
        raise FilmError(
            f"A film is made of 1 to {MOST_CLIPS} clips, not {len(wish.chosen)}. Choose the "
            "ones that matter most."
        )
    for name, seconds in (("card", wish.card_s), ("still-stand", wish.freeze_s)):
        if not 0 < seconds <= _LONGEST_CARD_S:
            raise FilmError(
                f"A {name} may take up to {_LONGEST_CARD_S:.0f} seconds, not {seconds:g}."
            )
    for number, each in enumerate(wish.chosen, 1):
        _check_clip(each, number)


def _check_clip(clip: Chosen, number: int) -> None:
    if not 0 <= clip.first < clip.end <= clip.film.index.picture_count:
        raise FilmError(
            f"Clip {number} does not lie inside its recording. Set its in and out anew."
        )
    if clip.speed not in SLOWNESS:
        raise FilmError(f"Clip {number}'s speed must be one of 100, 50, 25, not {clip.speed!r}.")
    if clip.freeze is not None and not clip.first <= clip.freeze < clip.end:
        raise FilmError(f"Clip {number}'s freeze frame lies outside of it. Choose another picture.")
    if ticks(clip.film.index, clip.first, clip.end) * 1000 > LONGEST_CLIP_MS * TICKS_PER_SECOND:
        raise FilmError(f"Clip {number} is longer than 5 minutes. Choose a shorter moment.")


def ticks(index: FilmIndex, first: int, end: int) -> int:
    """Give how long some pictures of a recording are, in 1/90,000 s."""
    return (
        index.picture_times[end - 1] + index.pictures.duration(end - 1) - index.picture_times[first]
    )
