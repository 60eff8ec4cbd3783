"""Shared reviews on the practitioner's device: prepare, begin, go through the clips, end."""

from datetime import date
from typing import Any, Final

from flask import Blueprint, abort, redirect, render_template, request, url_for
from sqlalchemy.orm import Session, object_session
from werkzeug.wrappers import Response

from vigbox.casework import audit, cycles, goals, review_clips, review_film, shared_reviews
from vigbox.casework.gates import GateShutError
from vigbox.casework.review_words import LONGEST, answers_of, said_about, said_to
from vigbox.casework.shared_reviews import KEEPSAKE, PURPOSE, SharedReviewError
from vigbox.casework.tables import Case, Clip, Cycle, SharedReview
from vigbox.errors import VigboxError
from vigbox.store.manifests import Manifest
from vigbox.web.languages import spoken
from vigbox.web.recordings import find as find_film
from vigbox.web.review_room import find, stage_of
from vigbox.web.screen import sit_down
from vigbox.web.sentences import told
from vigbox.web.services import Services, services
from vigbox.web.stage import StageError
from vigbox.web.tablet import box_time, today

pages = Blueprint("shared_reviews", __name__)

RATINGS: Final = range(goals.LOWEST, goals.HIGHEST + 1)


@pages.get("/cases/<case>/reviews")
def of_case(case: str) -> str:
    """List a case's shared reviews, and what could be watched together next."""
    return _of_case(case)


@pages.post("/cases/<case>/reviews")
def prepare(case: str) -> Response | tuple[str, int]:
    """Prepare the review of a cycle, or say what is missing."""
    at = services()
    desk, on = at.desk(), today(at)
    films = [each.recording for each in _films(at, case)]
    try:
        with desk.session() as casework:
            found = _case(casework, case)
            cycle = casework.get(Cycle, request.form.get("cycle", "")) or abort(404)
            review = shared_reviews.prepare(casework, found, cycle, on, films)
    except (SharedReviewError, GateShutError) as error:
        return _of_case(case, error), 409
    return redirect(url_for(".page", review=review.id), 303)


@pages.get("/reviews/<review>")
def page(review: str) -> str:
    """Show a review as it is: prepared, going on, or over."""
    return _page(review)


@pages.post("/reviews/<review>/discard")
def discard(review: str) -> Response | tuple[str, int]:
    """Let go of a review that was only prepared."""
    try:
        with services().desk().session() as casework:
            found = find(casework, review)
            case = found.case_id
            shared_reviews.discard(casework, found)
    except SharedReviewError as error:
        return _page(review, error), 409
    return redirect(url_for(".of_case", case=case), 303)


@pages.post("/reviews/<review>/begin")
def begin(review: str) -> Response | tuple[str, int]:
    """Begin, or say whose consent is missing."""
    at = services()
    desk, now = at.desk(), box_time(at)
    try:
        with desk.session() as casework:
            found = find(casework, review)
            shared_reviews.begin(casework, found, today(at), now.isoformat(timespec="seconds"))
    except (SharedReviewError, GateShutError) as error:
        return _page(review, error), 409
    return redirect(url_for(".page", review=review), 303)


@pages.post("/reviews/<review>/end")
def end(review: str) -> Response:
    """End: the client screen closes, the review's own film is looked for."""
    at = services()
    desk, now = at.desk(), box_time(at)
    with desk.session() as casework:
        found = find(casework, review)
        case = found.case_id
        if not found.ended_at:
            shared_reviews.end(casework, found, now.isoformat(timespec="seconds"))
    at.stages.end(review)
    at.shelf.cut_clips.clear()
    films = _films(at, case)
    with desk.session() as casework:
        review_film.find_own_film(casework, find(casework, review), films)
    return redirect(url_for(".page", review=review), 303)


@pages.post("/reviews/<review>/film")
def link(review: str) -> Response | tuple[str, int]:
    """Link the review's own film by hand, or none."""
    at, wanted = services(), request.form.get("recording", "")
    film = find_film(at, wanted) if wanted else None
    try:
        with at.desk().session() as casework:
            review_film.link_film(casework, find(casework, review), film)
    except SharedReviewError as error:
        return _page(review, error), 409
    return redirect(url_for(".page", review=review), 303)


