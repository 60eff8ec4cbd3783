"""Shared reviews: practitioner and client watch the chosen clips of a cycle together.

A review is prepared, begun and ended. While it is only prepared, ``began_at`` is empty and its
clips follow what is chosen. Each clip that is played is noted, and everything rests on the consent
to it of everybody in shot.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from vigbox.casework import audit, edits, gates
from vigbox.casework.cycles import cycles_of, file_under, reach
from vigbox.casework.filmed import in_shot
from vigbox.casework.review_clips import chosen_clips
from vigbox.casework.tables import Case, Clip, Consent, Cycle, Filmed, SharedReview, Shown
from vigbox.errors import VigboxError
from vigbox.model import new_id, now_at

PURPOSE: Final = "shared review"
KEEPSAKE: Final = "keepsake"


class SharedReviewError(VigboxError):
    """A shared review cannot go on like that; nothing was changed."""


def prepare(
    session: Session, case: Case, cycle: Cycle, on: date, films: Sequence[str] = ()
) -> SharedReview:
    """Make a cycle's review ready, or give the one that is prepared or goes on.

    ``on`` is today, ``films`` as in :func:`chosen_clips`. Raises :class:`SharedReviewError` and
    GateShutError.
    """
    if case.state != "open" or cycle.case_id != case.id:
        raise SharedReviewError(f"{case.code} is {case.state}, or that cycle is not its own.")
    review = open_review(session, cycle)
    if review is not None and review.began_at:
        return review
    clips = chosen_clips(session, cycle, films)
    if not clips:
        raise SharedReviewError(
            f"no clip of cycle {cycle.number} is chosen. Watch its film and choose two or three."
        )
    require(session, case, clips, PURPOSE, to="show these clips", on=on)
    if review is None:
        review = SharedReview(id=new_id(), case_id=case.id, cycle_id=cycle.id, began_at="")
        review.by_whom = session.info.get(audit.BY, "")
        session.add(review)
    review.shown = _places(review, clips)
    reach(cycle, "ready")
    session.flush()
    return review


def discard(session: Session, review: SharedReview) -> None:
    """Let go of a review that was prepared and never held; its clips stay chosen.

    Raises :class:`SharedReviewError` for one that was begun: what was said in it is kept.
    """
    if review.began_at:
        raise SharedReviewError("this shared review was begun. What was said in it is kept.")
    cycle = session.get_one(Cycle, review.cycle_id)
    if cycle.state == "ready":
        cycle.state = "micro-analysed"
    audit.note(session, "shared review discarded", review.id, review.case_id)
    session.delete(review)
    session.flush()


def begin(session: Session, review: SharedReview, on: date, at: str = "") -> None:
    """Begin it; one that was begun stays as it is. ``at`` is the box's time.

    Raises :class:`SharedReviewError` when it is over, GateShutError.
    """
    _refuse_ended(review)
    if review.began_at:
        return
    case, clips = session.get_one(Case, review.case_id), clips_of_review(session, review)
    require(session, case, clips, PURPOSE, to="begin the shared review", on=on)
    review.began_at = at or now_at()
    _file_what_is_shown(session, case, review, clips)
    audit.note(session, "shared review begun", review.id, review.case_id)


def note_shown(session: Session, review: SharedReview, shown: Shown, on: date) -> None:
    """Note that a clip is played; the first time counts.

    Raises :class:`SharedReviewError` when the review does not go on, GateShutError.
    """
    refuse_idle(review)
    case, clip = session.get_one(Case, review.case_id), session.get_one(Clip, shown.clip_id)
    require(session, case, [clip], PURPOSE, to="show this clip", on=on)
    if shown.shown_at:
        return
    shown.shown_at = now_at()
    with edits.noted(session, case, clip.recording, "clip shown"):
        clip.state = "shown" if clip.state in ("candidate", "chosen") else clip.state
    audit.note(session, "clip shown in the shared review", clip.id, review.case_id)


def end(session: Session, review: SharedReview, at: str = "") -> None:
    """End it: the cycle is reviewed. Raises :class:`SharedReviewError`."""
    refuse_idle(review)
    review.ended_at = at or now_at()
    reach(session.get_one(Cycle, review.cycle_id), "reviewed")
    audit.note(session, "shared review ended", review.id, review.case_id)


def reviews_of(session: Session, case: Case) -> list[SharedReview]:
    """Give a case's shared reviews, those of the first cycle first."""
    rows = select(SharedReview).join(Cycle).where(SharedReview.case_id == case.id)
    return list(session.scalars(rows.order_by(Cycle.number, SharedReview.began_at)))


def open_review(session: Session, cycle: Cycle) -> SharedReview | None:
    """Give a cycle's review that is prepared or goes on; None when there is none."""
    rows = select(SharedReview).where(
        SharedReview.cycle_id == cycle.id, SharedReview.ended_at == ""
    )
    return session.scalars(rows).first()


def ready_cycles(session: Session, case: Case) -> list[Cycle]:
    """Give the cycles of a case that nobody closed and that have chosen clips, or a review."""
    return [
        each
        for each in cycles_of(session, case)
        if each.state != "closed"
        and (chosen_clips(session, each) or open_review(session, each) is not None)
    ]


def clips_of_review(session: Session, review: SharedReview) -> list[Clip]:
    """Give a review's clips in order."""
    return [session.get_one(Clip, each.clip_id) for each in review.shown]


def require(
    session: Session, case: Case, clips: Iterable[Clip], purpose: str, *, to: str, on: date
) -> list[Consent]:
    """Give the consents that everybody in shot of some clips gave to a purpose.

    Where it is not known who is in shot, everybody of the case counts. Raises GateShutError.
    """
    who: set[int] = set()
    for recording in {each.recording for each in clips}:
        who |= in_shot(session, case, recording)
    return gates.require(session, case, purpose, who, to=to, on=on)


def refuse_idle(review: SharedReview) -> None:
    """Raise :class:`SharedReviewError` for a review that does not go on."""
    _refuse_ended(review)
    if not review.began_at:
        raise SharedReviewError("this shared review has not begun. Begin it first.")


def _refuse_ended(review: SharedReview) -> None:
    if review.ended_at:
        raise SharedReviewError("this shared review is over. Prepare another one.")


def _file_what_is_shown(
    session: Session, case: Case, review: SharedReview, clips: Iterable[Clip]
) -> None:
    """File what is watched in a cycle under it: from then on it belongs there."""
    cycle = session.get_one(Cycle, review.cycle_id)
    for recording in {each.recording for each in clips}:
        filmed = session.get(Filmed, recording)
        if filmed is None or not filmed.cycle_id:
            file_under(session, case, recording, cycle)


def _places(review: SharedReview, clips: Sequence[Clip]) -> list[Shown]:
    known = {each.clip_id: each for each in review.shown}
    rows = [known.get(clip.id) or Shown(clip_id=clip.id, case_id=review.case_id) for clip in clips]
    for place, each in enumerate(rows, 1):
        each.position = place
    return rows
