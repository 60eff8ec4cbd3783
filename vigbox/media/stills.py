"""One picture of a film as a JPEG, exact to the frame: decoded from the keyframe before it."""

import io
from typing import Final

import av
from av.video.frame import VideoFrame
from PIL import Image

from vigbox.errors import VigboxError
from vigbox.media import samples
from vigbox.media.boxes import BoxError, ReadAt
from vigbox.media.fragments import FilmIndex

PHOTO_QUALITY: Final = 90
SMALLEST, LARGEST = 16, 4096
"""A crop and a width lie between these, in pixels."""

Crop = tuple[int, int, int, int]
"""Left, top, width, height, in pixels of the film."""


class StillError(VigboxError):
    """A still is asked for that the film does not have."""


def still(
    index: FilmIndex,
    read_at: ReadAt,
    picture: int,
    *,
    crop: Crop | None = None,
    width: int | None = None,
    quality: int = PHOTO_QUALITY,
) -> bytes:
    """Give picture number ``picture``, cropped first and then scaled to ``width``.

    Raises :class:`StillError` for what cannot be asked, BoxError when the picture does not
    decode, OSError, and what ``read_at`` raises.
    """
    size = samples.picture_track(index).size
    if not 0 <= picture < index.picture_count:
        raise StillError(
            f"the film has no picture {picture}: its last is {index.picture_count - 1}"
        )
    if width is not None and not SMALLEST <= width <= LARGEST:
        raise StillError(f"a still's width must be {SMALLEST} to {LARGEST} pixels, not {width}")
    if crop is not None:
        _check(crop, size)
    frame = exact(index, read_at, picture)
    # a small one of the whole is scaled as it is decoded, which is faster
    is_small = crop is None and width is not None and width <= frame.width
    if is_small and width is not None:
        image = samples.image(frame, width, _height(width, frame.width, frame.height))
    else:
        image = _photo(frame, crop, width)
    sink = io.BytesIO()
    image.save(sink, "JPEG", quality=quality, subsampling=0 if quality >= PHOTO_QUALITY else 2)
    return sink.getvalue()


def exact(index: FilmIndex, read_at: ReadAt, picture: int) -> VideoFrame:
    """Decode one picture of the film. Raises as :func:`still`."""
    decoder = samples.picture_decoder(samples.picture_track(index))
    wanted = index.picture_times[picture]
    key = next((n for n in range(picture, -1, -1) if index.is_keyframe[n]), picture)
    try:
        for number in range(key, picture + 1):
            packet = samples.picture_packet(read_at, index, number)
            if packet is None:
                raise _undecodable(picture)
            frames = decoder.decode(packet)
        frames += decoder.decode(None)
    except av.error.FFmpegError as error:
        raise _undecodable(picture) from error
    found = next((each for each in frames if each.pts == wanted), None)
    if found is None or found.is_corrupt:
        raise _undecodable(picture)
    return found


def _undecodable(picture: int) -> BoxError:
    return BoxError(
        f"cannot show picture {picture}: the film is damaged there. Choose a picture a second "
        "before or after."
    )


def _check(crop: Crop, size: tuple[int, int]) -> None:
    left, top, width, height = crop
    fits = left >= 0 and top >= 0 and left + width <= size[0] and top + height <= size[1]
    if not fits or min(width, height) < SMALLEST:
        raise StillError(
            f"a crop must lie inside the film's {size[0]} by {size[1]} pixels and be at least "
            f"{SMALLEST} pixels wide and high"
        )


def _photo(frame: VideoFrame, crop: Crop | None, width: int | None) -> Image.Image:
    image = samples.image(frame, frame.width, frame.height)
    if crop is not None:
        left, top, across, down = crop
        image = image.crop((left, top, left + across, top + down))
    if width is not None:
        height = _height(width, *image.size)
        image = image.resize((width, height), Image.Resampling.LANCZOS)
    return image


def _height(width: int, across: int, down: int) -> int:
    return max(1, min(LARGEST, round(width * down / across)))
