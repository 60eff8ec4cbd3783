"""What a worker gives is hostile until it has passed here: order, sizes and times are bounded."""

from typing import Final

from vigbox.media.boxes import BoxError
from vigbox.media.h264 import avc_configuration, parameter_sets
from vigbox.media.moov import TICKS_PER_SECOND
from vigbox.media.mux import SAMPLES_PER_PACKET
from vigbox.media.sound import RATE
from vigbox.media.wire_messages import End, Picture, Shape, Sound, WireError

_LONG_SIDE: Final = 1920
_SHORT_SIDE: Final = 1080
_SETS_BYTES: Final = 1024
_SOUND_BYTES: Final = 8192
_SPARE_S: Final = 60
_BYTES_AHEAD: Final = 16 << 20
_BYTES_PER_S: Final = 8 << 20
"""Several times what any setting asks for: a stream that gives more fills memory and card."""

_PICTURES_AHEAD: Final = 32
_TIMES_THE_RATE: Final = 2
"""The worker keeps to its rate; pictures that tell no time come beside, 25 a second."""

Part = Shape | Picture | Sound | End


class Checked:
    """Follows what a worker gives; raises WireError at the first thing that cannot be."""

    def __init__(self, longest_s: int, pictures_per_second: int) -> None:
        self._longest_s = longest_s + _SPARE_S
        self._most_per_s = _TIMES_THE_RATE * pictures_per_second
        self._shape: Shape | None = None
        self._tick = -1
        self._pictures = 0
        self._bytes = 0
        self._sample = 0

    def passed(self, part: Part) -> Part:
        """Give the part again. Raises :class:`~vigbox.media.wire.WireError`."""
        match part:
            case Shape():
                self._check_shape(part)
            case Picture():
                self._check_picture(part)
            case Sound():
                self._check_sound(part)
            case End():
                _demand(self._tick >= 0, "the end of no film")
        return part

    def _check_shape(self, shape: Shape) -> None:
        sides = sorted((shape.width, shape.height))
        is_even = not (sides[0] % 2 or sides[1] % 2)
        fits = sides[0] <= _SHORT_SIDE and sides[1] <= _LONG_SIDE and sides[0] > 0
        has_sets = _are_sets(shape.parameter_sets)
        _demand(self._shape is None, "a second shape")
        _demand(is_even and fits, "a picture of an odd size")
        _demand(has_sets, "no parameter sets")
        self._shape = shape

    def _check_picture(self, picture: Picture) -> None:
        is_first = self._tick < 0
        _demand(self._shape is not None, "a picture before its shape")
        _demand(picture.tick > self._tick, "a picture out of order")
        _demand(not is_first or (picture.is_keyframe and not picture.tick), "no first picture")
        _demand(picture.tick <= self._longest_s * TICKS_PER_SECOND, "a picture after the end")
        _demand(bool(picture.data), "an empty picture")
        self._tick = picture.tick
        self._check_amount(len(picture.data))

    def _check_amount(self, size: int) -> None:
        """Bound pictures and bytes by the time they fill: each picture is a row in every table."""
        self._pictures += 1
        self._bytes += size
        most_pictures = _PICTURES_AHEAD + self._most_per_s * self._tick // TICKS_PER_SECOND
        most_bytes = _BYTES_AHEAD + _BYTES_PER_S * self._tick // TICKS_PER_SECOND
        is_film = self._pictures <= most_pictures and self._bytes <= most_bytes
        _demand(is_film, "more than any film has")

    def _check_sound(self, sound: Sound) -> None:
        has_sound = self._shape is not None and self._shape.has_sound
        _demand(has_sound, "sound that was not announced")
        _demand(sound.sample == self._sample, "sound out of order")
        _demand(sound.sample <= self._longest_s * RATE, "sound after the end")
        _demand(0 < len(sound.data) <= _SOUND_BYTES, "a packet of sound of an odd size")
        self._sample += SAMPLES_PER_PACKET


def _are_sets(sets: bytes) -> bool:
    if len(sets) > _SETS_BYTES or parameter_sets(sets) != sets:
        return False
    try:
        return bool(avc_configuration(sets))
    except (BoxError, IndexError, ValueError):
        return False


def _demand(holds: bool, what: str) -> None:  # noqa: FBT001  # as an assertion reads
    if not holds:
        raise WireError(f"the film's reader gave {what}")
