"""Clips out of a sealed film: never plain on a disk, and in bounded memory."""

import io
import re
from typing import Final, Protocol

from vigbox.casework.tables import Clip
from vigbox.errors import VigboxError
from vigbox.export.pieces import Piece, Sink, Step
from vigbox.media.cut import cut_clip
from vigbox.media.fragments import FilmIndex
from vigbox.seal.opening import FilmReader

LONGEST_SHOWN_MS: Final = 300_000


class ClipTooLongError(VigboxError):
    """A clip is too long to be kept in memory for a screen."""


class OpenedFilm(Protocol):
    """A film as the web's shelf holds it."""

    @property
    def index(self) -> FilmIndex:
        """What the film holds."""

    @property
    def reader(self) -> FilmReader:
        """Reads its plain bytes."""


def cut(film: OpenedFilm, clip: Clip) -> bytes:
    """Give a clip as a plain MP4, in memory, for a screen.

    Raises :class:`ClipTooLongError` and what cut_clip raises.
    """
    if clip.length_ms > LONGEST_SHOWN_MS:
        raise ClipTooLongError(
            "a clip that is shown may be 5 minutes long at most. Choose a shorter moment."
        )
    made = io.BytesIO()
    cut_clip(film.reader.read_at, film.index, clip.first, clip.end, made)
    return made.getvalue()


def clip_piece(film: OpenedFilm, span: tuple[int, int], name: str) -> Piece:
    """Give pictures ``span[0]`` up to but not including ``span[1]`` as one piece."""

    def write(sink: Sink, step: Step) -> None:
        cut_clip(film.reader.read_at, film.index, *span, sink, step)

    return Piece(name, "clip", write)


def file_name(name: str) -> str:
    """Give the name that the file of a clip has on the practitioner's machine."""
    return (re.sub(r"[^\w.,'!-]+", " ", name).strip(" .")[:80] or "Clip") + ".mp4"
