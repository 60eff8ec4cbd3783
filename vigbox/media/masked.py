"""Looks for faces in a stretch of film, and gives it out again with masks: clips and stills.

Every picture of a masked clip is decoded, painted and encoded again, so that nothing of the
original's pictures is in the file; its sound is the clip's own. All of it in memory.
"""

import io
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Final, Protocol, cast

import av
import numpy as np
import numpy.typing as npt
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType, VideoFrame
from av.video.plane import VideoPlane
from PIL import Image, ImageDraw

from vigbox.media import samples, stills
from vigbox.media.boxes import BoxError, ReadAt
from vigbox.media.cut import cut_clip
from vigbox.media.faces import Box
from vigbox.media.fragments import FilmIndex
from vigbox.media.head_first import head_first
from vigbox.media.masking import Mask, boxes_at
from vigbox.media.moov import TICKS_PER_SECOND
from vigbox.media.plain import Sink
from vigbox.media.samples import Progress, nobody

EVERY: Final = 2
"""Faces are looked for in each second picture: what lies between is covered by the masks."""
GREY: Final = 112

_TICK: Final = Fraction(1, TICKS_PER_SECOND)
_CUT: Final = 0.1
"""How far a masked clip is when its sound is cut."""
_NO_COLOUR: Final = 128
_FORMATS: Final = ("yuv420p", "yuvj420p")
_X264: Final = {"preset": "veryfast", "crf": "17", "bf": "0", "profile": "main"}


class Finder(Protocol):
    """What finds faces in a picture."""

    def faces(self, frame: VideoFrame) -> list[Box]:
        """Give where faces are."""


def find_faces(
    read_at: ReadAt,
    index: FilmIndex,
    pictures: range,
    finder: Finder,
    progress: Progress = nobody,
) -> dict[int, list[Box]]:
    """Give the faces of each picture that was looked at; the last one always is.

    Raises BoxError when a picture does not decode: what could not be seen is never taken for empty.
    """
    found: dict[int, list[Box]] = {}
    for number, frame in frames(read_at, index, pictures):
        if (number - pictures.start) % EVERY == 0 or number == pictures.stop - 1:
            found[number] = finder.faces(frame)
            progress((number + 1 - pictures.start) / len(pictures))
    return found


def masked_clip(
    read_at: ReadAt,
    index: FilmIndex,
    pictures: range,
    masks: Sequence[Mask],
    sink: Sink,
    progress: Progress = nobody,
) -> None:
    """Write a stretch of film as an MP4 with its masks. Raises BoxError, ClipRangeError."""
    plain = io.BytesIO()
    cut_clip(
        read_at, index, pictures.start, pictures.stop, plain, lambda done: progress(_CUT * done)
    )
    plain.seek(0)
    made = io.BytesIO()
    with av.open(plain, "r") as sound, av.open(made, "w", format="mp4") as output:
        heard = sound.streams.audio[0] if sound.streams.audio else None
        voice = output.add_stream_from_template(heard) if heard else None
        shown = output.add_stream("libx264", options=dict(_X264))
        start, before = index.picture_times[pictures.start], list[Box]()
        for number, frame in frames(read_at, index, pictures):
            if number == pictures.start:
                _like(shown.codec_context, frame, index, pictures)
            boxes = boxes_at(masks, number)
            out = painted(frame, boxes)
            # made anew where a mask moves: what is beneath is never guessed from a picture before
            out.pict_type = PictureType.NONE if boxes == before else PictureType.I
            before = boxes
            out.pts, out.time_base = index.picture_times[number] - start, _TICK
            output.mux(shown.encode(out))
            progress(_CUT + (1 - _CUT) * (number + 1 - pictures.start) / len(pictures))
        output.mux(shown.encode(None))
        for packet in sound.demux(heard) if heard else ():
            if packet.dts is not None and voice is not None:
                packet.stream = voice
                output.mux(packet)
    sink.write(head_first(made.getvalue()))


