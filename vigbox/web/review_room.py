"""A shared review that goes on: its stage, and the one clip of it that is asked for."""

from typing import Final

from flask import Response, abort, session
from sqlalchemy.orm import Session

from vigbox.casework import shared_reviews
from vigbox.casework.desk import Desk
from vigbox.casework.tables import Case, Clip, SharedReview, Shown
from vigbox.export.clips import cut
from vigbox.media.fragments import FilmIndex
from vigbox.web.ranges import range_response
from vigbox.web.recordings import find as find_film
from vigbox.web.services import Services
from vigbox.web.stage import Stage, StageError
from vigbox.web.tablet import today

_MOST_BYTES: Final = 2 << 20
_TICKS: Final = 90_000


def find(casework: Session, review: str) -> SharedReview:
    """Give a review, or answer 404."""
    return casework.get(SharedReview, review) or abort(404, "There is no such shared review.")


def stage_of(at: Services, desk: Desk, review: str) -> Stage:
    """Give the stage of a review that goes on, made when there is none.

    It is held by whoever's browser asks. Raises SharedReviewError when it does not go on.
    """
    with desk.session() as casework:
        found = find(casework, review)
        shared_reviews.refuse_idle(found)
        count = len(found.shown)
    stage = at.stages.open(review, session["token"])
    if not stage.clip:
        stage.of = count
        put(at, desk, stage, 1)
    return stage


def direct(at: Services, desk: Desk, stage: Stage, do: object, value: object) -> None:
    """Do one thing on a stage: ``clip`` with a place, or what a stage can do.

    Raises StageError, SharedReviewError and GateShutError.
    """
    if do == "clip":
        put(at, desk, stage, value)
        return
    if do in ("play", "again"):
        on = today(at)
        with desk.session() as casework:
            review = find(casework, stage.review)
            shown = _at_place(review, stage.clip)
            shared_reviews.note_shown(casework, review, shown, on)
    stage.do(str(do), value)


def put(at: Services, desk: Desk, stage: Stage, place: object) -> None:
    """Put the clip at a place on the stage. Raises StageError for a place that is none."""
    with desk.session() as casework:
        shown = _at_place(find(casework, stage.review), place)
        clip = casework.get_one(Clip, shown.clip_id)
    index = at.shelf.film(desk, find_film(at, clip.recording)).index
    stage.show(shown.position, clip.speed, freeze_s(index, clip))


def clip_response(at: Services, desk: Desk, review: str, place: int) -> Response:
    """Answer with the clip at a place, cut exactly, by range. Raises GateShutError, StageError."""
    on = today(at)
    with desk.session() as casework:
        found = find(casework, review)
        clip = casework.get_one(Clip, _at_place(found, place).clip_id)
        case = casework.get_one(Case, found.case_id)
        purpose = shared_reviews.PURPOSE
        shared_reviews.require(casework, case, [clip], purpose, to="show this clip", on=on)
    film = at.shelf.film(desk, find_film(at, clip.recording))
    key = (clip.id, clip.first, clip.end)
    data = at.shelf.cut_clips.get(key, lambda: cut(film, clip))
    return range_response(
        len(data),
        lambda offset, size: data[offset : offset + size],
        etag="-".join(map(str, key)),
        mimetype="video/mp4",
        limit=_MOST_BYTES,
    )


def freeze_s(index: FilmIndex, clip: Clip) -> float | None:
    """Give where in a clip its freeze frame stands, in the middle of the picture; or None."""
    if clip.freeze is None:
        return None
    times = index.picture_times
    begin, at = times[clip.first], times[clip.freeze]
    until = times[clip.freeze + 1] if clip.freeze + 1 < len(times) else at + _TICKS // 50
    return ((at + until) / 2 - begin) / _TICKS


def _at_place(review: SharedReview, place: object) -> Shown:
    for each in review.shown:
        if each.position == place:
            return each
    raise StageError(f"this shared review has {len(review.shown)} clips, and none at {place!r}.")
