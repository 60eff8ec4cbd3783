"""Reads a film from elsewhere and makes the recorder's kind of film of it. Runs in the sandbox.

Every picture keeps its own time, so what plays unevenly there plays the same here; more than our
pictures per second are thinned, a hole of more than a second is filled with the picture before it.
Pictures are turned upright, made square-pixelled and even, at most 1920 by 1080 either way up. The
film begins with whichever of picture and sound begins first; the first picture stands from 0 on.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, cast

import av
from av import AudioFrame, AudioStream, VideoFrame, VideoStream
from av.container import InputContainer
from av.error import FFmpegError, InvalidDataError
from av.packet import Packet

from vigbox.errors import VigboxError
from vigbox.media.foreign_pictures import Pictures
from vigbox.media.foreign_sound import ForeignSound
from vigbox.media.foreign_source import BLOCK_BYTES, Source
from vigbox.media.moov import TICKS_PER_SECOND
from vigbox.media.sound import SoundPacket
from vigbox.media.wire import Message
from vigbox.media.wire_messages import End, Failure, Shape, Sound

MOST_PIXELS: Final = 8192 * 4352
_NS: Final = 10**9
_CUT_S: Final = 1.5
"""A film that ends so much before the length it tells was cut off."""

_MOST_BAD_PACKETS: Final = 2000


class GivenUpError(VigboxError):
    """No film can be made of it."""

    def __init__(self, why: Failure) -> None:
        super().__init__(why.name.lower())
        self.why = why


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the film should be: bits and pictures a second, at most so long."""

    bits_per_second: int
    pictures_per_second: int
    longest_s: int


def convert(source: Source, demuxer: str, wishes: Wishes, say: Callable[[Message], None]) -> None:
    """Read the film with this demuxer alone; says shape, pictures and sound, then the end.

    Raises :class:`GivenUpError`, MemoryError.
    """
    with _opened(source, demuxer) as container:
        _Conversion(container, wishes, say).run()


def _opened(source: Source, demuxer: str) -> InputContainer:
    options = {"protocol_whitelist": "none", "max_streams": "64"}
    try:
        return cast(
            "InputContainer",
            av.open(
                source, format=demuxer, options=options, buffer_size=BLOCK_BYTES, io_open=_refuse,
                metadata_errors="replace",
            ),
        )  # fmt: skip
    except (FFmpegError, ValueError, EOFError) as error:
        if isinstance(error, MemoryError):
            raise
        raise GivenUpError(Failure.UNREADABLE) from error


def _refuse(url: str, flags: int, options: object) -> object:  # noqa: ARG001  # as av calls it
    raise PermissionError("a film from elsewhere opens no other file")


class _Conversion:
    def __init__(
        self, container: InputContainer, wishes: Wishes, say: Callable[[Message], None]
    ) -> None:
        self._container = container
        self._wishes = wishes
        self._say = say
        self._video = _usable(container.streams.best("video"))
        if not isinstance(self._video, VideoStream):
            raise GivenUpError(Failure.NO_PICTURE)
        found = _usable(container.streams.best("audio"))
        self._audio = found if isinstance(found, AudioStream) else None
        self._zero = _zero(self._video, self._audio)
        self._pictures = Pictures(self._video, wishes.bits_per_second, wishes.pictures_per_second)
        self._sounds = ForeignSound()
        self._held: list[SoundPacket] | None = []
        self._bad = 0

    def run(self) -> None:
        for frame in self._frames():
            if isinstance(frame, VideoFrame):
                self._give_pictures(frame)
            else:
                self._give(self._sounds.add(frame, self._time_of(frame)))
        self._give_pictures(None)
        if self._held is not None:
            raise GivenUpError(Failure.NO_PICTURE)
        self._give(self._sounds.finish() if self._audio else [])
        self._say(End(self._is_cut()))

    def _frames(self) -> Iterator[VideoFrame | AudioFrame]:
        streams = [each for each in (self._video, self._audio) if each is not None]
        packets = self._container.demux(streams)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except (FFmpegError, EOFError) as error:
                if isinstance(error, MemoryError):
                    raise
                # what came before the break is a film all the same
                packets = iter(())
                for each in streams:
                    yield from self._decoded(each, None)
                return
            yield from self._decoded(packet.stream, packet)  # type: ignore[arg-type]

    def _decoded(
        self, stream: VideoStream | AudioStream, packet: "Packet[Any] | None"
    ) -> Iterator[VideoFrame | AudioFrame]:
        try:
            yield from stream.decode(packet)
        except (InvalidDataError, EOFError):
            self._bad += 1
            if self._bad > _MOST_BAD_PACKETS:
                raise GivenUpError(Failure.BROKEN) from None

    def _time_of(self, frame: VideoFrame | AudioFrame) -> Fraction | None:
        pts = frame.pts if frame.pts is not None else frame.dts
        if pts is None or frame.time_base is None:
            return None
        time = Fraction(pts) * frame.time_base - self._zero
        if time > self._wishes.longest_s:
            raise GivenUpError(Failure.TOO_LONG)
        return time

    def _give_pictures(self, frame: VideoFrame | None) -> None:
        time = None if frame is None else self._time_of(frame)
        if frame is not None and frame.width * frame.height > MOST_PIXELS:
            raise GivenUpError(Failure.TOO_LARGE)
        for picture, sets in self._pictures.add(frame, time):
            if self._held is not None:
                self._say(self._shape(sets))
                held, self._held = self._held, None
                self._give(held)
            self._say(picture)

    def _shape(self, sets: bytes) -> Shape:
        width, height = self._pictures.size
        told_ms = min(int(self._told_s() * 1000), 2**32 - 1)
        return Shape(width, height, self._audio is not None, told_ms, sets)

    def _give(self, packets: list[SoundPacket]) -> None:
        if self._held is not None:
            self._held += packets
            return
        for each in packets:
            self._say(Sound(each.time_samples, each.data))

    def _told_s(self) -> float:
        """Give the length of the picture as the file tells it, 0 when it does not."""
        video = self._video
        if isinstance(video, VideoStream) and video.duration and video.time_base:
            return max(0.0, float(video.duration * video.time_base))
        return max(0.0, (self._container.duration or 0) / 1_000_000)

    def _is_cut(self) -> bool:
        end_s = max(self._pictures.last_tick / TICKS_PER_SECOND, self._sounds.end_ns / _NS)
        return self._told_s() - end_s > _CUT_S


def _usable(stream: Any) -> Any:  # noqa: ANN401  # any kind of stream, or none
    """Give a stream whose codec is known here, else none."""
    return stream if stream is not None and stream.codec_context is not None else None


def _zero(video: VideoStream, audio: AudioStream | None) -> Fraction:
    starts = [
        each.start_time * each.time_base
        for each in (video, audio)
        if each is not None and each.start_time is not None and each.time_base is not None
    ]
    return min(starts, default=Fraction(0))
