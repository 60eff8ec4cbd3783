"""Makes a keepsake of a shared review: its gate, its words, its photos from the films."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from http import HTTPStatus
from typing import Final

from flask import abort
from flask_babel import format_date
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from vigbox.casework.desk import Desk
from vigbox.casework.export_gate import rests_on
from vigbox.casework.gates import GateShutError
from vigbox.casework.masks import hidden_in, masks_to_leave
from vigbox.casework.review_words import answers_of
from vigbox.casework.shared_reviews import KEEPSAKE
from vigbox.casework.tables import Case, Clip, Consent, SharedReview
from vigbox.export.keepsake import Keepsake, Labels, Photo, Shape, pieces
from vigbox.export.pieces import Piece, Step
from vigbox.media import samples, stills
from vigbox.media.masked import masked_still
from vigbox.media.masking import Mask
from vigbox.model import now_at
from vigbox.web.keepsake_choice import Choice, ChosenPhoto
from vigbox.web.languages import spoken
from vigbox.web.recordings import find as find_film
from vigbox.web.review_room import find
from vigbox.web.services import Services
from vigbox.web.shelf import OpenFilm

_WIDEST_PX: Final = 1600

Covered = dict[int, list[Mask]]
"""What is painted over, by a clip's place: only where its photo may not leave without."""


def as_pieces(
    at: Services, desk: Desk, review: str, choice: Choice, covered: Covered, shapes: Sequence[Shape]
) -> list[Piece]:
    """Give a keepsake as pieces of an export, its photos made as it is written.

    Who exports asks :func:`allowed` before and once more when it is kept: ``covered`` must be what
    it gives both times. What we add is in the language of this request.
    """
    labels, words = labels_spoken(), _words(desk, review, choice)

    def make(step: Step) -> Keepsake:
        return _with_photos(at, desk, review, choice, covered, words, step)

    return pieces(shapes, make, labels)


def allowed(
    casework: Session, review: SharedReview, choice: Choice, on: date
) -> tuple[list[Consent], Covered]:
    """Give the consents that the chosen photos may leave on, and what must be covered in them.

    Raises GateShutError.
    """
    clips = clips_of(casework, review)
    chosen = {each.clip: clips[each.clip] for each in choice.photos}
    needs = {
        place: masks_to_leave(casework, clip)
        for place, clip in chosen.items()
        if _rests_on(casework, review, clip, on)[1]
    }
    return rests_on_all(casework, review, list(chosen.values()), on), needs


def rests_on_all(
    casework: Session, review: SharedReview, clips: list[Clip], on: date
) -> list[Consent]:
    """Give the consents that photos of some clips may leave on. Raises GateShutError."""
    found = [_rests_on(casework, review, each, on)[0] for each in clips]
    return list({each.id: each for some in found for each in some}.values())


def _rests_on(
    casework: Session, review: SharedReview, clip: Clip, on: date
) -> tuple[list[Consent], bool]:
    """Give the consents, and whether they suffice only with the clip's masks."""
    case, hidden = casework.get_one(Case, review.case_id), hidden_in(casework, clip)
    try:
        return rests_on(casework, case, clip.recording, KEEPSAKE, on), False
    except GateShutError:
        if not hidden:
            raise
    return rests_on(casework, case, clip.recording, KEEPSAKE, on, hidden=hidden), True


def made_of(at: Services, desk: Desk, review: str, choice: Choice, covered: Covered) -> Keepsake:
    """Give what was chosen, with its photos. Answers 400 for a crop that is outside."""
    words = _words(desk, review, choice)
    return _with_photos(at, desk, review, choice, covered, words, samples.nobody)


def clips_of(casework: Session, review: SharedReview) -> dict[int, Clip]:
    """Give a review's clips by their place in it."""
    return {each.position: casework.get_one(Clip, each.clip_id) for each in review.shown}


def strengths_of(review: SharedReview) -> str:
    """Give what the client said is going well; empty when it was not asked or said."""
    told = answers_of(review).get("strengths")
    return told.text if told else ""


def labels_spoken() -> Labels:
    """Give what we add to a keepsake, in the language of this request."""
    return Labels(
        title=_("Moments together"),
        strengths=_("What is going well"),
        quote=_("“{}”"),
        language=spoken(),
    )


def _words(desk: Desk, review: str, choice: Choice) -> Keepsake:
    """Give a keepsake with its words, and no pictures yet."""
    with desk.session() as casework:
        found = find(casework, review)
        began = datetime.fromisoformat(found.began_at or now_at()).astimezone().date()
        said = {each.position: each.words for each in found.shown if choice.has_words}
        return Keepsake(
            held_on=began,
            held=format_date(began, "d MMMM y" if spoken() == "en" else "long"),
            # each clip's words once, with the first photo of it
            photos=tuple(Photo(b"", said.pop(each.clip, "")) for each in choice.photos),
            strengths=strengths_of(found) if choice.has_strengths else "",
            code=casework.get_one(Case, found.case_id).code if choice.has_code else "",
        )


def _with_photos(
    at: Services,
    desk: Desk,
    review: str,
    choice: Choice,
    covered: Covered,
    words: Keepsake,
    step: Step,
) -> Keepsake:
    with desk.session() as casework:
        clips = clips_of(casework, find(casework, review))
        films = [clips[each.clip].recording for each in choice.photos]
    photos: list[Photo] = []
    for number, chosen in enumerate(choice.photos):
        step(number / len(choice.photos))
        film = at.shelf.film(desk, find_film(at, films[number]))
        jpeg = _jpeg(film, chosen, covered.get(chosen.clip))
        photos.append(replace(words.photos[number], jpeg=jpeg))
    return replace(words, photos=tuple(photos))


def _jpeg(film: OpenFilm, chosen: ChosenPhoto, covered: list[Mask] | None) -> bytes:
    index, read_at, crop = film.index, film.reader.read_at, chosen.crop
    across = crop[2] if crop else samples.picture_track(index).size[0]
    width = _WIDEST_PX if across > _WIDEST_PX else None
    try:
        if covered is not None:
            return masked_still(read_at, index, chosen.picture, covered, crop=crop)
        return stills.still(index, read_at, chosen.picture, crop=crop, width=width)
    except stills.StillError as error:
        abort(HTTPStatus.BAD_REQUEST, f"That picture cannot be made: {error}.")
