"""Where a clip begins between two keyframes: pictures encoded again, then the film's own.

Both have parameter sets of their own, side by side in one ``avcC`` under different numbers.
Whether a player will get over the join is tried before anything is written.
"""

from dataclasses import dataclass, replace
from typing import Final

import av
import numpy as np
from av import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from vigbox.media import h264, samples
from vigbox.media.again import Again
from vigbox.media.boxes import BoxError
from vigbox.media.decoded import Pictures
from vigbox.media.moov import TICKS_PER_SECOND, Track, picture_description
from vigbox.media.plain import Sample

AVCC_AT: Final = 8 + 78 + 8
"""Where the record begins in an ``avc1`` sample entry: two headers and the fixed fields."""
_LONGEST_TICKS: Final = 10 * TICKS_PER_SECOND
_NUMBERS: Final = range(1, 32)
"""What x264 can give to parameter sets of its own."""


class NoJoinError(BoxError):
    """A film is not as copying its pictures would need it."""


@dataclass(frozen=True, slots=True)
class Join:
    """What is encoded again comes first; pictures from ``copied_from`` on are copied."""

    encoded: list[Sample]
    copied_from: int
    track: Track


def join(pictures: Pictures, wanted: range) -> Join:
    """Make the beginning of a clip of which as much as can be is copied.

    Raises :class:`NoJoinError` when that cannot be, and OSError.
    """
    copied_from = _first_alone(pictures, wanted)
    if any(pictures.sample(number) is None for number in range(copied_from, wanted.stop)):
        raise NoJoinError("a picture of the film is damaged")
    sets = h264.sets_in(pictures.track.description[AVCC_AT:])
    again = Again(pictures.usual_duration(wanted), sets_number=_free_number(sets), few=True)
    try:
        encoded = _encoded(pictures, range(wanted.start, copied_from), again)
        track = with_sets(pictures.track, sets + again.sets)
        _try(pictures, copied_from, encoded, track)
    except av.error.FFmpegError as error:
        raise NoJoinError(f"a decoder does not get over the join: {error}") from error
    return Join(encoded, copied_from, track)


def with_sets(track: Track, sets: bytes) -> Track:
    """Give a track of pictures that have these parameter sets. Raises BoxError without any."""
    return replace(track, description=picture_description(*track.size, sets))


def _first_alone(pictures: Pictures, wanted: range) -> int:
    times = pictures.index.picture_times
    for number in wanted:
        if times[number] - times[wanted.start] > _LONGEST_TICKS:
            break
        if pictures.stands_alone(number):
            return number
    raise NoJoinError("the film has no picture near the in that stands alone")


def _free_number(sets: bytes) -> int:
    free = set(_NUMBERS) - h264.set_numbers(sets)
    if not free:
        raise NoJoinError("the film leaves no number for other parameter sets")
    return min(free)


def _encoded(pictures: Pictures, wanted: range, again: Again) -> list[Sample]:
    frames = [each for each in pictures.decoded(wanted) if each is not None]
    if len(frames) != len(wanted):
        raise NoJoinError("pictures at the join do not decode")
    return list(again.samples(zip(frames, map(pictures.duration, wanted), strict=True)))


def _try(pictures: Pictures, number: int, encoded: list[Sample], track: Track) -> None:
    """Decode the first copied picture behind one that was encoded: it must be what it was."""
    copied = pictures.sample(number) or b""
    alone = _decoded(samples.picture_decoder(pictures.track), [copied])
    joined = _decoded(samples.picture_decoder(track), [*(e.data for e in encoded[:1]), copied])
    is_whole = len(alone) == 1 and len(joined) == 1 + len(encoded[:1])
    if not is_whole or any(each.is_corrupt for each in alone + joined):
        raise NoJoinError("the first copied picture does not decode")
    if not np.array_equal(alone[0].to_ndarray(), joined[-1].to_ndarray()):
        raise NoJoinError("behind the join the first copied picture is another")


def _decoded(decoder: VideoCodecContext, data: list[bytes]) -> list[VideoFrame]:
    frames: list[VideoFrame] = []
    for number, each in enumerate(data):
        packet = Packet(each)
        packet.pts = packet.dts = number
        frames += decoder.decode(packet)
    return frames + decoder.decode(None)
