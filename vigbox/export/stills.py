"""Stills as pieces of an export: one picture of a film each, exact to the frame, as a JPEG."""

from collections.abc import Sequence
from dataclasses import dataclass

from vigbox.export.clips import OpenedFilm
from vigbox.export.pieces import Piece, Sink, Step
from vigbox.media import stills
from vigbox.media.stills import Crop


@dataclass(frozen=True, slots=True)
class Still:
    """Which picture, which part of it in pixels of the film or all, and how wide, or as it is."""

    picture: int
    crop: Crop | None = None
    width: int | None = None


def still_pieces(film: OpenedFilm, wanted: Sequence[Still]) -> list[Piece]:
    """Give stills of one film, named by their pictures; writing raises as ``media.stills``."""
    return [still_piece(film, each, f"picture {each.picture}.jpg") for each in wanted]


def still_piece(film: OpenedFilm, wanted: Still, name: str) -> Piece:
    """Give one still under a name; writing raises as ``media.stills``."""

    def write(sink: Sink, step: Step) -> None:
        step(0)
        sink.write(
            stills.still(
                film.index,
                film.reader.read_at,
                wanted.picture,
                crop=wanted.crop,
                width=wanted.width,
            )
        )
        step(1)

    return Piece(name, "still", write)
