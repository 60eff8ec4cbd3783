"""Cuts a clip, exact to the picture: re-encodes up to the first keyframe in it, copies the rest.

The copied and the re-encoded pictures have parameter sets of their own, side by side in one
``avcC`` under different numbers. Sound is decoded, trimmed to the sample and encoded again.
Nothing before the in or after the out is in the file, hidden or not.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final, Protocol

import av
import numpy as np
from av import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType, VideoFrame

from vigbox.errors import VigboxError
from vigbox.media import h264
from vigbox.media.boxes import BoxError, ReadAt
from vigbox.media.fragments import FilmIndex, TrackIndex
from vigbox.media.moov import (
    PICTURE_TRACK,
    SOUND_TRACK,
    TICKS_PER_SECOND,
    AudioFormat,
    Track,
    picture_description,
    sound_description,
)
from vigbox.media.sound import PACKET_SAMPLES, RATE, SoundTrack
from vigbox.media.tables import plain_head, tracks_of

_TICK: Final = Fraction(1, TICKS_PER_SECOND)
_AVCC_AT: Final = 8 + 78 + 8
"""Where the record begins in an ``avc1`` sample entry: two headers and the fixed fields."""

_X264: Final = {
    "preset": "veryfast",
    "crf": "17",
    "tune": "zerolatency",
    "profile": "baseline",
    # a number of their own for the parameter sets: those of the copied pictures keep theirs
    "x264-params": "sps-id=1:keyint=infinite:scenecut=0:repeat-headers=1",
}


class ClipRangeError(VigboxError):
    """A clip's in and out are not inside the film, in that order."""


class Sink(Protocol):
    """What a clip is written to, from its first byte to its last."""

    def write(self, data: bytes, /) -> object:
        """Take some bytes."""


@dataclass(frozen=True, slots=True)
class Cut:
    """What was cut: pictures, of which so many were encoded again, and the length in ns."""

    pictures: int
    encoded: int
    length_ns: int


@dataclass(frozen=True, slots=True)
class _Sample:
    data: bytes
    duration: int
    is_key: bool


