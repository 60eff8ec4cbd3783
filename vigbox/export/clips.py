"""Cuts a clip out of a sealed film, in memory: it is never plain on a disk."""

import io
import re
from typing import Protocol

from vigbox.casework.tables import Clip
from vigbox.errors import VigboxError
from vigbox.media.cut import cut_clip
from vigbox.media.fragments import FilmIndex
from vigbox.seal.opening import FilmReader

LONGEST_MS = 300_000


class ClipTooLongError(VigboxError):
    """A clip is too long to be cut in memory."""


class OpenedFilm(Protocol):
    """A film as the web's shelf holds it."""

    @property
    def index(self) -> FilmIndex:
        """What the film holds."""

    @property
    def reader(self) -> FilmReader:
        """Reads its plain bytes."""


def cut(film: OpenedFilm, clip: Clip) -> bytes:
    """Give a clip as a plain MP4, in memory.

    Raises :class:`ClipTooLongError`, ClipRangeError, SealError, OSError.
    """
    if clip.length_ms > LONGEST_MS:
        raise ClipTooLongError("a clip may be 5 minutes long at most. Choose a shorter moment.")
    made = io.BytesIO()
    cut_clip(film.reader.read_at, film.index, clip.first, clip.end, made)
    return made.getvalue()


def file_name(name: str) -> str:
    """Give the name that the file of a clip has on the practitioner's machine."""
    return (re.sub(r"[^\w .,'!-]+", " ", name).strip(" .")[:80] or "Clip") + ".mp4"