def masked_still(
    read_at: ReadAt,
    index: FilmIndex,
    picture: int,
    masks: Sequence[Mask],
    *,
    crop: stills.Crop | None = None,
) -> bytes:
    """Give one picture as a JPEG, with what its masks cover in grey. Raises as ``stills.still``."""
    size = samples.picture_track(index).size
    if not 0 <= picture < index.picture_count:
        raise stills.StillError(f"the film has no picture {picture}")
    frame = stills.exact(index, read_at, picture)
    image = samples.image(frame, *size)
    drawing = ImageDraw.Draw(image)
    for left, top, width, height in boxes_at(masks, picture):
        drawing.rectangle((left, top, left + width - 1, top + height - 1), (GREY,) * 3)
    sink = io.BytesIO()
    _cropped(image, crop).save(sink, "JPEG", quality=stills.PHOTO_QUALITY, subsampling=0)
    return sink.getvalue()


def frames(read_at: ReadAt, index: FilmIndex, pictures: range) -> Iterator[tuple[int, VideoFrame]]:
    """Decode pictures one after the other, with their numbers. Raises BoxError."""
    numbers = {index.picture_times[number]: number for number in pictures}
    decoder = samples.picture_decoder(samples.picture_track(index))
    key = next((n for n in range(pictures.start, -1, -1) if index.is_keyframe[n]), 0)
    due = pictures.start
    try:
        for number in range(key, pictures.stop + 1):
            is_over = number == pictures.stop
            packet = None if is_over else samples.picture_packet(read_at, index, number)
            if packet is None and not is_over:
                raise _damaged(number)
            for frame in decoder.decode(packet):
                if frame.pts in numbers:
                    if numbers[frame.pts] != due or frame.is_corrupt:
                        raise _damaged(due)
                    yield due, frame
                    due += 1
    except av.error.FFmpegError as error:
        raise _damaged(due) from error
    if due != pictures.stop:
        raise _damaged(due)


def painted(frame: VideoFrame, boxes: Iterable[Box]) -> VideoFrame:
    """Give a copy of a picture with flat grey over each box, to whole pairs of pixels outwards.

    Always a copy: the decoder still needs its own to make the next picture.
    """
    told = frame.format.name
    source = frame if told in _FORMATS else frame.reformat(format="yuv420p", threads=1)
    copy = VideoFrame(source.width, source.height, source.format.name)
    covered = list(boxes)
    for plane, (into, of) in enumerate(zip(copy.planes, source.planes, strict=True)):
        pixels = _pixels(into)
        pixels[:] = _pixels(of)
        half = 2 if plane else 1
        for left, top, width, height in covered:
            right, bottom = left + width, top + height
            rows = slice(top // 2 * 2 // half, (bottom + 1) // 2 * 2 // half)
            across = slice(left // 2 * 2 // half, (right + 1) // 2 * 2 // half)
            pixels[rows, across] = _NO_COLOUR if plane else GREY
    copy.color_range, copy.colorspace = source.color_range, source.colorspace
    copy.color_primaries, copy.color_trc = source.color_primaries, source.color_trc
    return copy


def _pixels(plane: VideoPlane) -> npt.NDArray[np.uint8]:
    rows = np.frombuffer(cast("memoryview[int]", plane), np.uint8)
    return rows.reshape(-1, plane.line_size)[: plane.height, : plane.width]


def _like(encoder: VideoCodecContext, frame: VideoFrame, index: FilmIndex, pictures: range) -> None:
    encoder.width, encoder.height = frame.width, frame.height
    encoder.time_base = _TICK
    lengths = sorted(index.pictures.duration(number) for number in pictures)
    encoder.framerate = Fraction(TICKS_PER_SECOND, max(1, lengths[len(lengths) // 2]))
    encoder.pix_fmt = frame.format.name if frame.format.name in _FORMATS else "yuv420p"
    encoder.color_range, encoder.colorspace = frame.color_range, frame.colorspace
    encoder.color_primaries, encoder.color_trc = frame.color_primaries, frame.color_trc


def _cropped(image: Image.Image, crop: stills.Crop | None) -> Image.Image:
    if crop is None:
        return image
    left, top, width, height = crop
    if min(width, height) < stills.SMALLEST or left + width > image.width:
        raise stills.StillError("a crop must lie inside the film's picture")
    if min(left, top) < 0 or top + height > image.height:
        raise stills.StillError("a crop must lie inside the film's picture")
    return image.crop((left, top, left + width, top + height))


def _damaged(number: int) -> BoxError:
    return BoxError(
        f"cannot mask: the film's picture {number} does not decode. "
        "Choose a clip that begins after it or ends before it."
    )
