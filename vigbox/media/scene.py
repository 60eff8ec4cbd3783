"""The parts of a film: cards, moving pictures and still-stands, each so many pictures long.

A slowed part at half speed keeps its sound at its pitch, a slower one is silent, as are cards and
still-stands.
"""

from dataclasses import dataclass
from typing import Final

from vigbox.media.sound import RATE

_SLOWEST_HEARD: Final = 2


@dataclass(frozen=True, slots=True)
class Format:
    """What all of a film shares: its size, both even, and its pictures a second."""

    width: int
    height: int
    rate: int


@dataclass(frozen=True, slots=True)
class Card:
    """A drawn picture (RGB, 8 bits, of the film's size) that is shown for so many pictures."""

    data: bytes
    pictures: int


@dataclass(frozen=True, slots=True)
class Moving:
    """A clip (plain MP4), ``slowness`` times as long as it was; ``pictures`` of the film in all.

    ``matrix`` is how its colours are meant, as FFmpeg's scaler calls it.
    """

    data: bytes
    pictures: int
    slowness: int = 1
    is_heard: bool = True
    matrix: str = "auto"

    @property
    def has_sound(self) -> bool:
        """Whether anything of it is heard in the film."""
        return self.is_heard and self.slowness <= _SLOWEST_HEARD


@dataclass(frozen=True, slots=True)
class Standing:
    """A clip of one picture, shown for so many."""

    data: bytes
    pictures: int
    matrix: str = "auto"


Part = Card | Moving | Standing


def samples_of(pictures: int, rate: int) -> int:
    """Give how many samples of sound go with so many pictures."""
    return pictures * RATE // rate
