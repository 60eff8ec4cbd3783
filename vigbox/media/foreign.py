"""Reads a film from elsewhere and makes the recorder's kind of film of it. Runs in the sandbox.

Every picture keeps its own time, so what plays unevenly there plays the same here; more than our
pictures per second are thinned, a hole of more than a second is filled with the picture before it.
Pictures are turned upright, made square-pixelled and even, at most 1920 by 1080 either way up. The
film begins with whichever of picture and sound begins first; the first picture stands from 0 on.
"""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, Protocol, cast

import av
from av import AudioFrame, AudioResampler, AudioStream, VideoFrame, VideoStream
from av.container import InputContainer
from av.error import FFmpegError, InvalidDataError
from av.packet import Packet

from vigbox.errors import VigboxError
from vigbox.media.foreign_pictures import Pictures
from vigbox.media.moov import TICKS_PER_SECOND
from vigbox.media.sound import RATE, SoundPacket, SoundTrack
from vigbox.media.wire import End, Failure, Message, Shape, Sound

MOST_PIXELS: Final = 8192 * 4352
_NS: Final = 10**9
_CUT_S: Final = 1.5
"""A film that ends so much before the length it tells was cut off."""

_MOST_BAD_PACKETS: Final = 2000
_SILENCE_STEP_NS: Final = _NS
_BLOCK: Final = 1 << 18


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


class Bytes(Protocol):
    """Where the bytes of the film come from."""

    def ask(self, offset: int, size: int) -> bytes:
        """Give bytes, fewer only at the end."""


class Source(io.RawIOBase):
    """The film as a file that is asked for piece by piece."""

    def __init__(self, wire: Bytes, size: int) -> None:
        self._wire = wire
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def seekable(self) -> bool:
        """Tell that any place can be asked for."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def tell(self) -> int:
        """Give the place."""
        return self._at

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401  # as io names it
        """Fill the buffer as far as the film goes."""
        view = memoryview(buffer)
        wanted = max(0, min(len(view), _BLOCK, self._size - self._at))
        data = self._wire.ask(self._at, wanted) if wanted else b""
        view[: len(data)] = data
        self._at += len(data)
        return len(data)


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
                source, format=demuxer, options=options, buffer_size=_BLOCK, io_open=_refuse,
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
        self._sounds = _Sounds()
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


class _Sounds:
    """Brings any sound to 48 kHz mono, placed by its own times."""

    def __init__(self) -> None:
        self._resampler: AudioResampler | None = None
        self._shape: object = None
        self._track = SoundTrack()
        self.end_ns = 0

    def add(self, frame: AudioFrame, time: Fraction | None) -> list[SoundPacket]:
        time_ns = self.end_ns if time is None else int(time * _NS)
        shape = (frame.format.name, frame.layout.name, frame.sample_rate)
        if shape != self._shape:  # a call's file changes in the middle
            self._shape, self._resampler = shape, AudioResampler("s16", "mono", RATE)
        made = []
        frame.pts = None
        for each in self._resampler.resample(frame) if self._resampler else ():
            made += self._push(bytes(each.planes[0])[: each.samples * 2], time_ns)
            time_ns += each.samples * _NS // RATE
        return made

    def finish(self) -> list[SoundPacket]:
        made = self._track.finish()
        self._track.close()
        return made

    def _push(self, samples: bytes, time_ns: int) -> list[SoundPacket]:
        made = []
        while time_ns - self.end_ns > _SILENCE_STEP_NS:
            # a long hole at once would take the memory of all of it
            made += self._track.push(bytes(RATE * 2), self.end_ns)
            self.end_ns += _SILENCE_STEP_NS
        made += self._track.push(samples, time_ns)
        self.end_ns = max(self.end_ns, time_ns + len(samples) // 2 * _NS // RATE)
        return made


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
