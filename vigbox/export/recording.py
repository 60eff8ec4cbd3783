"""A whole recording as one plain MP4, its index in front, a chapter for each clip and mark."""

from typing import Final

from vigbox.export.clips import OpenedFilm
from vigbox.export.interchange.noted import Noted
from vigbox.export.pieces import Piece, Sink, Step
from vigbox.media.chapters import Chapters
from vigbox.media.faststart import VirtualMp4

_PIECE_BYTES: Final = 1 << 20


def chapters(noted: Noted) -> Chapters:
    """Give a chapter for each clip and each mark, in the order of the film."""
    found = [(each.start_ticks, noted.label(each)) for each in noted.spans]
    found += [(ticks, f"Mark {n}") for n, ticks in enumerate(noted.marks_ticks, 1)]
    told = Chapters()
    for ticks, title in sorted(found):
        told.add(title, ticks)
    return told


def piece(film: OpenedFilm, name: str, told: Chapters | None = None) -> Piece:
    """Give the recording as one file; it is read and written a megabyte at a time.

    Raises BoxError; its ``write`` raises SealError, OSError and what the step raises.
    """
    mp4 = VirtualMp4(film.index, told)

    def write(sink: Sink, step: Step) -> None:
        for offset in range(0, mp4.size, _PIECE_BYTES):
            step(offset / mp4.size)
            sink.write(mp4.read_at(offset, _PIECE_BYTES, film.reader.read_at))
        step(1.0)

    return Piece(name, "recording", write)
