"""The film's header: who it is and what its two tracks are (ISO/IEC 14496-12, 8; 14496-15)."""

import struct
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from vigbox.media.boxes import box, full_box
from vigbox.media.h264 import avc_configuration

TICKS_PER_SECOND: Final = 90_000
PICTURE_TRACK: Final = 1
SOUND_TRACK: Final = 2
BRAND: Final = b"vigb"
FILM_ID: Final = uuid.uuid5(uuid.NAMESPACE_URL, "urn:vigbox:film-id").bytes
"""The extended type of the ``uuid`` box that carries a film's id."""

_MATRIX: Final = struct.pack(">9i", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)


@dataclass(frozen=True, slots=True)
class AudioFormat:
    """AAC: samples a second, channels, and the AudioSpecificConfig."""

    sample_rate: int
    channels: int
    config: bytes


@dataclass(frozen=True, slots=True)
class Track:
    """What a ``trak`` box says; ``tables`` are the boxes of its sample table after ``stsd``."""

    number: int
    rate: int
    description: bytes
    size: tuple[int, int] = (0, 0)
    duration: int = 0
    edits: bytes = b""
    tables: bytes = b""

    @property
    def is_sound(self) -> bool:
        """Whether it is heard and not seen."""
        return self.size == (0, 0)


_EMPTY_TABLES: Final = b"".join(
    full_box(kind, 0, 0, bytes(8 if kind == b"stsz" else 4))
    for kind in (b"stts", b"stsc", b"stsz", b"stco")
)


def header(
    width: int, height: int, parameter_sets: bytes, audio: AudioFormat | None, film_id: str
) -> bytes:
    """Give the beginning of a fragmented film."""
    description = picture_description(width, height, parameter_sets)
    tracks = [
        Track(PICTURE_TRACK, TICKS_PER_SECOND, description, (width, height), tables=_EMPTY_TABLES)
    ]
    if audio:
        described = sound_description(audio)
        tracks.append(Track(SOUND_TRACK, audio.sample_rate, described, tables=_EMPTY_TABLES))
    trex = (full_box(b"trex", 0, 0, struct.pack(">5I", each.number, 1, 0, 0, 0)) for each in tracks)
    return (
        box(b"ftyp", b"iso6", bytes(4), b"iso6mp41avc1", BRAND)
        + box(b"uuid", FILM_ID, bytes.fromhex(film_id))
        + moov(tracks, 0, box(b"mvex", *trex))
    )


def moov(tracks: Sequence[Track], duration: int, *more: bytes) -> bytes:
    """Give a ``moov`` box; ``duration`` is in 1/90,000 s."""
    mvhd = full_box(
        b"mvhd", 1, 0,
        struct.pack(">QQIQ", 0, 0, TICKS_PER_SECOND, duration),
        struct.pack(">IH10x", 0x10000, 0x100), _MATRIX, bytes(24), struct.pack(">I", 3),
    )  # fmt: skip
    return box(b"moov", mvhd, *(_trak(each, duration) for each in tracks), *more)


def picture_description(width: int, height: int, parameter_sets: bytes) -> bytes:
    """Give the ``avc1`` sample entry."""
    return box(
        b"avc1", bytes(6), struct.pack(">H16xHH", 1, width, height),
        struct.pack(">II4xH32xHh", 0x480000, 0x480000, 1, 24, -1),
        box(b"avcC", avc_configuration(parameter_sets)),
    )  # fmt: skip


def sound_description(audio: AudioFormat) -> bytes:
    """Give the ``mp4a`` sample entry."""
    return box(
        b"mp4a", bytes(6), struct.pack(">H8xHHxxxx", 1, audio.channels, 16),
        struct.pack(">I", audio.sample_rate << 16), full_box(b"esds", 0, 0, _es(audio.config)),
    )  # fmt: skip


def _es(config: bytes) -> bytes:
    """Give the ES descriptor of AAC (ISO/IEC 14496-1, 7.2.6.5)."""
    decoder = struct.pack(">BB3xII", 0x40, 0x15, 0, 0) + _descriptor(5, config)
    return _descriptor(3, bytes(3) + _descriptor(4, decoder) + _descriptor(6, b"\2"))


def _descriptor(tag: int, payload: bytes) -> bytes:
    return bytes([tag, len(payload)]) + payload


def _trak(track: Track, duration: int) -> bytes:
    width, height = track.size
    volume = 0x100 if track.is_sound else 0
    tkhd = full_box(
        b"tkhd", 1, 3, struct.pack(">QQI4xQ", 0, 0, track.number, duration),
        struct.pack(">8xHHH2x", 0, 0, volume), _MATRIX,
        struct.pack(">II", width << 16, height << 16),
    )  # fmt: skip
    return box(b"trak", tkhd, track.edits, _mdia(track))


def _mdia(track: Track) -> bytes:
    mdhd = full_box(
        b"mdhd", 1, 0, struct.pack(">QQIQHH", 0, 0, track.rate, track.duration, 0x55C4, 0)
    )
    kind, name = (b"soun", b"Sound\0") if track.is_sound else (b"vide", b"Picture\0")
    hdlr = full_box(b"hdlr", 0, 0, bytes(4), kind, bytes(12), name)
    head = (
        full_box(b"smhd", 0, 0, bytes(4)) if track.is_sound else full_box(b"vmhd", 0, 1, bytes(8))
    )
    dref = full_box(b"dref", 0, 0, struct.pack(">I", 1), full_box(b"url ", 0, 1))
    stsd = full_box(b"stsd", 0, 0, struct.pack(">I", 1), track.description)
    stbl = box(b"stbl", stsd, track.tables)
    return box(b"mdia", mdhd, hdlr, box(b"minf", head, box(b"dinf", dref), stbl))
