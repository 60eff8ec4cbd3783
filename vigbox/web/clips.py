"""Marks and clips of a recording, in JSON: every change answers with the whole state of the review.

What is refused is answered with one sentence, ``{"error": …}``, and nothing was changed.
"""

from typing import Any

from flask import Blueprint, abort, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException

from vigbox.casework import edits
from vigbox.casework.clip_changes import ClipChange, in_order, word_for
from vigbox.casework.clips import (
    ClipError,
    add_clip,
    around,
    checked_span,
    clips_of,
    length_ms,
    remove_clip,
)
from vigbox.casework.disclosures import KEPT
from vigbox.casework.marks import MarkError, add_mark, backdated, marks_of, remove_mark
from vigbox.casework.orders import ForWhom
from vigbox.casework.orders import Wish as OrderWish
from vigbox.casework.tables import Case, Clip, Mark
from vigbox.casework.versions import (
    ChangedMeanwhileError,
    clip_version,
    order_version,
    same,
)
from vigbox.errors import VigboxError
from vigbox.web import ordering
from vigbox.web.outgoing import chosen_machine, learn_fetched
from vigbox.web.review import Review, open_review
from vigbox.web.sentences import told
from vigbox.web.services import services

pages = Blueprint("clips", __name__)

_PATIENCE_S = 10.0
"""So long the page waits for one clip; after that it asks again by itself."""


@pages.get("/recordings/<recording>/review")
def state(recording: str) -> dict[str, Any]:
    """Give the marks, the clips, and what could be undone."""
    return open_review(services(), recording).answer()


@pages.post("/recordings/<recording>/marks")
def mark(recording: str) -> dict[str, Any]:
    """Flag the moment a while before a picture: ``{"picture"}``."""
    at = services()
    review, facts = open_review(at, recording), _asked("picture")
    picture = backdated(facts.get("picture"), review.times, at.settings.mark_backdate_ms)
    return review.edit(
        "mark made", lambda casework, case: add_mark(casework, case, recording, picture)
    )


@pages.delete("/marks/<mark>")
def unmark(mark: str) -> dict[str, Any]:
    """Remove a mark; the button's stays in the film and is not shown any more."""
    at = services()
    recording, is_button, _ = mark.partition(".")
    if not is_button:
        with at.desk().session() as casework:
            found = casework.get(Mark, mark) or abort(404, "There is no such mark.")
            recording = found.recording
    review = open_review(at, recording)

    def take(casework: Session, case: Case) -> None:
        marks = {each.id: each for each in marks_of(casework, recording, review.button)}
        if mark not in marks:
            abort(404, "There is no such mark. It may have been removed.")
        remove_mark(casework, case, recording, marks[mark])

    return review.edit("mark removed", take)


@pages.post("/recordings/<recording>/clips")
def save(recording: str) -> dict[str, Any]:
    """Keep a clip: ``{"first", "last"}``, both in it, or ``{"around": picture}``."""
    review, facts = open_review(services(), recording), _asked("first", "last", "around")
    times = review.times
    if "around" in facts:
        span = around(facts["around"], times)
    else:
        span = checked_span(facts.get("first"), facts.get("last"), times)

    def add(casework: Session, case: Case) -> None:
        add_clip(casework, case, recording, "", span, length_ms(span, times))

    return review.edit("clip made", add)


@pages.patch("/clips/<clip>")
def change(clip: str) -> ResponseReturnValue:
    """Change a clip: any of what the state tells of it, but its id, length and exports.

    ``seen`` is the version that the page showed, ``seen_order`` that of the order. When another
    tablet was faster nothing is changed: 409, with the ``state`` as it is there.
    """
    review, facts = _review_of(clip), _asked()
    seen, seen_order = facts.pop("seen", None), facts.pop("seen_order", None)
    principles = services().vocabulary.keys()

    def make(casework: Session, case: Case) -> str:
        found = _clip(casework, clip)
        if seen is not None:
            same(str(seen), clip_version(found), "This clip")
        if seen_order is not None and "order" in facts:
            chosen = in_order(clips_of(casework, found.recording))
            same(str(seen_order), order_version(chosen), "The order of the clips")
        return ClipChange(casework, case, found, review.times, principles).make(facts)

    try:
        return review.edit(word_for(facts), make)
    except ChangedMeanwhileError as error:
        return jsonify(error=str(error), state=review.answer()), 409


@pages.delete("/clips/<clip>")
def remove(clip: str) -> dict[str, Any]:
    """Remove a clip and what waits of it; the film stays as it is."""
    at, review = services(), _review_of(clip)
    learn_fetched(at, review.desk)
    return review.edit(
        "clip removed",
        lambda casework, _: remove_clip(casework, _clip(casework, clip), at.erase_export),
    )


@pages.post("/recordings/<recording>/undo")
def undo(recording: str) -> dict[str, Any]:
    """Undo the last change of marks and clips."""
    at = services()
    review = open_review(at, recording)
    learn_fetched(at, review.desk)
    with review.desk.session() as casework:
        lost = edits.undo(casework, recording, at.erase_export)
    return review.answer(lost)


@pages.post("/recordings/<recording>/redo")
def redo(recording: str) -> dict[str, Any]:
    """Do again what was undone last."""
    at = services()
    review = open_review(at, recording)
    learn_fetched(at, review.desk)
    with review.desk.session() as casework:
        lost = edits.redo(casework, recording, at.erase_export)
    return review.answer(lost)


@pages.post("/clips/<clip>/export")
def export(clip: str) -> dict[str, Any]:
    """Order a clip, ready to be fetched: ``{"machine", "purpose"}``; waits a moment for it.

    Without a machine it is for the only one there is; without a purpose, for the work itself. One
    that takes longer, as while the box records, goes on by itself: the clip is ``making``.
    """
    at, facts = services(), _asked("machine", "purpose")
    review, machine = _review_of(clip), chosen_machine(at, facts.get("machine"))
    whom = ForWhom(machine.id, machine.name, str(facts.get("purpose") or KEPT))
    order = ordering.place(at, review.desk, review.case, OrderWish((clip,), ("clips",)), whom)
    ordering.await_made(at, review.desk, order, _PATIENCE_S)
    return review.answer()


@pages.errorhandler(VigboxError)
def _tell(error: VigboxError) -> ResponseReturnValue:
    is_wrong = isinstance(error, (ClipError, MarkError))
    return jsonify(error=told(str(error))), 400 if is_wrong else 409


@pages.errorhandler(HTTPException)
def _tell_http(error: HTTPException) -> ResponseReturnValue:
    return jsonify(error=told(error.description or "")), error.code or 500


def _asked(*known: str) -> dict[str, Any]:
    """Give the JSON object that was sent; without names, the view itself looks at its keys."""
    try:
        facts = request.get_json(silent=True) if request.content_length else {}
    except RecursionError:
        facts = None
    if not isinstance(facts, dict) or (known and set(facts) - set(known)):
        only = f" with no other keys than {', '.join(known)}" if known else ""
        abort(400, f"What was sent must be a JSON object{only}.")
    return facts


def _review_of(clip: str) -> Review:
    at = services()
    with at.desk().session() as casework:
        recording = _clip(casework, clip).recording
    return open_review(at, recording)


def _clip(casework: Session, clip: str) -> Clip:
    found = casework.get(Clip, clip)
    return found or abort(404, "There is no such clip. It may have been removed.")
