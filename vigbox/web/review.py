"""One recording under review, as the page asks for it and is answered: marks, clips, undo."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import abort
from sqlalchemy.orm import Session

from vigbox.casework import edits, orders
from vigbox.casework.clip_changes import in_order
from vigbox.casework.clips import clips_of
from vigbox.casework.desk import Desk
from vigbox.casework.marks import Moment, button_marks, marks_of
from vigbox.casework.tables import Case, Clip, Edit
from vigbox.casework.versions import clip_version as version
from vigbox.casework.versions import edits_version, mark_version, order_version
from vigbox.web.recordings import find
from vigbox.web.sentences import told as in_words
from vigbox.web.services import Services


@dataclass(frozen=True, slots=True)
class Review:
    """A recording on the desk: its picture times, in 1/90,000 s, and the button's marks."""

    desk: Desk
    recording: str
    case: str
    times: Sequence[int]
    button: Sequence[Moment]

    def answer(self, told: str = "") -> dict[str, Any]:
        """Give the whole state; ``told`` is what a person should know of the last change."""
        with self.desk.session() as casework:
            return _state(casework, self, told)

    def edit(self, what: str, change: Callable[[Session, Case], str | None]) -> dict[str, Any]:
        """Change marks or clips in one transaction, noted for undo; gives the state after it.

        Raises what ``change`` raises; then nothing was changed.
        """
        with self.desk.session() as casework:
            case = casework.get(Case, self.case) or abort(404, "There is no such case.")
            with edits.noted(casework, case, self.recording, what):
                told = change(casework, case)
            return _state(casework, self, told or "")


def open_review(at: Services, recording: str) -> Review:
    """Open a recording for review. Raises as the shelf does, or answers 404."""
    desk, manifest = at.desk(), find(at, recording)
    index = at.shelf.film(desk, manifest).index
    pressed = [each.time_ns for each in index.events if each.kind == "mark"]
    times = index.picture_times
    return Review(desk, recording, manifest.case, times, button_marks(recording, pressed, times))


def _state(casework: Session, review: Review, told: str) -> dict[str, Any]:
    recording, case = review.recording, casework.get(Case, review.case)
    done, undone = edits.last_done(casework, recording), edits.last_undone(casework, recording)
    clips = clips_of(casework, recording)
    making = orders.being_made(casework, recording)
    places = {clip.id: place for place, clip in enumerate(in_order(clips), 1)}
    return {
        "marks": [_mark(each) for each in marks_of(casework, recording, review.button)],
        "clips": [
            _clip(each, places.get(each.id)) | {"making": making.get(each.id, "")} for each in clips
        ],
        "order": order_version(in_order(clips)),
        "participants": _participants(case) if case else [],
        "roles": {each.role: in_words(each.role) for each in case.participants} if case else {},
        "undo": _word(done),
        "redo": _word(undone),
        "edits": edits_version(done, undone),
        "told": in_words(told),
    }


def _word(edit: Edit | None) -> str | None:
    return in_words(edit.what) if edit else None


def _mark(mark: Moment) -> dict[str, Any]:
    return {
        "id": mark.id,
        "picture": mark.picture,
        "from": mark.source,
        "version": mark_version(mark),
    }


def _clip(clip: Clip, place: int | None) -> dict[str, Any]:
    return {
        "id": clip.id,
        "version": version(clip),
        "name": clip.given_name,
        "first": clip.first,
        "last": clip.end - 1,
        "length_ms": clip.length_ms,
        "state": clip.state,
        "order": place,
        "speed": clip.speed,
        "freeze": clip.freeze,
        "principles": clip.principle_keys,
        "initiative": clip.initiative,
        "reception": clip.reception,
        "response": clip.response,
        "note": clip.note,
        "exports": [
            {
                "machine": in_words(each.machine_name),
                "is_verified": bool(each.verified_at),
                "is_older": each.is_older_than(clip),
            }
            for each in clip.exports
        ],
    }


def _participants(case: Case) -> list[str]:
    """Name those in the case by role; by initials too where two have the same role."""
    roles = [each.role for each in case.participants]
    return [
        each.role if roles.count(each.role) == 1 else f"{each.role} {each.initials}".strip()
        for each in case.participants
    ]
