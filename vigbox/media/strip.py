"""The picture strip under a film: small pictures of keyframes, evenly spread, in one JPEG.

A keyframe stands by itself, so nothing else is read or decoded: a strip of ten minutes reads 60
pictures of 15,000. What cannot be decoded is a calm grey tile at its place.
"""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import av
from av import Packet
from av.stream import Stream
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from PIL import Image

from vigbox.media import samples
from vigbox.media.boxes import ReadAt
from vigbox.media.fragments import FilmIndex
from vigbox.media.moov import TICKS_PER_SECOND
from vigbox.media.samples import Progress

_COLUMNS: Final = 12
_EVERY_S: Final = 10
_FEWEST: Final = 40
_MOST: Final = 120
_QUALITY: Final = 75
_GREY: Final = (128, 128, 128)
_WIDEST: Final = 4
"""A tile is at most so many times as wide as high, whatever a film says of itself."""


@dataclass(frozen=True, slots=True)
class Strip:
    """A sprite: tiles from left to right, then down; ``times_ms`` has one time for each tile."""

    jpeg: bytes
    columns: int
    tile_width: int
    tile_height: int
    times_ms: list[int]


def make_strip(
    index: FilmIndex,
    read_at: ReadAt,
    *,
    tiles: int = 0,
    tile_height: int = 90,
    progress: Progress = samples.nobody,
) -> Strip:
    """Make the strip of a film, of ``tiles`` keyframes or as many as there are.

    Without a number it is a tile for every ten seconds, from 40 to 120 of them.
    Raises BoxError when the film has no picture, and OSError.
    """
    track = samples.picture_track(index)
    width = _tile_width(track.size, tile_height)
    chosen = list(spread(index, tiles or _fitting(index)))
    place = {index.picture_times[number]: tile for tile, number in enumerate(chosen)}
    columns = min(_COLUMNS, len(chosen))
    rows = -(-len(chosen) // columns)
    sheet = Image.new("RGB", (columns * width, rows * tile_height), _GREY)
    decoder = samples.picture_decoder(track)
    # a tile shows no blocks: smoothing them is half of the work
    decoder.options |= {"skip_loop_filter": "all"}
    for done, frame in enumerate(_frames(decoder, index, read_at, chosen), 1):
        if (tile := place.get(frame.pts or 0)) is not None:
            down, across = divmod(tile, columns)
            small = samples.image(frame, width, tile_height)
            sheet.paste(small, (across * width, down * tile_height))
        progress(min(1.0, done / len(chosen)))
    progress(1.0)
    times_ms = [index.picture_times[number] * 1000 // TICKS_PER_SECOND for number in chosen]
    return Strip(_jpeg(sheet), columns, width, tile_height, times_ms)


def spread(index: FilmIndex, count: int) -> Iterable[int]:
    """Choose up to ``count`` keyframes, evenly over the film's time, in order, none twice."""
    keys = [number for number, is_key in enumerate(index.is_keyframe) if is_key]
    if len(keys) <= count:
        return keys
    times, at = index.picture_times, 0
    chosen: dict[int, None] = {}
    for slot in range(count):
        middle = (2 * slot + 1) * index.pictures.end // (2 * count)
        while at + 1 < len(keys) and times[keys[at + 1]] <= middle:
            at += 1
        chosen[keys[at]] = None
    return chosen


def _fitting(index: FilmIndex) -> int:
    every = index.pictures.end // (_EVERY_S * TICKS_PER_SECOND)
    return max(_FEWEST, min(every, _MOST))


def _frames(
    decoder: VideoCodecContext, index: FilmIndex, read_at: ReadAt, wanted: Iterable[int]
) -> Iterator[VideoFrame]:
    for number in wanted:
        packet = samples.picture_packet(read_at, index, number)
        if packet is not None:
            yield from _decoded(decoder, packet)
    yield from _decoded(decoder, None)


def _decoded(decoder: VideoCodecContext, packet: "Packet[Stream] | None") -> list[VideoFrame]:
    try:
        return decoder.decode(packet)
    except av.error.FFmpegError:
        # its tile stays grey
        return []


def _tile_width(size: tuple[int, int], tile_height: int) -> int:
    width = round(tile_height * size[0] / size[1])
    return max(2, min(width, _WIDEST * tile_height))


def _jpeg(sheet: Image.Image) -> bytes:
    sink = io.BytesIO()
    sheet.save(sink, "JPEG", quality=_QUALITY)
    return sink.getvalue()
