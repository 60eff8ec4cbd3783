"""Encodes pictures of a film again: a few up to a keyframe, or all of a clip."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Final

import av
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType, VideoFrame

from vigbox.media import h264
from vigbox.media.moov import TICKS_PER_SECOND
from vigbox.media.plain import Sample

_TICK: Final = Fraction(1, TICKS_PER_SECOND)
_PLAIN_FORMATS: Final = ("yuv420p", "yuvj420p")
_X264: Final = {"crf": "17", "tune": "zerolatency", "forced-idr": "1"}
# no more than a second of it: half the time of "veryfast", as near, and a seventh larger
_FEW: Final = {"preset": "ultrafast", "profile": "baseline"}
_ALL: Final = {"preset": "veryfast"}

Timed = tuple[VideoFrame, int]
"""A picture, and for how many ticks it is shown."""


class Again:
    """Takes pictures in turn; ``sets`` are the parameter sets of what came out.

    They have the number ``sets_number``, so that those of copied pictures can keep theirs.
    ``ticks`` is for how long a picture is shown as a rule.
    """

    def __init__(self, ticks: int, *, sets_number: int = 0, few: bool) -> None:
        self.sets = b""
        # without a rate x264 takes 90,000 pictures a second and asks for a level few tablets play
        self._rate = Fraction(TICKS_PER_SECOND, max(1, ticks))
        self._few = few
        self._x264 = f"sps-id={sets_number}:keyint=infinite:scenecut=0:repeat-headers=1"

    def samples(self, pictures: Iterable[Timed]) -> Iterator[Sample]:
        """Give each picture as a sample, a keyframe every second. Raises av.error.FFmpegError."""
        encoder: VideoCodecContext | None = None
        shown: dict[int, int] = {}
        at = key = 0
        for frame, ticks in pictures:
            encoder = encoder or self._encoder(_plain(frame))
            is_due = at - key >= TICKS_PER_SECOND or not at
            key = at if is_due else key
            shown[at] = ticks
            yield from self._out(encoder, _placed(frame, at, is_key=is_due), shown)
            at += ticks
        if encoder is not None:
            yield from self._out(encoder, None, shown)

    def _out(
        self, encoder: VideoCodecContext, frame: VideoFrame | None, shown: dict[int, int]
    ) -> Iterator[Sample]:
        for packet in encoder.encode(frame):
            data = bytes(packet)
            self.sets = self.sets or h264.parameter_sets(data) or b""
            yield Sample(h264.sample(data), shown.pop(packet.pts or 0), packet.is_keyframe)

    def _encoder(self, like: VideoFrame) -> VideoCodecContext:
        encoder = av.CodecContext.create("libx264", "w")
        encoder.width, encoder.height = like.width, like.height
        encoder.time_base = _TICK
        encoder.framerate = self._rate
        # colours as the camera told them, or they would jump where copying begins
        encoder.pix_fmt = like.format.name
        encoder.color_range, encoder.colorspace = like.color_range, like.colorspace
        encoder.color_primaries, encoder.color_trc = like.color_primaries, like.color_trc
        encoder.options = {**_X264, **(_FEW if self._few else _ALL), "x264-params": self._x264}
        return encoder


def _placed(frame: VideoFrame, at: int, *, is_key: bool) -> VideoFrame:
    frame = _plain(frame)
    frame.pts, frame.time_base = at, _TICK
    frame.pict_type = PictureType.I if is_key else PictureType.NONE
    return frame


def _plain(frame: VideoFrame) -> VideoFrame:
    is_plain = frame.format.name in _PLAIN_FORMATS
    return frame if is_plain else frame.reformat(format="yuv420p", threads=1)
