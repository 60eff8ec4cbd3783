"""A keepsake of a shared review: photos and words are chosen, seen together, and printed."""

import hashlib
from datetime import date
from typing import Any

from flask import Blueprint, Response, render_template, request
from sqlalchemy.orm import Session

from vigbox.casework.desk import Desk
from vigbox.casework.disclosures import disclose
from vigbox.casework.gates import GateShutError
from vigbox.casework.masks import MaskError, hidden_in
from vigbox.casework.shared_reviews import KEEPSAKE
from vigbox.casework.tables import Case, Consent, Disclosure, SharedReview
from vigbox.export.keepsake import NAMES, Shape, keepsake
from vigbox.export.mosaic import MOST
from vigbox.export.paper import is_shown_whole
from vigbox.media import samples
from vigbox.media.masking import Mask
from vigbox.web.keepsake_choice import Choice, ChosenPhoto, parse_choice, proposed
from vigbox.web.keepsake_making import (
    Covered,
    allowed,
    clips_of,
    labels_spoken,
    made_of,
    strengths_of,
)
from vigbox.web.recordings import find as find_film
from vigbox.web.review_room import find
from vigbox.web.sentences import told
from vigbox.web.services import Services, services
from vigbox.web.tablet import today

pages = Blueprint("keepsakes", __name__)


@pages.get("/reviews/<review>/keepsake")
def page(review: str) -> str:
    """Choose photos and words, and see how they go together; or say what is missing."""
    at = services()
    desk, on = at.desk(), today(at)
    with desk.session() as casework:
        found = find(casework, review)
        missing, covered, shut = _gate(casework, found, on)
        clips = clips_of(casework, found).items()
        films = {clip.recording for place, clip in clips if place not in shut}
    sizes = {each: _size(at, desk, each) for each in films}
    with desk.session() as casework:
        return render_template(
            "keepsake.html",
            **_facts(casework, find(casework, review)),
            missing=missing,
            covered=covered,
            shut=shut,
            sizes=sizes,
            most=MOST,
        )


@pages.get("/reviews/<review>/keepsake-<any(a4, card):shape>.pdf")
def pdf(review: str, shape: Shape) -> Response:
    """Give it as a PDF; that it left is noted. Raises GateShutError, KeepsakeError."""
    at = services()
    desk, on = at.desk(), today(at)
    with desk.session() as casework:
        found = find(casework, review)
        choice = parse_choice(request.args, clips_of(casework, found))
        _consents, covered = allowed(casework, found, choice, on)
    made = keepsake(shape, made_of(at, desk, review, choice, covered), labels_spoken())
    with desk.session() as casework:
        found = find(casework, review)
        # a consent may have been taken back while the photos were made, or a mask changed
        consents, now = allowed(casework, found, choice, on)
        if now != covered:
            raise MaskError("the masks were changed meanwhile. Look at all of it again.")
        row = Disclosure(sha256=hashlib.sha256(made).hexdigest())
        row.masked = _masked(casework, found, covered)
        clips = clips_of(casework, found)
        row.recordings = " ".join(
            dict.fromkeys(clips[each.clip].recording for each in choice.photos)
        )
        _disclose(casework, found, shape, row, consents)
    answer = Response(made, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{NAMES[shape]}"'
    return answer


def _facts(casework: Session, review: SharedReview) -> dict[str, Any]:
    clips = clips_of(casework, review)
    said = {each.position: each.words for each in review.shown}
    strengths = strengths_of(review)
    return {
        "review": review,
        "case": casework.get_one(Case, review.case_id),
        "clips": clips,
        "said": said,
        "strengths": strengths,
        "pictures": proposed(clips),
        "labels": labels_spoken(),
        "is_whole": all(map(is_shown_whole, [*said.values(), strengths])),
    }


def _size(at: Services, desk: Desk, recording: str) -> tuple[int, int]:
    return samples.picture_track(at.shelf.film(desk, find_film(at, recording)).index).size


def _gate(casework: Session, review: SharedReview, on: date) -> tuple[str, Covered, set[int]]:
    """Give what is missing, else none, which moments leave covered, and which not at all."""
    missing, covered, shut = "", dict[int, list[Mask]](), set[int]()
    for place, clip in clips_of(casework, review).items():
        try:
            choice = Choice((ChosenPhoto(place, clip.first),))
            covered |= allowed(casework, review, choice, on)[1]
        except GateShutError as error:
            missing, shut = told(str(error)), {*shut, place}
    return missing[:1].upper() + missing[1:], covered, shut


def _masked(casework: Session, review: SharedReview, covered: Covered) -> str:
    clips = clips_of(casework, review)
    who = {each for place in covered for each in hidden_in(casework, clips[place])}
    return " ".join(map(str, sorted(who)))


def _disclose(
    casework: Session, review: SharedReview, shape: Shape, row: Disclosure, consents: list[Consent]
) -> None:
    row.to_whom, row.purpose = "the family", KEEPSAKE
    row.what = "keepsake, PDF" if shape == "a4" else "keepsake card, PDF"
    row.what += ", faces masked" if row.masked else ""
    disclose(casework, casework.get_one(Case, review.case_id), row, consents)
