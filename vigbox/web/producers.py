"""What an export can be made of: one row for each producer, nothing else for a new one.

A producer is given what was chosen and gives pieces (see :mod:`vigbox.export.pieces`): it reads the
words it needs at once, within the session, and makes its bytes later, when a piece is written.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from babel.support import Translations
from sqlalchemy.orm import Session

from vigbox.casework.export_gate import KEPT
from vigbox.casework.gates import called
from vigbox.casework.marks import button_marks, marks_of
from vigbox.casework.tables import Case, Clip
from vigbox.casework.vocabulary import Vocabulary
from vigbox.export import film, interchange, masking, recording
from vigbox.export.cards import Words
from vigbox.export.clips import OpenedFilm, clip_piece
from vigbox.export.film_wish import Chosen, Wish
from vigbox.export.interchange.noted import Noted, named, spans_of
from vigbox.export.pieces import Piece
from vigbox.export.stills import Still, still_piece
from vigbox.media.jobs import Walls
from vigbox.media.masking import Mask
from vigbox.media.samples import picture_track

_AMONG_US: Final = (KEPT, "shared review", "keepsake")
_CATALOGUES: Final = Path(__file__).parent / "translations"


@dataclass(frozen=True, slots=True)
class Material:
    """What was chosen: clips in their order, and the opened films they are of, by recording.

    ``started_at`` is when each of these was filmed; principles are called in ``language``.
    The practitioner's own names of clips go along only where the family itself will see them, or
    nobody else: ``purpose`` says so. ``masks`` are painted over the clips whose ids they have.
    """

    casework: Session
    case: Case
    clips: Sequence[Clip]
    films: Mapping[str, OpenedFilm]
    started_at: Mapping[str, str]
    vocabulary: Vocabulary
    language: str
    purpose: str = KEPT
    masks: Mapping[str, Sequence[Mask]] = field(default_factory=dict)
    walls: Walls | None = None
    """Where ffmpeg runs; bubblewrap when nothing is said."""


@dataclass(frozen=True, slots=True)
class Producer:
    """One thing that can be made of clips: its key, as orders keep it, and its words.

    ``covers`` tells that it shows no picture without the masks of its clip, ``for_programs`` that
    it is read by programs alone.
    """

    key: str
    label: str
    note: str
    pieces: Callable[[Material], list[Piece]]
    covers: bool = False
    for_programs: bool = False


def noted(of: Material, number: int, name: str) -> Noted:
    """Give what was noted of one recording: the chosen clips, all its marks, roles alone."""
    index = of.films[name].index
    times = [*index.picture_times, index.pictures.end]
    people = {called(each): each.role for each in of.case.participants}
    people |= {each.role: each.role for each in of.case.participants}
    spans = spans_of((each for each in of.clips if each.recording == name), times, people)
    pressed = [each.time_ns for each in index.events if each.kind == "mark"]
    marks = marks_of(of.casework, name, button_marks(name, pressed, index.picture_times))
    return Noted(
        case=of.case.code,
        recording=name,
        media=f"{of.case.code} recording {number}.mp4",
        made_at=of.started_at[name],
        length_ticks=times[-1],
        pictures=index.picture_count,
        size=picture_track(index).size,
        people=tuple(dict.fromkeys(each.role for each in of.case.participants)),
        principles=named(of.vocabulary, spans, of.language),
        spans=tuple(spans),
        marks_ticks=tuple(times[each.picture] for each in marks),
    )


def _(words: str) -> str:
    """Mark words for the catalogues; they are translated when they are shown."""
    return words


def _clips(of: Material) -> list[Piece]:
    """One MP4 for each clip, exact to the picture; its name says the case and a number."""
    return [_clip(of, each, f"{of.case.code} clip {n}") for n, each in enumerate(of.clips, 1)]


def _clip(of: Material, clip: Clip, name: str) -> Piece:
    film, masks = of.films[clip.recording], of.masks.get(clip.id)
    if masks is None:
        return clip_piece(film, (clip.first, clip.end), f"{name}.mp4")
    return masking.clip_piece(film, range(clip.first, clip.end), masks, f"{name}, masked.mp4")


def _stills(of: Material) -> list[Piece]:
    """One JPEG for each clip: the picture it stands still at, else the one in its middle."""
    return [_still(of, each, f"{of.case.code} still {n}") for n, each in enumerate(of.clips, 1)]


def _still(of: Material, clip: Clip, name: str) -> Piece:
    film, masks = of.films[clip.recording], of.masks.get(clip.id)
    if masks is None:
        return still_piece(film, _shown(clip), f"{name}.jpg")
    return masking.still_piece(film, _shown(clip), masks, f"{name}, masked.jpg")


def _shown(clip: Clip) -> Still:
    return Still(clip.freeze if clip.freeze is not None else (clip.first + clip.end) // 2)


def _film(of: Material, *, again: bool) -> list[Piece]:
    """Give one film to keep: a card before each clip, as slow as it is shown, still where it is."""
    say = Translations.load(_CATALOGUES, [of.language]).gettext
    number = _("Clip %(n)s of %(all)s")
    chosen = [
        Chosen(
            of.films[each.recording],
            each.first,
            each.end,
            _card(_name(of, each), say(number) % {"n": n, "all": len(of.clips)}),
            each.speed,
            each.freeze,
            again,
            of.masks.get(each.id, ()),
        )
        for n, each in enumerate(of.clips, 1)
    ]
    opening = Words(say(_("What we saw together")), above=of.case.code)
    return [film.piece(Wish(of.case.code, chosen, opening), walls=of.walls)]


def _name(of: Material, clip: Clip) -> str:
    return clip.given_name if of.purpose in _AMONG_US else ""


def _card(name: str, number: str) -> Words:
    return Words(name, above=number) if name else Words(number)


def _recordings(of: Material) -> list[Piece]:
    """Give the recordings of the clips, whole, a chapter for each chosen clip and each mark."""
    found = [(each, noted(of, n, each)) for n, each in enumerate(of.films, 1)]
    return [recording.piece(of.films[each], it.media, recording.chapters(it)) for each, it in found]


def _noted(wanted: str) -> Callable[[Material], list[Piece]]:
    """Give what makes one format of interchange for each recording of the clips."""
    return lambda of: [
        interchange.piece(noted(of, n, each), wanted) for n, each in enumerate(of.films, 1)
    ]


def _for_programs(wanted: str, label: str, note: str) -> Producer:
    """Give the row of one format of interchange: it shows nobody's face."""
    return Producer(wanted, label, note, _noted(wanted), covers=True, for_programs=True)


