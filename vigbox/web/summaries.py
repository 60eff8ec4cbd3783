"""Reflection and action plan of a shared review: a page to print, and a PDF, for the family."""

import hashlib
from dataclasses import dataclass, replace
from datetime import date, datetime

from flask import Blueprint, Response, abort, render_template, request
from flask_babel import force_locale, format_date
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from vigbox.casework import audit, cycles, goals, shared_reviews
from vigbox.casework.desk import Desk
from vigbox.casework.prompts import NEEDED, Prompts
from vigbox.casework.review_words import answers_of
from vigbox.casework.shared_reviews import KEEPSAKE
from vigbox.casework.tables import Case, Clip, Consent, Cycle, Disclosure, SharedReview
from vigbox.export.summary import Headings, Hope, Summary, family_page
from vigbox.media import stills
from vigbox.model import now_at
from vigbox.web.languages import spoken
from vigbox.web.recordings import find as find_film
from vigbox.web.review_room import find
from vigbox.web.services import Services, services
from vigbox.web.tablet import today

pages = Blueprint("summaries", __name__)

_STILL_WIDTH = 640


@dataclass(frozen=True, slots=True)
class _Frame:
    """Which picture of which recording stands for a clip."""

    recording: str
    picture: int


@pages.get("/reviews/<review>/summary")
def page(review: str) -> str:
    """Show the page as it will be printed; ``?stills=1`` with a picture of each clip."""
    with force_locale(_language()):
        return _page(services(), review)


def _page(at: Services, review: str) -> str:
    has_stills = request.args.get("stills") == "1"
    with at.desk().session() as casework:
        found = find(casework, review)
        frames = _frames(casework, found, today(at))[0] if has_stills else []
        audit.note(casework, "family's page shown", review, found.case_id)
        return render_template(
            "summary.html",
            review=found,
            summary=_summary(casework, found, at.prompts),
            headings=_headings(),
            stills=len(frames),
            scale=range(goals.LOWEST, goals.HIGHEST + 1),
        )


@pages.get("/reviews/<review>/summary.pdf")
def pdf(review: str) -> Response:
    """Give it as a PDF; what leaves the box is noted. Raises GateShutError for the stills."""
    with force_locale(_language()):
        return _pdf(services(), review)


def _pdf(at: Services, review: str) -> Response:
    desk, on = at.desk(), today(at)
    has_stills = request.args.get("stills") == "1"
    with desk.session() as casework:
        found = find(casework, review)
        frames = _frames(casework, found, on)[0] if has_stills else []
        summary = _summary(casework, found, at.prompts)
    pictures = tuple(_still(at, desk, each) for each in frames)
    made = family_page(replace(summary, stills=pictures), _headings())
    with desk.session() as casework:
        found = find(casework, review)
        # asked again: the family may have said no while the pictures were made
        now, consents = _frames(casework, found, on) if has_stills else ([], [])
        if now != frames:
            abort(409, _("A clip was changed meanwhile. Load the page again."))
        row = Disclosure(sha256=hashlib.sha256(made).hexdigest())
        row.recordings = " ".join(dict.fromkeys(each.recording for each in frames))
        _disclose(casework, found, row, consents)
    answer = Response(made, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = 'inline; filename="what-we-saw-together.pdf"'
    return answer


def _language() -> str:
    """Give the family's language, as it was chosen to print; that of the page without a choice."""
    wish = request.args.get("language", "")
    return wish if wish in services().service.languages() else spoken()


@pages.get("/reviews/<review>/still-<int:place>.jpg")
def still(review: str, place: int) -> Response:
    """Give the picture that stands for a clip that was shown. Raises GateShutError."""
    at = services()
    desk, on = at.desk(), today(at)
    with desk.session() as casework:
        frames, _consents = _frames(casework, find(casework, review), on)
    if not 1 <= place <= len(frames):
        abort(404, "There is no such picture.")
    return Response(_still(at, desk, frames[place - 1]), mimetype="image/jpeg")


def _frames(
    casework: Session, review: SharedReview, on: date
) -> tuple[list[_Frame], list[Consent]]:
    """Give the frames of the clips that were shown, and the keepsake consents they rest on."""
    case = casework.get_one(Case, review.case_id)
    clips = [casework.get_one(Clip, each.clip_id) for each in review.shown if each.shown_at]
    if not clips:
        return [], []
    to = "put pictures on the family's page"
    consents = shared_reviews.require(casework, case, clips, KEEPSAKE, to=to, on=on)
    return [_Frame(each.recording, _picture(each)) for each in clips], consents


def _picture(clip: Clip) -> int:
    return (clip.first + clip.end - 1) // 2 if clip.freeze is None else clip.freeze


def _still(at: Services, desk: Desk, frame: _Frame) -> bytes:
    film = at.shelf.film(desk, find_film(at, frame.recording))
    return stills.still(film.index, film.reader.read_at, frame.picture, width=_STILL_WIDTH)


def _summary(casework: Session, review: SharedReview, prompts: Prompts) -> Summary:
    case = casework.get_one(Case, review.case_id)
    told = {key: each.text for key, each in answers_of(review).items()}
    held = datetime.fromisoformat(review.began_at or now_at()).astimezone()
    own = [each for each in prompts.of("review") if each.key not in NEEDED and told.get(each.key)]
    return Summary(
        held_on=held.date(),
        held=format_date(held.date(), "d MMMM y" if spoken() == "en" else "long"),
        question=case.helping_question,
        own_words=tuple(each.words for each in review.shown if each.words),
        strengths=told.get("strengths", ""),
        ideas=told.get("ideas", ""),
        action=told.get("action", ""),
        hopes=_hopes(casework, case, casework.get_one(Cycle, review.cycle_id)),
        more=tuple((each.ask.label(spoken()), told[each.key]) for each in own),
    )


def _hopes(casework: Session, case: Case, cycle: Cycle) -> tuple[Hope, ...]:
    ratings = goals.ratings_of(casework, case)
    earlier = [each for each in cycles.cycles_of(casework, case) if each.number < cycle.number]
    return tuple(
        Hope(
            each.wordings[-1].text,
            ratings.get(each.id, {}).get(cycle.id),
            ratings.get(each.id, {}).get(earlier[-1].id) if earlier else None,
        )
        for each in goals.goals_of(casework, case)
        if not each.ended_at and each.wordings
    )


def _headings() -> Headings:
    return Headings(
        title=_("What we saw together"),
        own_words=_("In your own words"),
        strengths=_("What goes well between you"),
        ideas=_("New ideas"),
        action=_("Until next time"),
        goals=_("Where your hopes stand"),
        today=_("today"),
        before=_("last time"),
        ours=_("Yours to keep. It holds nothing that you did not say or choose yourself."),
    )


def _disclose(
    casework: Session, review: SharedReview, row: Disclosure, consents: list[Consent]
) -> None:
    row.case_id, row.disclosed_at = review.case_id, now_at()
    row.what, row.to_whom = "reflection and action plan, PDF", "the family"
    row.purpose = KEEPSAKE if consents else shared_reviews.PURPOSE
    row.consents = " ".join(str(each.id) for each in consents)
    casework.add(row)
    audit.note(casework, "family's page made", review.id, review.case_id)
