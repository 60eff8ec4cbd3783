"""Clips and stills out of a sealed film: never plain on a disk, and in bounded memory."""

import io
import re
from collections.abc import Iterable
from typing import Final, Protocol

from vigbox.casework.tables import Clip
from vigbox.errors import VigboxError
from vigbox.export.pieces import Piece, Sink, Step
from vigbox.media.cut import cut_clip
from vigbox.media.fragments import FilmIndex
from vigbox.media.stills import still
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


def pieces(
    film: OpenedFilm, clips: Iterable[Clip], code: str = "", first_number: int = 1
) -> list[Piece]:
    """Give each clip of a film as a piece ``<code> clip <number>.mp4``, however long it is.

    Writing one raises ClipRangeError, BoxError, SealError, OSError, and what sink and step raise.
    """
    return [
        clip_piece(film, (clip.first, clip.end), _named(code, "clip", number, "mp4"))
        for number, clip in enumerate(clips, first_number)
    ]


def still_pieces(
    film: OpenedFilm, pictures: Iterable[int], code: str = "", first_number: int = 1
) -> list[Piece]:
    """Give pictures of a film, by number and exact, as pieces ``<code> still <number>.jpg``.

    Writing one raises StillError, BoxError, SealError, OSError, and what sink and step raise.
    """
    return [
        _still_piece(film, picture, _named(code, "still", number, "jpg"))
        for number, picture in enumerate(pictures, first_number)
    ]


def clip_piece(film: OpenedFilm, span: tuple[int, int], name: str) -> Piece:
    """Give pictures ``span[0]`` up to but not including ``span[1]`` as one piece."""

    def write(sink: Sink, step: Step) -> None:
        cut_clip(film.reader.read_at, film.index, *span, sink, step)

    return Piece(name, "clip", write)


def file_name(name: str) -> str:
    """Give the name that the file of a clip has on the practitioner's machine."""
    return (re.sub(r"[^\w.,'!-]+", " ", name).strip(" .")[:80] or "Clip") + ".mp4"


def _still_piece(film: OpenedFilm, picture: int, name: str) -> Piece:
    def write(sink: Sink, step: Step) -> None:
        step(0.0)
        sink.write(still(film.index, film.reader.read_at, picture))
        step(1.0)

    return Piece(name, "still", write)


def _named(code: str, kind: str, number: int, ending: str) -> str:
    return f"{code} {kind} {number}.{ending}".lstrip()
