"""The lanes under a film, which lead the eye: strip, sound, movement, voice; and as one container.

The container is what is kept (sealed) so that a film is looked at once: four bytes with the size of
a head, the head as JSON, then sound, movement and the strip's picture. One version number for all.
"""

import json
import struct
from dataclasses import dataclass
from typing import Any, Final

from vigbox.errors import VigboxError
from vigbox.media.boxes import ReadAt
from vigbox.media.strip import Strip

VERSION: Final = 1
"""Raised whenever any lane is made in another way: what was kept is then made anew."""
LARGEST_BYTES: Final = 64 << 20

_SIZE: Final = struct.Struct(">I")
Stretch = tuple[int, int]


class LanesError(VigboxError):
    """What was kept are no lanes of this version."""


@dataclass(frozen=True, slots=True)
class Lanes:
    """What can be shown under one film; a lane that could not be made is empty.

    ``wave``: one byte each 20 ms, ``motion``: one byte each 200 ms. ``speech`` and ``candidates``:
    (start, end) in ms. ``why`` tells what is missing, empty when nothing is.
    """

    wave: bytes = b""
    motion: bytes = b""
    speech: tuple[Stretch, ...] = ()
    candidates: tuple[Stretch, ...] = ()
    strip: Strip | None = None
    why: str = ""

    def packed(self, film_bytes: int) -> bytes:
        """Give the container; ``film_bytes`` is the size of the film it was made of."""
        strip = self.strip
        head = {
            "version": VERSION,
            "film_bytes": film_bytes,
            "sizes": [len(self.wave), len(self.motion), len(strip.jpeg) if strip else 0],
            "speech": self.speech,
            "candidates": self.candidates,
            "strip": _shape(strip),
            "why": self.why,
        }
        text = json.dumps(head).encode()
        jpeg = strip.jpeg if strip else b""
        return b"".join((_SIZE.pack(len(text)), text, self.wave, self.motion, jpeg))


def unpacked(data: bytes, film_bytes: int) -> Lanes:
    """Read a container. Raises :class:`LanesError` unless it is whole and of this very film."""
    head, end = _head(lambda offset, size: data[offset : offset + size], film_bytes)
    try:
        return _lanes(head, data[end:])
    except (ValueError, KeyError, TypeError) as error:
        raise LanesError(f"what was kept are no lanes: {error}") from error


def check_head(read_at: ReadAt, film_bytes: int) -> None:
    """Make sure of a container's head alone, without reading the rest.

    Raises :class:`LanesError` unless it is of this version and this very film.
    """
    _head(read_at, film_bytes)


def _head(read_at: ReadAt, film_bytes: int) -> tuple[dict[str, Any], int]:
    """Give the head, and where it ends."""
    try:
        (size,) = _SIZE.unpack(read_at(0, _SIZE.size))
        head = json.loads(read_at(_SIZE.size, size))
        made_of = (head["version"], head["film_bytes"])
    except (struct.error, ValueError, KeyError, TypeError) as error:
        raise LanesError(f"what was kept are no lanes: {error}") from error
    if made_of != (VERSION, film_bytes):
        raise LanesError("the lanes were made in another way, or of another end of the film")
    return head, _SIZE.size + size


def _lanes(head: dict[str, Any], data: bytes) -> Lanes:
    wave, motion, jpeg = head["sizes"]
    if wave + motion + jpeg != len(data):
        raise LanesError("the lanes are not whole")
    return Lanes(
        wave=data[:wave],
        motion=data[wave : wave + motion],
        speech=tuple((start, end) for start, end in head["speech"]),
        candidates=tuple((start, end) for start, end in head["candidates"]),
        strip=Strip(jpeg=data[wave + motion :], **head["strip"]) if head["strip"] else None,
        why=head["why"],
    )


def _shape(strip: Strip | None) -> dict[str, Any] | None:
    if strip is None:
        return None
    return {
        "columns": strip.columns,
        "tile_width": strip.tile_width,
        "tile_height": strip.tile_height,
        "times_ms": strip.times_ms,
    }
