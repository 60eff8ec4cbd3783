"""Pictures of a film from elsewhere: upright, even, at our rate, encoded as the recorder's are."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Final

import av
from av import VideoFrame, VideoStream
from av.error import BlockingIOError as NotYetError
from av.error import EOFError as NoMoreError
from av.filter import Graph
from av.filter.context import FilterContext
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType

from vigbox.media.h264 import parameter_sets
from vigbox.media.moov import TICKS_PER_SECOND
from vigbox.media.wire_messages import Picture

LONG_SIDE: Final = 1920
SHORT_SIDE: Final = 1080
_TICK: Final = Fraction(1, TICKS_PER_SECOND)
_TOLERANCE_TICKS: Final = 450
"""Times that were rounded to milliseconds shake by less than these 5 ms."""

_TURNS: Final = {
    90: ("transpose", "cclock"),
    -90: ("transpose", "clock"),
    180: ("hflip,vflip", ""),
    -180: ("hflip,vflip", ""),
}
_X264: Final = {
    "preset": "veryfast",
    "forced-idr": "1",
    "crf": "20",
    "x264-params": "bframes=0:keyint=infinite:open-gop=0:repeat-headers=1:colormatrix=bt709:"
    "colorprim=bt709:transfer=bt709",
}


class Pictures:
    """Takes decoded pictures in the order they are shown, gives encoded ones.

    ``last_tick`` is when the last one taken is shown, in 1/90,000 s.
    """

    def __init__(self, stream: VideoStream, bits_per_second: int, pictures_per_second: int) -> None:
        self._aspect = stream.sample_aspect_ratio or Fraction(1)
        self._bits_per_second = bits_per_second
        self._step_ticks = TICKS_PER_SECOND // pictures_per_second
        self._due_tick = 0
        self._encoder: VideoCodecContext | None = None
        self._upright: _Upright | None = None
        self._before: VideoFrame | None = None
        self._key_tick = 0
        self.size = (0, 0)
        self.last_tick = -1

    def add(
        self, frame: VideoFrame | None, time: Fraction | None
    ) -> Iterator[tuple[Picture, bytes]]:
        """Take a picture shown at a time of the film, None at its end; gives what is encoded.

        With each come the parameter sets of a keyframe, else nothing.
        """
        if frame is None:
            yield from self._flushed()
        elif (tick := self._place(time)) is not None:
            yield from self._filled(tick)
            made = self._turned(frame)
            self._before = made
            yield from self._encoded(made, tick)

    def _place(self, time: Fraction | None) -> int | None:
        """Give where a picture belongs; None when it is one too many, or comes out of order."""
        if self.last_tick < 0:
            self._due_tick = self._step_ticks
            return 0
        if time is None:
            return self.last_tick + TICKS_PER_SECOND // 25
        tick = round(time * TICKS_PER_SECOND)
        # one that shakes comes a little early and is no further one
        if tick <= self.last_tick or tick < self._due_tick - self._step_ticks // 3:
            return None
        self._due_tick = max(self._due_tick, tick) + self._step_ticks
        return tick

    def _filled(self, tick: int) -> Iterator[tuple[Picture, bytes]]:
        while self._before is not None and tick - self.last_tick > 2 * TICKS_PER_SECOND:
            yield from self._encoded(self._before, self.last_tick + TICKS_PER_SECOND)

    def _turned(self, frame: VideoFrame) -> VideoFrame:
        if self._upright is None or not self._upright.fits(frame):
            if self.size == (0, 0):
                self.size = _size_for(frame, self._aspect)
            self._upright = _Upright(frame, self._aspect, self.size)
        return self._upright.turned(frame)

    def _encoded(self, frame: VideoFrame, tick: int) -> Iterator[tuple[Picture, bytes]]:
        is_key = self.last_tick < 0 or tick - self._key_tick >= TICKS_PER_SECOND - _TOLERANCE_TICKS
        self._key_tick = tick if is_key else self._key_tick
        self.last_tick = tick
        frame.pts, frame.time_base = tick, _TICK
        frame.pict_type = PictureType.I if is_key else PictureType.NONE
        if self._encoder is None:
            self._encoder = _encoder(*self.size, self._bits_per_second)
        yield from _packed(self._encoder, frame)

    def _flushed(self) -> Iterator[tuple[Picture, bytes]]:
        if self._encoder is not None:
            yield from _packed(self._encoder, None)


class _Upright:
    """One filter graph: for pictures of one size, format and turn."""

    def __init__(self, frame: VideoFrame, aspect: Fraction, size: tuple[int, int]) -> None:
        self._key = _key(frame)
        self._graph = Graph()
        self._source = self._graph.add_buffer(
            width=frame.width, height=frame.height, format=frame.format, time_base=_TICK
        )
        last: FilterContext = self._source
        for name, facts in _steps(frame, aspect, size):
            step = self._graph.add(name, facts or None)
            last.link_to(step)
            last = step
        self._sink = self._graph.add("buffersink")
        last.link_to(self._sink)
        self._graph.configure()

    def fits(self, frame: VideoFrame) -> bool:
        return _key(frame) == self._key

    def turned(self, frame: VideoFrame) -> VideoFrame:
        frame.pts, frame.time_base = 0, _TICK
        self._source.push(frame)
        try:
            made = self._sink.pull()
        except (NotYetError, NoMoreError) as error:  # each picture gives one
            raise RuntimeError("the filters kept a picture") from error
        if not isinstance(made, VideoFrame):
            raise TypeError("the filters gave no picture")
        return made


def _key(frame: VideoFrame) -> tuple[int, int, str, int]:
    return frame.width, frame.height, frame.format.name, frame.rotation


def _steps(frame: VideoFrame, aspect: Fraction, size: tuple[int, int]) -> Iterator[tuple[str, str]]:
    width, height = size
    for name in _TURNS.get(_turn(frame), ("", ""))[0].split(","):
        if name:
            yield name, _TURNS[_turn(frame)][1]
    fitted = _size_for(frame, aspect)
    ratio = min(Fraction(width, fitted[0]), Fraction(height, fitted[1]))
    inner = [max(2, int(each * ratio) // 2 * 2) for each in fitted]
    colours = "out_color_matrix=bt709:out_range=tv:flags=bicubic"
    yield "scale", f"{inner[0]}:{inner[1]}:{colours}"
    yield "format", "yuv420p"
    yield "setsar", "1"
    if tuple(inner) != size:
        yield "pad", f"{width}:{height}:(ow-iw)/2:(oh-ih)/2"


def _turn(frame: VideoFrame) -> int:
    return round(frame.rotation / 90) * 90


def _size_for(frame: VideoFrame, aspect: Fraction) -> tuple[int, int]:
    """Give the even size of a picture, upright and with square pixels, that fits."""
    width, height = Fraction(frame.width) * (aspect or 1), Fraction(frame.height)
    if abs(_turn(frame)) == 90:  # noqa: PLR2004  # a quarter turn
        width, height = height, width
    long, short = max(width, height), min(width, height)
    ratio = min(Fraction(1), LONG_SIDE / long, SHORT_SIDE / short)
    even = (max(16, int(each * ratio) // 2 * 2) for each in (width, height))
    return next(even), next(even)


def _encoder(width: int, height: int, bits_per_second: int) -> VideoCodecContext:
    encoder = av.CodecContext.create("libx264", "w")
    if not isinstance(encoder, VideoCodecContext):
        raise TypeError("libx264 encodes no pictures")
    encoder.width, encoder.height = width, height
    encoder.pix_fmt = "yuv420p"
    encoder.time_base, encoder.framerate = _TICK, Fraction(25)
    encoder.thread_count = 2
    rates = {"maxrate": str(bits_per_second), "bufsize": str(2 * bits_per_second)}
    encoder.options = _X264 | rates
    return encoder


def _packed(
    encoder: VideoCodecContext, frame: VideoFrame | None
) -> Iterator[tuple[Picture, bytes]]:
    for packet in encoder.encode(frame):
        data = bytes(packet)
        sets = (parameter_sets(data) or b"") if packet.is_keyframe else b""
        if packet.pts is not None:
            yield Picture(packet.pts, packet.is_keyframe, data), sets
