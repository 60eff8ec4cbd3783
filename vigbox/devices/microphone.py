"""What a microphone promises: 48 kHz mono sound on CLOCK_MONOTONIC."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from vigbox.devices.level import Level
from vigbox.errors import VigboxError

SAMPLES_PER_SECOND: Final = 48_000
BLOCK_SAMPLES: Final = 960
"""20 ms: what a callback carries."""


class MicrophoneError(VigboxError):
    """The microphone cannot be used; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Sound:
    """A run of samples, int16 little-endian mono; ``time_ns`` is when the first was taken."""

    samples: bytes
    time_ns: int


class Microphone(Protocol):
    """A source of sound."""

    def start(self, when_sound: Callable[[Sound], None]) -> None:
        """Begin to give blocks of 20 ms. Raises :class:`MicrophoneError`."""

    def level(self) -> Level:
        """Tell how loud it is just now; silence while it is stopped. Any thread may ask."""

    def stop(self) -> None:
        """End; after this no further block comes."""
