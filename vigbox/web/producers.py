"""What an export can be made of: one row for each producer, nothing else for a new one.

A producer is given what was chosen and gives pieces (see :mod:`vigbox.export.pieces`): it reads the
words it needs at once, within the session, and makes its bytes later, when a piece is written.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from vigbox.casework.tables import Case, Clip
from vigbox.export.clips import OpenedFilm, cut
from vigbox.export.pieces import Piece, Sink, Step
from vigbox.media.stills import still


@dataclass(frozen=True, slots=True)
class Material:
    """What was chosen: clips in their order, and the opened films they are of, by recording."""

    casework: Session
    case: Case
    clips: Sequence[Clip]
    films: Mapping[str, OpenedFilm]


@dataclass(frozen=True, slots=True)
class Producer:
    """One thing that can be made of clips: its key, as orders keep it, and its words."""

    key: str
    label: str
    note: str
    pieces: Callable[[Material], list[Piece]]


def _(words: str) -> str:
    """Mark words for the catalogues; they are translated when they are shown."""
    return words


def _clips(of: Material) -> list[Piece]:
    """One MP4 for each clip, exact to the picture; its name says the case and a number."""

    def piece(number: int, clip: Clip) -> Piece:
        def write(sink: Sink, step: Step) -> None:
            step(0.0)
            sink.write(cut(of.films[clip.recording], clip))
            step(1.0)

        return Piece(f"{of.case.code} clip {number}.mp4", "clip", write)

    return [piece(number, clip) for number, clip in enumerate(of.clips, 1)]


def _stills(of: Material) -> list[Piece]:
    """One JPEG for each clip: the picture it stands still at, else the one in its middle."""

    def piece(number: int, clip: Clip) -> Piece:
        picture = clip.freeze if clip.freeze is not None else (clip.first + clip.end) // 2

        def write(sink: Sink, step: Step) -> None:
            step(0.0)
            film = of.films[clip.recording]
            sink.write(still(film.index, film.reader.read_at, picture))
            step(1.0)

        return Piece(f"{of.case.code} still {number}.jpg", "still", write)

    return [piece(number, clip) for number, clip in enumerate(of.clips, 1)]


PRODUCERS: Final = (
    Producer("clips", _("The clips"), _("One film for each, cut to the picture."), _clips),
    Producer(
        "stills",
        _("A still of each clip"),
        _("The picture it stands still at, or the one in its middle."),
        _stills,
    ),
)
"""In the order of the page; the first is what a page offers by itself."""
