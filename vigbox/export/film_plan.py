"""What a film to keep will be, before a picture of it is made: scenes, their parts, their lengths.

Every clip is one scene: its title card, then the clip at its own speed, standing still at its
freeze frame before it goes on, and, if asked for, all of it once more at half speed. Lengths are
whole pictures of the film, so what is planned is what is made, on any box, every time.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from vigbox.export.cards import Words
from vigbox.export.film_wish import (
    NO_WORDS,
    SLOWNESS,
    Chosen,
    FilmError,
    Source,
    Wish,
    check,
    ticks,
)
from vigbox.media import samples
from vigbox.media.boxes import BoxError
from vigbox.media.masking import Mask
from vigbox.media.moov import TICKS_PER_SECOND
from vigbox.media.scene import Format

LONGEST_S: Final = 20 * 60
_RATES: Final = (25, 30, 24)
"""Pictures a second that a film may have: sound and the clock of the file divide by them."""
_LARGEST: Final = (1920, 1080)
_AGAIN: Final = 2


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
    masks: Sequence[Mask] = ()


@dataclass(frozen=True, slots=True)
class Stood:
    """One picture of a recording, for so many of the film."""

    film: Source
    picture: int
    pictures: int
    masks: Sequence[Mask] = ()


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
    check(wish)
    shape = _shape(wish.chosen)
    made = FilmPlan(shape, tuple(_scenes(wish, shape.rate)))
    if made.length_s > LONGEST_S:
        raise FilmError(
            f"The film would be {_minutes(made.length_s)} minutes long, and may be "
            f"{_minutes(LONGEST_S)}. Leave out some clips, or their slow motion."
        )
    return made


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
        yield Stood(clip.film, clip.freeze, _whole(wish.freeze_s, rate), clip.masks)
        if clip.freeze + 1 < clip.end:
            yield _played(clip, clip.freeze + 1, clip.end, slowness, rate)
    if clip.again:
        yield _played(clip, clip.first, clip.end, _AGAIN, rate)


def _played(clip: Chosen, first: int, end: int, slowness: int, rate: int) -> Played:
    length_s = Fraction(ticks(clip.film.index, first, end) * slowness, TICKS_PER_SECOND)
    return Played(clip.film, first, end, _whole(length_s, rate), slowness, clip.masks)


def _whole(length_s: Fraction | float, rate: int) -> int:
    """Give the nearest whole number of pictures, at least one."""
    return max(1, int(Fraction(length_s) * rate + Fraction(1, 2)))


def _shape(chosen: Sequence[Chosen]) -> Format:
    """Give the size that most of the film has, and the pictures a second that suit most of it."""
    sizes: Counter[tuple[int, int]] = Counter()
    rates: Counter[int] = Counter()
    for number, each in enumerate(chosen, 1):
        length = ticks(each.film.index, each.first, each.end)
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
