"""Reads a film's samples where the index says they lie, and opens what decodes them.

A sample that cannot be read or decoded is damage of one moment: whoever looks at the whole film
passes over it. An OSError of the card is no damage and is never passed over.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Final

import av
from av import Packet
from av.audio.codeccontext import AudioCodecContext
from av.stream import Stream
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from PIL import Image

from vigbox.errors import VigboxError
from vigbox.media.boxes import BoxError, ReadAt
from vigbox.media.fragments import FilmIndex, TrackIndex
from vigbox.media.moov import PICTURE_TRACK, SOUND_TRACK, TICKS_PER_SECOND, Track
from vigbox.media.sound import RATE, SoundTrack
from vigbox.media.tables import tracks_of

Progress = Callable[[float], object]
"""Is told how much of a film was looked at, from 0 to 1."""

_TICK: Final = Fraction(1, TICKS_PER_SECOND)
_AVCC_AT: Final = 8 + 78 + 8
"""Where the record begins in an ``avc1`` sample entry: two headers and the fixed fields."""
_ALIGNED: Final = 64
"""FFmpeg counts the pixels of a picture with its sides filled up to whole ones of these at most."""
_HD_HEIGHT: Final = 720
_UNTOLD: Final = 2


def nobody(_done: float) -> None:
    """Tell nobody how far it is."""


def track_of(index: FilmIndex, number: int) -> Track | None:
    """Give what the header says of a track. Raises BoxError."""
    return next((each for each in tracks_of(index.moov) if each.number == number), None)


def picture_track(index: FilmIndex) -> Track:
    """Give what the header says of the picture. Raises BoxError when the film has none."""
    track = track_of(index, PICTURE_TRACK)
    if track is None or not index.picture_count or 0 in track.size:
        raise BoxError("cannot look into the film: there is no picture in it")
    return track


def has_sound(index: FilmIndex) -> bool:
    """Tell whether there is anything to be heard. Raises BoxError for sound of another kind."""
    track = track_of(index, SOUND_TRACK)
    if track is not None and track.rate != RATE:
        raise BoxError(f"cannot listen to the film: its sound is not as a box makes it ({RATE} Hz)")
    return track is not None and bool(index.sound.times)


def picture_decoder(track: Track) -> VideoCodecContext:
    """Open a decoder for a film's pictures.

    In one thread: a decoder that is let go holds Python's lock while it waits for its threads, and
    they wait for that lock to give back the packets we made, for ever. Pictures that are larger
    than the header tells are damage: decoding them takes more memory than there may be.
    """
    decoder = av.CodecContext.create("h264", "r")
    decoder.extradata = track.description[_AVCC_AT:]
    width, height = (-(-side // _ALIGNED) * _ALIGNED for side in track.size)
    decoder.options = {"max_pixels": str(width * height)}
    decoder.thread_count = 1
    return decoder


def sound_decoder() -> AudioCodecContext:
    """Open a decoder for a film's sound."""
    decoder = av.CodecContext.create("aac", "r")
    decoder.extradata = SoundTrack.config
    return decoder


def read(read_at: ReadAt, track: TrackIndex, number: int) -> bytes | None:
    """Read a sample; None when it is damaged or cut off. Raises OSError."""
    size = track.sizes[number]
    try:
        data = read_at(track.place(number), size)
    except OSError:
        raise
    except VigboxError:
        return None
    return data if len(data) == size else None


def picture_packet(read_at: ReadAt, index: FilmIndex, number: int) -> "Packet[Stream] | None":
    """Give one picture to be decoded, at its time; None when it is damaged. Raises OSError."""
    data = read(read_at, index.pictures, number)
    if not data:
        return None
    packet = Packet(data)
    packet.pts = packet.dts = index.picture_times[number]
    packet.time_base = _TICK
    return packet


def image(frame: VideoFrame, width: int, height: int) -> Image.Image:
    """Scale a picture; one that does not tell its colours is taken as players take it."""
    guess = "ITU709" if frame.height >= _HD_HEIGHT else "ITU601"
    shown = frame.reformat(
        width,
        height,
        "rgb24",
        src_colorspace=guess if frame.colorspace == _UNTOLD else None,
        interpolation="AREA" if width < frame.width else "BICUBIC",
        threads=1,
    )
    return Image.fromarray(shown.to_ndarray())


def matrix(frame: VideoFrame) -> str:
    """Give how a picture's colours are meant, as FFmpeg's scaler calls it; as :func:`image`."""
    is_untold = frame.colorspace == _UNTOLD
    return "bt709" if is_untold and frame.height >= _HD_HEIGHT else "auto"
