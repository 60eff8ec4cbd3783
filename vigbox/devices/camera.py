"""What a camera promises: H.264 pictures on CLOCK_MONOTONIC."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from vigbox.errors import VigboxError


class CameraError(VigboxError):
    """The camera cannot be used; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One encoded picture: an H.264 access unit in Annex B form, no B-frames.

    ``time_ns`` is when its exposure began, on CLOCK_MONOTONIC. A keyframe carries its SPS and
    PPS in front.
    """

    data: bytes
    time_ns: int
    is_keyframe: bool


class Camera(Protocol):
    """A source of pictures; ``size`` is (width, height) in pixels."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""

    @property
    def is_stuck(self) -> bool:
        """Whether it has not let go since a stop; only another process can have it again."""

    def start(self, when_picture: Callable[[Picture], None]) -> None:
        """Begin; the first picture is a keyframe. Raises :class:`CameraError`."""

    def blank(self, *, is_blank: bool) -> None:
        """Make every picture black from the next one on, or show the room again."""

    def stop(self) -> None:
        """End; after this no further picture comes."""
