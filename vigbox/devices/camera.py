"""What a camera promises: H.264 pictures on CLOCK_MONOTONIC."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from av import VideoFrame

from vigbox.errors import VigboxError
from vigbox.model import NS


class CameraError(VigboxError):
    """The camera cannot be used; the text says why and what to do."""


class AbsentError(CameraError):
    """There is no camera just now. A look tells when there is one, and nobody has to try it."""


SMALL_WIDTH: Final = 320
LOOKED_AT_NS: Final = 2 * NS
"""Small pictures are kept for so long after a look, and believed for so long."""


def small_size(size: tuple[int, int]) -> tuple[int, int]:
    """Give the size of the small picture: of the same shape, both even, never larger."""
    width, height = size
    small = min(SMALL_WIDTH, width)
    return small, height * small // width // 2 * 2


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

    def problem(self) -> str | None:
        """Say why a start would be refused; empty when it would not, None while nobody knows.

        Never opens the camera. May be asked from any thread; waits for nothing.
        """

    def watch(self) -> None:
        """Open for looking alone: nothing is encoded or given. Raises :class:`CameraError`."""

    def start(self, when_picture: Callable[[Picture], None]) -> None:
        """Begin; the first picture is a keyframe. Raises :class:`CameraError`.

        A camera that is watched is handed over: no picture is given that was taken before.
        """

    def look(self) -> VideoFrame | None:
        """Give the latest small picture, about 320 wide; None while there is none.

        The first look gives nothing: small pictures are kept only while somebody looks. A picture
        older than 2 s is none. May be asked from any thread; waits for nothing.
        """

    def blank(self, *, is_blank: bool) -> None:
        """Make every picture black from the next one on, or show the room again."""

    def stop(self) -> None:
        """End; after this no further picture comes."""
