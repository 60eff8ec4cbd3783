"""The pictures of a part of a film, each decoded exactly or told to be lost.

After a picture that is damaged none is right until the next that stands alone: whatever a decoder
makes of those, they are lost as well.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import av
from av import Packet
from av.stream import Stream
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from vigbox.media import h264, samples
from vigbox.media.boxes import BoxError, ReadAt
from vigbox.media.fragments import FilmIndex
from vigbox.media.moov import Track

_ENOUGH: Final = 250


class AllLostError(BoxError):
    """Not one of the wanted pictures decodes."""


@dataclass(frozen=True, slots=True)
class Pictures:
    """The pictures of a film, by number."""

    index: FilmIndex
    read_at: ReadAt
    track: Track

    def sample(self, number: int) -> bytes | None:
        """Read one as it is kept; None when it is damaged. Raises OSError."""
        return samples.read(self.read_at, self.index.pictures, number)

    def stands_alone(self, number: int) -> bool:
        """Tell whether a picture, and all behind it, need none from before. Raises OSError."""
        return bool(self.index.is_keyframe[number]) and h264.stands_alone(
            self.sample(number) or b""
        )

    def duration(self, number: int) -> int:
        """Give for how many ticks one is shown."""
        return self.index.pictures.duration(number)

    def usual_duration(self, wanted: range) -> int:
        """Give for how many ticks a picture is shown as a rule."""
        found = sorted(map(self.duration, wanted[:_ENOUGH]))
        return found[len(found) // 2]

    def decoded(self, wanted: range) -> Iterator[VideoFrame | None]:
        """Give each wanted picture in turn, None for those that are lost. Raises OSError."""
        key = next((n for n in range(wanted.start, -1, -1) if self.stands_alone(n)), 0)
        at, is_broken = key, False
        for number, frame in self._frames(range(key, wanted.stop)):
            is_broken = (is_broken or number > at) and not self.stands_alone(number)
            is_broken = is_broken or frame.is_corrupt
            yield from (None for lost in range(at, number) if lost in wanted)
            if number in wanted:
                yield None if is_broken else frame
            at = number + 1
        yield from (None for lost in range(at, wanted.stop) if lost in wanted)

    def _frames(self, numbers: range) -> Iterator[tuple[int, VideoFrame]]:
        """Give what a decoder makes of pictures, in their order."""
        decoder = samples.picture_decoder(self.track)
        of_time = {self.index.picture_times[number]: number for number in numbers}
        for number in numbers:
            packet = samples.picture_packet(self.read_at, self.index, number)
            if packet is not None:
                yield from _told(decoder, packet, of_time)
        yield from _told(decoder, None, of_time)


def _told(
    decoder: VideoCodecContext, packet: "Packet[Stream] | None", of_time: dict[int, int]
) -> Iterator[tuple[int, VideoFrame]]:
    try:
        frames = decoder.decode(packet)
    except av.error.FFmpegError:
        return
    for frame in frames:
        if frame.pts in of_time:
            yield of_time[frame.pts], frame


class Held:
    """Holds the picture before one that is lost, or else the one that comes first.

    ``count`` tells for how many, once all were given.
    """

    def __init__(self) -> None:
        self.count = 0

    def whole(self, frames: Iterable[VideoFrame | None]) -> Iterator[VideoFrame]:
        """Give a picture for each. Raises :class:`AllLostError`."""
        last: VideoFrame | None = None
        for frame in frames:
            if frame is not None and last is None:
                yield from [frame] * self.count
            self.count += frame is None
            last = frame or last
            if last is not None:
                yield last
        if last is None:
            raise AllLostError(f"none of {self.count} pictures decodes")