PRODUCERS: Final = (
    Producer(
        "clips", _("The clips"), _("One film for each, cut to the picture."), _clips, covers=True
    ),
    Producer(
        "stills",
        _("A still of each clip"),
        _("The picture it stands still at, or the one in its middle."),
        _stills,
        covers=True,
    ),
    Producer(
        "film",
        _("One film of the clips"),
        _("With a card before each, as slow as it is shown."),
        partial(_film, again=False),
        covers=True,
    ),
    Producer(
        "film-again",
        _("One film, each clip once more at half speed"),
        _("It takes a while: several times as long as the clips."),
        partial(_film, again=True),
        covers=True,
    ),
    Producer(
        "recordings",
        _("The whole recordings"),
        _("With a chapter for each of these clips and each mark."),
        _recordings,
    ),
    _for_programs("csv", _("Times as a table"), _("CSV, as LosslessCut reads it.")),
    _for_programs("webvtt", _("Times as subtitles"), _("WebVTT, for players.")),
    _for_programs("json", _("What was noted, as JSON"), _("Times and principles.")),
    _for_programs("elan", _("For ELAN"), _("An .eaf file.")),
    _for_programs("boris", _("For BORIS"), _("A project file.")),
    _for_programs("annotations", _("Web Annotations"), _("W3C, as JSON-LD.")),
)
"""In the order of the page; the first is what a page offers by itself."""
