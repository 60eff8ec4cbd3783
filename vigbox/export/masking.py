"""What leaves with masks, as pieces of an export: a clip and stills, every picture made anew."""

from collections.abc import Sequence

from vigbox.export.clips import OpenedFilm
from vigbox.export.pieces import Piece, Sink, Step
from vigbox.export.stills import Still
from vigbox.media.masked import masked_clip, masked_still
from vigbox.media.masking import Mask


def clip_piece(film: OpenedFilm, pictures: range, masks: Sequence[Mask], name: str) -> Piece:
    """Give a clip with its masks; writing raises as ``media.masked.masked_clip``."""

    def write(sink: Sink, step: Step) -> None:
        masked_clip(film.reader.read_at, film.index, pictures, masks, sink, step)

    return Piece(name, "clip", write)


def still_pieces(film: OpenedFilm, wanted: Sequence[Still], masks: Sequence[Mask]) -> list[Piece]:
    """Give stills with their masks, in the film's own size, named by their pictures."""
    named = ((each, f"picture {each.picture}, masked.jpg") for each in wanted)
    return [still_piece(film, each, masks, name) for each, name in named]


def still_piece(film: OpenedFilm, wanted: Still, masks: Sequence[Mask], name: str) -> Piece:
    """Give one still with its masks under a name; writing raises as ``masked.masked_still``."""

    def write(sink: Sink, step: Step) -> None:
        step(0)
        read_at = film.reader.read_at
        sink.write(masked_still(read_at, film.index, wanted.picture, masks, crop=wanted.crop))
        step(1)

    return Piece(name, "still", write)