@pages.post("/reviews/<review>/screen/enter")
def enter(review: str) -> Response | tuple[str, int]:
    """Make this very tablet the client screen, with a way-out code if one was typed."""
    at = services()
    desk = at.desk()
    stage_of(at, desk, review)
    try:
        seat = at.stages.sit(review, request.form.get("pin", "").strip())
    except StageError as error:
        return _page(review, error), 400
    with desk.session() as casework:
        found = find(casework, review)
        audit.note(casework, "client screen opened", review, found.case_id)
    return sit_down(seat)


@pages.app_context_processor
def _for_the_case() -> dict[str, Any]:
    """Let a case's page tell of its shared reviews, in the session that the case is of."""
    return {"shared_reviews_of": _told_of}


def _told_of(case: Case) -> dict[str, Any]:
    casework = object_session(case)
    if casework is None:
        return {"reviews": [], "ready": [], "unfiled": [], "numbers": {}}
    return {
        "reviews": shared_reviews.reviews_of(casework, case),
        "unfiled": review_clips.unfiled_films(casework, case),
        "ready": shared_reviews.ready_cycles(casework, case),
        "numbers": {each.id: each.number for each in cycles.cycles_of(casework, case)},
    }


def _of_case(case: str, problem: VigboxError | None = None) -> str:
    with services().desk().session() as casework:
        found = _case(casework, case)
        return render_template(
            "shared_reviews.html", case=found, problem=_sentence(problem), **_told_of(found)
        )


def _page(review: str, problem: VigboxError | None = None) -> str:
    at = services()
    desk = at.desk()
    stage = None
    with desk.session() as casework:
        found = find(casework, review)
        case, goes_on = found.case_id, bool(found.began_at and not found.ended_at)
    if goes_on:
        stage = stage_of(at, desk, review)
    films, on = _films(at, case), today(at)
    with desk.session() as casework:
        found = find(casework, review)
        return render_template(
            "shared_review.html",
            **_facts(casework, found),
            prompts=at.prompts,
            spoken=spoken(),
            stage=stage,
            films=films,
            scale=RATINGS,
            longest=LONGEST,
            shut=None if found.ended_at else _shut(casework, found, PURPOSE, on),
            no_stills=_shut(casework, found, KEEPSAKE, on),
            problem=_sentence(problem),
        )


def _facts(casework: Session, review: SharedReview) -> dict[str, Any]:
    case = casework.get_one(Case, review.case_id)
    cycle = casework.get_one(Cycle, review.cycle_id)
    ratings = goals.ratings_of(casework, case)
    before = _cycle_before(casework, case, cycle)
    every = [each for each in goals.goals_of(casework, case) if not each.ended_at]
    return {
        "review": review,
        "case": case,
        "cycle": cycle,
        "rows": [(each, casework.get_one(Clip, each.clip_id)) for each in review.shown],
        "before": {
            **{each.position: said_about(review, each.clip_id)[-2::-1] for each in review.shown},
            **{key: said_to(review, key)[-2::-1] for key in answers_of(review)},
        },
        "answers": {key: each.text for key, each in answers_of(review).items()},
        "goals": [
            (
                each,
                ratings.get(each.id, {}).get(cycle.id),
                ratings.get(each.id, {}).get(before.id) if before else None,
            )
            for each in every
        ],
    }


def _cycle_before(casework: Session, case: Case, cycle: Cycle) -> Cycle | None:
    earlier = [each for each in cycles.cycles_of(casework, case) if each.number < cycle.number]
    return earlier[-1] if earlier else None


def _shut(casework: Session, review: SharedReview, purpose: str, on: date) -> str:
    case = casework.get_one(Case, review.case_id)
    clips = shared_reviews.clips_of_review(casework, review)
    to = "show these clips" if purpose == PURPOSE else "put pictures on the family's page"
    try:
        shared_reviews.require(casework, case, clips, purpose, to=to, on=on)
    except GateShutError as error:
        return _sentence(error)
    return ""


def _case(casework: Session, case: str) -> Case:
    return casework.get(Case, case) or abort(404, "There is no such case.")


def _films(at: Services, case: str) -> list[Manifest]:
    mine = (each for each in at.manifests.listed() if each.case == case)
    return [each for each in mine if each.recording not in at.binned]


def _sentence(error: VigboxError | None) -> str:
    text = told(str(error or ""))
    return text[:1].upper() + text[1:]
