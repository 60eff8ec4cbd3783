"""Marks and clips of a recording, in JSON: every change answers with the whole state of the review.

What is refused is answered with one sentence, ``{"error": …}``, and nothing was changed.
"""

from collections.abc import Callable
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
from vigbox.casework.export_gate import KEPT
from vigbox.casework.marks import MarkError, add_mark, backdated, marks_of, remove_mark
from vigbox.casework.order_wish import ForWhom
from vigbox.casework.order_wish import Wish as OrderWish
from vigbox.casework.tables import Case, Clip, Mark
from vigbox.casework.versions import (
    ChangedMeanwhileError,
    clip_version,
    edits_version,
    mark_version,
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
def unmark(mark: str) -> ResponseReturnValue:
    """Remove a mark: ``{"seen"}``; the button's stays in the film and is not shown any more."""
    at, seen = services(), _seen(_asked("seen"))
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
        same(seen, mark_version(marks[mark]), "This mark")
        remove_mark(casework, case, recording, marks[mark])

    return _unless_late(review, lambda: review.edit("mark removed", take))


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

    ``seen`` is the version that the page showed, ``seen_order`` that of the order, which a change
    of the order needs as well. When another tablet was faster nothing is changed: 409, with the
    ``state`` as it is there. So it is for whatever changes or removes.
    """
    review, facts = _review_of(clip), _asked()
    seen, seen_order = _seen(facts), facts.pop("seen_order", None)
    del facts["seen"]
    if "order" in facts and not isinstance(seen_order, str):
        abort(400, "A change of the order must say which order was seen: seen_order.")
    principles = services().vocabulary.keys()

    def make(casework: Session, case: Case) -> str:
        found = _clip(casework, clip)
        same(seen, clip_version(found), "This clip")
        if "order" in facts:
            chosen = in_order(clips_of(casework, found.recording))
            same(str(seen_order), order_version(chosen), "The order of the clips")
        return ClipChange(casework, case, found, review.times, principles).make(facts)

    return _unless_late(review, lambda: review.edit(word_for(facts), make))


@pages.delete("/clips/<clip>")
def remove(clip: str) -> ResponseReturnValue:
    """Remove a clip and what waits of it: ``{"seen"}``; the film stays as it is."""
    at, review, seen = services(), _review_of(clip), _seen(_asked("seen"))
    learn_fetched(at, review.desk)

    def take(casework: Session, _: Case) -> None:
        found = _clip(casework, clip)
        same(seen, clip_version(found), "This clip")
        remove_clip(casework, found, at.erase_export)

    return _unless_late(review, lambda: review.edit("clip removed", take))


@pages.post("/recordings/<recording>/undo")
def undo(recording: str) -> ResponseReturnValue:
    """Undo the last change of marks and clips: ``{"seen"}``, the state's ``edits``."""
    return _back_or_on(recording, edits.undo)


@pages.post("/recordings/<recording>/redo")
def redo(recording: str) -> ResponseReturnValue:
    """Do again what was undone last: ``{"seen"}``, the state's ``edits``."""
    return _back_or_on(recording, edits.redo)


def _back_or_on(
    recording: str, go: Callable[[Session, str, edits.EraseExport], str]
) -> ResponseReturnValue:
    at, seen = services(), _seen(_asked("seen"))
    review = open_review(at, recording)
    learn_fetched(at, review.desk)

    def take() -> dict[str, Any]:
        with review.desk.session() as casework:
            done = edits.last_done(casework, recording)
            undone = edits.last_undone(casework, recording)
            same(seen, edits_version(done, undone), "What can be undone")
            lost = go(casework, recording, at.erase_export)
        return review.answer(lost)

    return _unless_late(review, take)


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


def _seen(facts: dict[str, Any]) -> str:
    seen = facts.get("seen")
    if not isinstance(seen, str):
        abort(400, "A change must say which version of it was seen: seen.")
    return seen


def _unless_late(review: Review, doing: Callable[[], dict[str, Any]]) -> ResponseReturnValue:
    try:
        return doing()
    except ChangedMeanwhileError as error:
        return jsonify(error=told(str(error)), state=review.answer()), 409


def _review_of(clip: str) -> Review:
    at = services()
    with at.desk().session() as casework:
        recording = _clip(casework, clip).recording
    return open_review(at, recording)


def _clip(casework: Session, clip: str) -> Clip:
    found = casework.get(Clip, clip)
    return found or abort(404, "There is no such clip. It may have been removed.")
