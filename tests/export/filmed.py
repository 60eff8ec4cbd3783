"""Recordings as they are opened, for films to be made of, and a film read back."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import islice
from typing import Any

from av.video.frame import PictureType

from tests.media import drawn
from vigbox.devices.drawn import DrawnStage
from vigbox.export.film_plan import Played, Stood, Titled, plan
from vigbox.export.film_wish import Chosen, Wish
from vigbox.media.fragments import FilmIndex

RATE = drawn.RATE


@dataclass
class Opened:
    """A drawn film, as the web's shelf would hold it."""

    film: drawn.Film

    @cached_property
    def index(self) -> FilmIndex:
        return FilmIndex.scan(self.film.read_at, len(self.film.data))

    @property
    def reader(self) -> drawn.Film:
        return self.film

    @property
    def numbers(self) -> list[int]:
        """The number that is drawn into each picture."""
        return [each.number for each in self.film.shots]


def even(seconds: int) -> Opened:
    """A recording with every picture, exactly 40 ms apart, and sound that is told as exactly."""
    pictures = list(islice(DrawnStage(*drawn.SIZE, RATE).pictures(), RATE * seconds))
    encoder, shots = drawn._encoder(""), []
    for number, (time_ns, frame) in enumerate(pictures):
        frame.pict_type = PictureType.NONE if number % RATE else PictureType.I
        frame.pts, frame.time_base = time_ns // 1000, Fraction(1, 1_000_000)
        shots += [
            drawn.Shot(number, bytes(packet), time_ns, packet.is_keyframe)
            for packet in encoder.encode(frame)
        ]
    sound = islice(DrawnStage(*drawn.SIZE, RATE).sound(), 50 * seconds)
    blocks = ((block, number * 20 * drawn.MS) for number, block in enumerate(sound))
    return Opened(drawn.record(shots, blocks))


def shown(wish: Wish) -> Iterator[int | None]:
    """What should be seen: each picture's number, or none for a card, reckoned another way.

    A picture of the film shows the last of the recording whose time, slowed, was not after the
    middle of the pause before it.
    """
    made = plan(wish)
    for part in (each for scene in made.scenes for each in scene.parts):
        match part:
            case Titled():
                yield from [None] * part.pictures
            case Stood():
                yield from [_numbers(part.film)[part.picture]] * part.pictures
            case Played():
                yield from _played(part, made.shape.rate)


def _played(part: Played, rate: int) -> Iterator[int]:
    times = part.film.index.picture_times
    slowed = [(times[n] - times[part.first]) * part.slowness for n in range(part.first, part.end)]
    numbers = _numbers(part.film)[part.first : part.end]
    for place in range(part.pictures):
        until = (place + 0.5) * 90_000 / rate
        begun = [number for number, at in zip(numbers, slowed, strict=True) if at < until]
        yield begun[-1]


def _numbers(film: object) -> list[int]:
    assert isinstance(film, Opened)
    return film.numbers


class Sink(io.BytesIO):
    """Remembers what was written to it, and how much at once."""

    def __init__(self) -> None:
        super().__init__()
        self.largest = 0

    def write(self, data: object) -> int:
        size = super().write(data)  # type: ignore[arg-type]
        self.largest = max(self.largest, size)
        return size


def chosen(film: Opened, facts: dict[str, Any]) -> Chosen:
    """A clip that would do, but for some facts."""
    return replace(Chosen(film, 10, 20), **facts)
