"""What a film to keep will be, before a picture of it is made: scenes, their parts, their lengths.

Every clip is one scene: its title card, then the clip at its own speed, standing still at its
freeze frame before it goes on, and, if asked for, all of it once more at half speed. Lengths are
whole pictures of the film, so what is planned is what is made, on any box, every time.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Protocol

from vigbox.errors import VigboxError
from vigbox.export.cards import Words
from vigbox.export.clips import LONGEST_MS as LONGEST_CLIP_MS
from vigbox.media import samples
from vigbox.media.boxes import BoxError
from vigbox.media.fragments import FilmIndex
from vigbox.media.moov import TICKS_PER_SECOND
from vigbox.media.scene import Format

MOST_CLIPS: Final = 30
LONGEST_S: Final = 20 * 60
SLOWNESS: Final = {100: 1, 50: 2, 25: 4}
"""Speeds in per cent, and how many times as long a clip becomes."""

_RATES: Final = (25, 30, 24)
"""Pictures a second that a film may have: sound and the clock of the file divide by them."""
_LONGEST_CARD_S: Final = 30.0
_LARGEST: Final = (1920, 1080)
_AGAIN: Final = 2
NO_WORDS: Final = Words("")


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
    once more at half speed. Its card says ``words``; without any there is none.
    """

    film: Source
    first: int
    end: int
    words: Words = NO_WORDS
    speed: int = 100
    freeze: int | None = None
    again: bool = False


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


@dataclass(frozen=True, slots=True)
class Titled:
    """A card that is shown for so many pictures of the film."""

    words: Words
    pictures: int


@dataclass(frozen=True, slots=True)
class Played:
    """Pictures of a recording, ``slowness`` times as long: so many of the film."""

    film: Source
    first: int
    end: int
    pictures: int
    slowness: int


@dataclass(frozen=True, slots=True)
class Stood:
    """One picture of a recording, for so many of the film."""

    film: Source
    picture: int
    pictures: int


PlannedPart = Titled | Played | Stood


@dataclass(frozen=True, slots=True)
class PlannedScene:
    """One clip's parts, or a card that stands alone; ``number`` is the clip's, from 1, or 0."""

    chapter: str
    parts: tuple[PlannedPart, ...]
    number: int = 0

    @property
    def pictures(self) -> int:
        """How many pictures of the film it is long."""
        return sum(each.pictures for each in self.parts)


@dataclass(frozen=True, slots=True)
class FilmPlan:
    """What all of the film shares, and its scenes in order."""

    shape: Format
    scenes: tuple[PlannedScene, ...]

    @property
    def pictures(self) -> int:
        """How many pictures it will have."""
        return sum(each.pictures for each in self.scenes)

    @property
    def length_s(self) -> float:
        """How long it will be."""
        return self.pictures / self.shape.rate


def plan(wish: Wish) -> FilmPlan:
    """Plan a film. Raises :class:`FilmError`, BoxError for a recording without pictures."""
    _check(wish)
    shape = _shape(wish.chosen)
    made = FilmPlan(shape, tuple(_scenes(wish, shape.rate)))
    if made.length_s > LONGEST_S:
        raise FilmError(
            f"The film would be {_minutes(made.length_s)} minutes long, and may be "
            f"{_minutes(LONGEST_S)}. Leave out some clips, or their slow motion."
        )
    return made


def _check(wish: Wish) -> None:
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
    if _ticks(clip.film.index, clip.first, clip.end) * 1000 > LONGEST_CLIP_MS * TICKS_PER_SECOND:
        raise FilmError(f"Clip {number} is longer than 5 minutes. Choose a shorter moment.")


def _scenes(wish: Wish, rate: int) -> Iterator[PlannedScene]:
    if wish.opening:
        card = Titled(wish.opening, _whole(wish.card_s, rate))
        yield PlannedScene(wish.opening.title or wish.code, (card,))
    for number, each in enumerate(wish.chosen, 1):
        told = (wish.code, str(number), each.words.title)
        chapter = " · ".join(part for part in told if part)
        yield PlannedScene(chapter, tuple(_parts(each, wish, rate)), number)
    if wish.closing:
        # it belongs to the last clip's chapter
        yield PlannedScene("", (Titled(wish.closing, _whole(wish.card_s, rate)),))


def _parts(clip: Chosen, wish: Wish, rate: int) -> Iterator[PlannedPart]:
    slowness = SLOWNESS[clip.speed]
    if clip.words != NO_WORDS:
        yield Titled(clip.words, _whole(wish.card_s, rate))
    if clip.freeze is None:
        yield _played(clip, clip.first, clip.end, slowness, rate)
    else:
        yield _played(clip, clip.first, clip.freeze + 1, slowness, rate)
        yield Stood(clip.film, clip.freeze, _whole(wish.freeze_s, rate))
        if clip.freeze + 1 < clip.end:
            yield _played(clip, clip.freeze + 1, clip.end, slowness, rate)
    if clip.again:
        yield _played(clip, clip.first, clip.end, _AGAIN, rate)


def _played(clip: Chosen, first: int, end: int, slowness: int, rate: int) -> Played:
    length_s = Fraction(_ticks(clip.film.index, first, end) * slowness, TICKS_PER_SECOND)
    return Played(clip.film, first, end, _whole(length_s, rate), slowness)


def _whole(length_s: Fraction | float, rate: int) -> int:
    """Give the nearest whole number of pictures, at least one."""
    return max(1, int(Fraction(length_s) * rate + Fraction(1, 2)))


def _ticks(index: FilmIndex, first: int, end: int) -> int:
    """Give how long some pictures of a recording are, in 1/90,000 s."""
    return (
        index.picture_times[end - 1] + index.pictures.duration(end - 1) - index.picture_times[first]
    )


def _shape(chosen: Sequence[Chosen]) -> Format:
    """Give the size that most of the film has, and the pictures a second that suit most of it."""
    sizes: Counter[tuple[int, int]] = Counter()
    rates: Counter[int] = Counter()
    for number, each in enumerate(chosen, 1):
        length = _ticks(each.film.index, each.first, each.end)
        try:
            sizes[samples.picture_track(each.film.index).size] += length
        except BoxError as error:
            raise FilmError(f"Clip {number}'s recording has no picture in it.") from error
        rates[_rate(each)] += length
    width, height = _within(max(sizes, key=lambda size: (sizes[size], size)))
    return Format(width, height, max(rates, key=lambda rate: (rates[rate], rate)))


def _rate(clip: Chosen) -> int:
    """Give the rate whose pictures lie closest to a clip's, each shown the same number of times."""
    pictures = clip.film.index.pictures
    lengths = sorted(pictures.duration(number) for number in range(clip.first, clip.end))
    told = Fraction(TICKS_PER_SECOND, max(1, lengths[len(lengths) // 2]))
    return min(_RATES, key=lambda rate: _unevenness(rate / told))


def _unevenness(times: Fraction) -> Fraction:
    return abs(times - max(1, round(times)))


def _within(size: tuple[int, int]) -> tuple[int, int]:
    """Give an even size of the same shape that every tablet plays."""
    long, short = _LARGEST if size[0] >= size[1] else _LARGEST[::-1]
    by = min(Fraction(1), Fraction(long, size[0]), Fraction(short, size[1]))
    return max(2, int(size[0] * by) // 2 * 2), max(2, int(size[1] * by) // 2 * 2)


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.1f}".removesuffix(".0")
