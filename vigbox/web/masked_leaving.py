"""A masked clip leaves the box: looked at by a person, through its gate, sealed for one machine."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import abort
from sqlalchemy.orm import Session

from vigbox.casework import masks
from vigbox.casework.clips import exported
from vigbox.casework.desk import Desk
from vigbox.casework.export_gate import rests_on
from vigbox.casework.masks import MaskError
from vigbox.casework.tables import Case, Clip, Consent, Disclosure
from vigbox.delivery.draft import Draft
from vigbox.delivery.machines import Machine
from vigbox.export.clips import OpenedFilm, file_name
from vigbox.export.masking import clip_piece, still_pieces
from vigbox.export.stills import Still
from vigbox.media.masking import Mask
from vigbox.media.samples import nobody
from vigbox.model import new_id
from vigbox.web.departure import Departure
from vigbox.web.services import Services
from vigbox.web.tablet import today


@dataclass(frozen=True, slots=True)
class Leaving:
    """Which clip leaves, what for, and for whose machine."""

    clip: str
    purpose: str
    machine: Machine


def masked_bytes(
    film: OpenedFilm, clip: Clip, painted: Sequence[Mask], still: Still | None = None
) -> bytes:
    """Give a clip, or one picture of it, with its masks, in memory."""
    made, name = io.BytesIO(), file_name(clip.name)
    (piece,) = (
        still_pieces(film, [still], painted)
        if still
        else [clip_piece(film, range(clip.first, clip.end), painted, name)]
    )
    piece.write(made, nobody)
    return made.getvalue()


def export_masked(at: Services, desk: Desk, film: OpenedFilm, leaving: Leaving) -> None:
    """Make an export of a masked clip that appears together with its rows, or not at all.

    The gate and that somebody looked are asked before anything is made, and again when it is kept.
    Raises GateShutError, MaskError, and what the outbox raises.
    """
    on, export_id = today(at), new_id()
    with desk.session() as casework:
        clip, painted, _consents = _allowed(casework, leaving, on)
        pictures = range(clip.first, clip.end)
        name = f"{casework.get_one(Case, clip.case_id).code} clip, masked.mp4"
    piece = clip_piece(film, pictures, painted, name)
    departure = Departure(at, desk, export_id, leaving.machine)

    def fill(draft: Draft) -> None:
        with draft.part("clip-1.mp4.age", piece.name, piece.kind) as sink:
            piece.write(sink, nobody)

    def settle(casework: Session, draft: Draft) -> None:
        clip, now, consents = _allowed(casework, leaving, on)
        if now != painted or range(clip.first, clip.end) != pictures:
            raise MaskError("the masks were changed meanwhile. Look at all of it again.")
        case, row = casework.get_one(Case, clip.case_id), _row(casework, clip, leaving)
        departure.book(casework, draft, case, row, consents)
        casework.add(exported(clip, export_id, leaving.machine.id, leaving.machine.name))

    departure.make(fill, settle)


def _allowed(
    casework: Session, leaving: Leaving, on: date
) -> tuple[Clip, list[Mask], list[Consent]]:
    clip = casework.get(Clip, leaving.clip) or abort(404, "There is no such clip.")
    painted = masks.masks_to_leave(casework, clip)
    case, hidden = casework.get_one(Case, clip.case_id), masks.hidden_in(casework, clip)
    consents = rests_on(casework, case, clip.recording, leaving.purpose, on, hidden=hidden)
    return clip, painted, consents


def _row(casework: Session, clip: Clip, leaving: Leaving) -> Disclosure:
    row = Disclosure(what="clip, faces masked", purpose=leaving.purpose, recordings=clip.recording)
    row.masked = " ".join(map(str, sorted(masks.hidden_in(casework, clip))))
    return row
