"""A stage and its seats: what the screen of one shared review shows, and who sees it."""

from dataclasses import dataclass, field
from typing import Any, Final

from vigbox.errors import VigboxError

SPEEDS: Final = (100, 50, 25)
_TRIES: Final = 5


class StageError(VigboxError):
    """The client screen cannot do that."""


class WrongPinError(StageError):
    """What was typed is not the way out."""


@dataclass(slots=True)
class Seat:
    """A browser that is a client screen. ``pin`` lets it out, as long as tries are left.

    ``is_same``: it is the practitioner's own tablet, which may also play and go on.
    """

    key: str = field(repr=False)
    review: str
    is_same: bool
    pin: str = field(default="", repr=False)
    tries: int = _TRIES
    seen_ns: int = 0


@dataclass(slots=True)
class Stage:
    """What the screen of one review shows.

    ``clip`` is a place from 1 up to ``of``; ``freeze_s`` where in it the freeze frame is, in
    seconds; ``starts`` counts plays from the beginning; ``speed`` is in per cent.
    """

    review: str
    token: str = field(repr=False)
    clip: int = 0
    of: int = 0
    freeze_s: float | None = None
    speed: int = 100
    starts: int = 0
    change: int = 0
    is_playing: bool = False
    is_looping: bool = False
    is_frozen: bool = False
    is_blank: bool = False

    def facts(self) -> dict[str, Any]:
        """Give what a screen follows: nothing of it names a case or a person."""
        return {
            "change": self.change,
            "clip": self.clip,
            "of": self.of,
            "freeze_s": self.freeze_s,
            "speed": self.speed,
            "starts": self.starts,
            "playing": self.is_playing,
            "loop": self.is_looping,
            "frozen": self.is_frozen,
            "blank": self.is_blank,
        }

    def show(self, clip: int, speed: int, freeze_s: float | None = None) -> None:
        """Put a clip on the stage, standing at its beginning."""
        self.clip, self.speed, self.freeze_s = clip, speed, freeze_s
        self.is_playing = self.is_frozen = self.is_blank = False
        self.starts += 1
        self.change += 1

    def do(self, what: str, value: object = None) -> None:
        """Do one thing. Raises :class:`StageError`."""
        if what in ("play", "again"):
            self.is_playing, self.is_frozen, self.is_blank = True, False, False
            self.starts += what == "again"
        elif what == "pause":
            self.is_playing = self.is_frozen = False
        elif what == "freeze":
            self.is_frozen, self.is_playing = not self.is_frozen, False
        elif what == "speed" and type(value) is int and value in SPEEDS:
            self.speed = value
        elif what == "loop":
            self.is_looping = not self.is_looping
        elif what == "blank":
            self.is_blank, self.is_playing = not self.is_blank, False
        else:
            raise StageError(f"the client screen cannot do {what!r} {value!r}.")
        self.change += 1
