"""What the practitioner's page of a shared review asks and saves, in JSON.

What is refused is answered with one sentence, ``{"error": …}``; words that were written meanwhile
on another tablet come with it, as ``kept``.
"""

from typing import Any

import segno
from flask import Blueprint, Response, abort, jsonify, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException

from vigbox.casework import goals, review_words
from vigbox.casework.desk import Desk
from vigbox.casework.review_words import ReviewWordsError, WrittenMeanwhileError
from vigbox.casework.tables import Cycle, Goal, Shown
from vigbox.errors import VigboxError
from vigbox.web import review_room
from vigbox.web.review_room import find
from vigbox.web.sentences import told
from vigbox.web.services import Services, services
from vigbox.web.stage import Stage, StageError

pages = Blueprint("review_desk", __name__)


@pages.get("/reviews/<review>/state")
def state(review: str) -> dict[str, Any]:
    """Tell what is on the client screen, and whether there is one. This is no activity."""
    at = services()
    stage = at.stages.find(review) or abort(404, "This shared review does not go on.")
    return _facts(at, at.desk(is_activity=False), stage)


@pages.post("/reviews/<review>/stage")
def direct(review: str) -> dict[str, Any]:
    """Direct the client screen: ``{"do", "value"}``."""
    at, asked = services(), _asked("do", "value")
    desk = at.desk()
    stage = review_room.stage_of(at, desk, review)
    review_room.direct(at, desk, stage, asked.get("do"), asked.get("value"))
    return _facts(at, desk, stage)


@pages.get("/reviews/<review>/clip-<int:place>.mp4")
def clip(review: str, place: int) -> Response:
    """Give a clip to the practitioner's own page, the same bytes as the screen's."""
    at = services()
    return review_room.clip_response(at, at.desk(), review, place)


@pages.put("/reviews/<review>/words")
def words(review: str) -> dict[str, Any]:
    """Keep the client's words about a clip: ``{"clip", "text", "known"}``."""
    asked = _asked("clip", "text", "known")
    with services().desk().session() as casework:
        shown = _shown(casework, review, asked.get("clip"))
        kept = review_words.keep_words(casework, shown, _text(asked, "text"), _text(asked, "known"))
    return {"kept": kept}


@pages.put("/reviews/<review>/answers")
def answer(review: str) -> dict[str, Any]:
    """Keep what was said to a prompt: ``{"prompt", "text", "known"}``."""
    at, asked = services(), _asked("prompt", "text", "known")
    prompt = _text(asked, "prompt")
    with at.desk().session() as casework:
        found = find(casework, review)
        if prompt not in at.prompts.answered | set(review_words.answers_of(found)):
            abort(404, "There is no such prompt in this box's template.")
        text, known = _text(asked, "text"), _text(asked, "known")
        kept = review_words.answer(casework, found, prompt, text, known)
    return {"kept": kept}


@pages.put("/reviews/<review>/ratings")
def rate(review: str) -> dict[str, Any]:
    """Keep where the client sees a goal today: ``{"goal", "value"}``."""
    asked = _asked("goal", "value")
    value = asked.get("value")
    if type(value) is not int:
        abort(400, "Where a goal stands is a whole number.")
    with services().desk().session() as casework:
        found = find(casework, review)
        goal = casework.get(Goal, _text(asked, "goal")) or abort(404, "There is no such goal.")
        goals.rate(casework, goal, casework.get_one(Cycle, found.cycle_id), value)
    return {"kept": value}


@pages.post("/reviews/<review>/code")
def code(review: str) -> dict[str, str]:
    """Make the address of a second screen, to be opened once, with its QR code."""
    at = services()
    review_room.stage_of(at, at.desk(), review)
    address = url_for("screen.join_page", code=at.stages.code(review), _external=True)
    drawn = segno.make_qr(address, error="m")
    return {"address": address, "qr": drawn.svg_data_uri(scale=8, border=4, light="#fff")}


@pages.post("/reviews/<review>/code/end")
def end_code(review: str) -> dict[str, Any]:
    """Close the second screen and its code."""
    at = services()
    desk = at.desk()
    at.stages.close_second(review)
    return _facts(at, desk, review_room.stage_of(at, desk, review))


@pages.errorhandler(VigboxError)
def _tell(error: VigboxError) -> ResponseReturnValue:
    kept = {"kept": error.kept} if isinstance(error, WrittenMeanwhileError) else {}
    is_meanwhile = isinstance(error, WrittenMeanwhileError)
    is_wrong = isinstance(error, (ReviewWordsError, goals.GoalError, StageError))
    sentence = told(str(error))
    return jsonify(error=sentence[:1].upper() + sentence[1:], **kept), (
        400 if is_wrong and not is_meanwhile else 409
    )


@pages.errorhandler(HTTPException)
def _tell_http(error: HTTPException) -> ResponseReturnValue:
    return jsonify(error=error.description), error.code or 500


def _facts(at: Services, desk: Desk, stage: Stage) -> dict[str, Any]:
    with desk.session() as casework:
        review = find(casework, stage.review)
        seen = [each.position for each in review.shown if each.shown_at]
    return stage.facts() | {"screen": at.stages.has_screen(stage.review), "shown": seen}


def _shown(casework: Session, review: str, place: object) -> Shown:
    at_place = (each for each in find(casework, review).shown if each.position == place)
    return next(at_place, None) or abort(404, "There is no such clip in this shared review.")


def _asked(*known: str) -> dict[str, Any]:
    facts = request.get_json(silent=True)
    if not isinstance(facts, dict) or set(facts) - set(known):
        abort(400, f"What was sent must be a JSON object with no other keys than {known}.")
    return facts


def _text(asked: dict[str, Any], key: str) -> str:
    text = asked.get(key, "")
    return text if isinstance(text, str) else abort(400, f"{key} must be a text.")