def cut_clip(read_at: ReadAt, index: FilmIndex, first: int, end: int, sink: Sink) -> Cut:
    """Write pictures ``first`` up to but not including ``end`` as a plain MP4.

    Raises :class:`ClipRangeError`, BoxError, and what ``read_at`` raises.
    """
    if not 0 <= first < end <= index.picture_count:
        raise ClipRangeError(
            f"a clip must begin before it ends, inside the film's {index.picture_count} pictures"
        )
    tracks = {each.number: each for each in tracks_of(index.moov)}
    copied_from = next((n for n in range(first, end) if index.is_keyframe[n]), end)
    encoded, sets = _encode(read_at, index, tracks[PICTURE_TRACK], range(first, copied_from))
    pictures = _pictures(read_at, index, range(copied_from, end))
    pictures = _retold(encoded, index, first) + pictures
    ticks = sum(each.duration for each in pictures)
    start = index.picture_times[first]
    heard = _sound(read_at, index, start, start + ticks) if SOUND_TRACK in tracks else []
    described = _described(tracks[PICTURE_TRACK], sets)
    _write([(described, pictures), (_SOUND, heard)], sink)
    return Cut(len(pictures), len(encoded), ticks * 10**9 // TICKS_PER_SECOND)


def _pictures(read_at: ReadAt, index: FilmIndex, wanted: range) -> list[_Sample]:
    track = index.pictures
    return [
        _Sample(_read(read_at, track, n), track.duration(n), bool(track.is_key[n])) for n in wanted
    ]


def _retold(encoded: list[bytes], index: FilmIndex, first: int) -> list[_Sample]:
    """Give the pictures that were encoded again, as long as they were; one keyframe in front."""
    return [
        _Sample(data, index.pictures.duration(first + n), is_key=n == 0)
        for n, data in enumerate(encoded)
    ]


_SOUND: Final = Track(SOUND_TRACK, RATE, sound_description(AudioFormat(RATE, 1, SoundTrack.config)))


def _encode(
    read_at: ReadAt, index: FilmIndex, track: Track, wanted: range
) -> tuple[list[bytes], bytes]:
    """Encode pictures again; gives their samples and the parameter sets they need."""
    if not wanted:
        return [], b""
    frames = _decoded(read_at, index, track, wanted)
    encoder = _encoder(frames[0], _pictures_per_second(index, wanted))
    units: list[bytes] = []
    for frame in frames:
        frame.pict_type = PictureType.NONE if units else PictureType.I
        units += map(bytes, encoder.encode(frame))
    units += map(bytes, encoder.encode(None))
    return [h264.sample(each) for each in units], h264.parameter_sets(units[0]) or b""


def _decoded(read_at: ReadAt, index: FilmIndex, track: Track, wanted: range) -> list[VideoFrame]:
    """Decode pictures, all of them or none. Raises BoxError."""
    try:
        frames = _decoded_from_key(read_at, index, track, wanted)
    except (av.error.FFmpegError, StopIteration) as error:
        raise _undecodable(wanted) from error
    start = index.picture_times[wanted.start]
    found = [each for each in frames if each.pts is not None and each.pts >= start]
    if len(found) != len(wanted):
        raise _undecodable(wanted)
    for frame in found:
        frame.pts, frame.time_base = (frame.pts or 0) - start, _TICK
    return found


def _undecodable(wanted: range) -> BoxError:
    return BoxError(
        f"cannot cut: the film's pictures {wanted.start} to {wanted.stop - 1} do not decode. "
        "Begin the clip at another picture."
    )


def _decoded_from_key(
    read_at: ReadAt, index: FilmIndex, track: Track, wanted: range
) -> list[VideoFrame]:
    decoder = av.CodecContext.create("h264", "r")
    decoder.extradata = track.description[_AVCC_AT:]
    key = next(n for n in range(wanted.start, -1, -1) if index.is_keyframe[n])
    frames: list[VideoFrame] = []
    for number in range(key, wanted.stop):
        packet = Packet(_read(read_at, index.pictures, number))
        packet.pts = packet.dts = index.picture_times[number]
        packet.time_base = _TICK
        frames += decoder.decode(packet)
    return frames + decoder.decode(None)


def _pictures_per_second(index: FilmIndex, wanted: range) -> Fraction:
    durations = sorted(index.pictures.duration(number) for number in wanted)
    return Fraction(TICKS_PER_SECOND, max(1, durations[len(durations) // 2]))


def _encoder(like: VideoFrame, pictures_per_second: Fraction) -> VideoCodecContext:
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height = like.width, like.height
    encoder.time_base = _TICK
    # without a rate x264 takes 90,000 pictures a second and asks for a level few tablets play
    encoder.framerate = pictures_per_second
    # colours as the camera told them, or they would jump where copying begins
    encoder.pix_fmt = like.format.name
    encoder.color_range, encoder.colorspace = like.color_range, like.colorspace
    encoder.color_primaries, encoder.color_trc = like.color_primaries, like.color_trc
    encoder.options = dict(_X264)
    return encoder


def _sound(read_at: ReadAt, index: FilmIndex, start: int, end: int) -> list[_Sample]:
    """Give the sound between two ticks, exact to the sample."""
    first, last = (tick * RATE // TICKS_PER_SECOND for tick in (start, end))
    samples = np.zeros(last - first, np.float32)
    for time, piece in _heard(read_at, index.sound, first, last):
        begin, stop = max(0, time - first), min(len(samples), time - first + len(piece))
        if begin < stop:
            samples[begin:stop] = piece[begin + first - time : stop + first - time]
    track = SoundTrack()
    whole = (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()
    packets = [*track.push(whole, 0), *track.finish()]
    return [
        _Sample(each.data, min(PACKET_SAMPLES, len(samples) - each.time_samples), is_key=True)
        for each in packets
        if each.time_samples < len(samples)
    ]


def _heard(
    read_at: ReadAt, sound: TrackIndex, first: int, last: int
) -> Iterator[tuple[int, "np.ndarray[tuple[int], np.dtype[np.float32]]"]]:
    decoder = av.CodecContext.create("aac", "r")
    decoder.extradata = SoundTrack.config
    for number, time in enumerate(sound.times):
        # one packet earlier: each is heard together with the one before it
        if first - 2 * PACKET_SAMPLES < time < last:
            for frame in decoder.decode(Packet(_read(read_at, sound, number))):
                yield time, frame.to_ndarray()[0]


def _described(track: Track, sets: bytes) -> Track:
    own = h264.sets_in(track.description[_AVCC_AT:])
    return replace(track, description=picture_description(*track.size, own + sets))


def _read(read_at: ReadAt, track: TrackIndex, number: int) -> bytes:
    return read_at(track.place(number), track.sizes[number])


def _write(tracks: Iterable[tuple[Track, list[_Sample]]], sink: Sink) -> None:
    """Write head and samples, a second of each track in turn."""
    found = [(track, TrackIndex(), list(_seconds(track, samples))) for track, samples in tracks]
    data: list[bytes] = []
    place = 0
    for second in range(max(len(seconds) for _, _, seconds in found)):
        for _, index, seconds in found:
            for run in seconds[second : second + 1]:
                index.add_run(index.end, place, [(s.duration, len(s.data), s.is_key) for s in run])
                data += [each.data for each in run]
                place += sum(len(each.data) for each in run)
    sink.write(plain_head([(track, index) for track, index, _ in found], 0, place))
    for piece in data:
        sink.write(piece)


def _seconds(track: Track, samples: list[_Sample]) -> Iterator[list[_Sample]]:
    run: list[_Sample] = []
    for each in samples:
        run.append(each)
        if sum(one.duration for one in run) >= track.rate:
            yield run
            run = []
    if run:
        yield run
