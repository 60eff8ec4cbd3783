"""Shared reviews: practitioner and client watch the chosen clips of a cycle together.

A review is prepared, begun and ended. While it is only prepared, ``began_at`` is empty and its
clips follow what is chosen. Each clip that is played is noted, and everything rests on the consent
to it of everybody in shot.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from vigbox.casework import audit, edits, gates
from vigbox.casework.cycles import cycles_of, file_under, reach
from vigbox.casework.practice import Consent, Cycle, Filmed, SharedReview, Shown
from vigbox.casework.tables import Case, Clip
from vigbox.errors import VigboxError
from vigbox.model import new_id, now_at
from vigbox.store.manifests import Manifest

PURPOSE: Final = "shared review"
KEEPSAKE: Final = "keepsake"
_DONE: Final = ("reviewed", "closed")
_UNFILED: Final = or_(Filmed.recording.is_(None), Filmed.cycle_id == "")


class SharedReviewError(VigboxError):
    """A shared review cannot go on like that; nothing was changed."""


def chosen_clips(session: Session, cycle: Cycle, films: Sequence[str] = ()) -> list[Clip]:
    """Give the clips chosen for a cycle, in the order they are to be shown.

    A cycle is one film and the review of its clips: those of its own recordings. Recordings that
    belong to no cycle are offered in one alone, the first to come that has no film yet. ``films``
    are recordings in the order they were made.
    """
    is_own = Filmed.cycle_id == cycle.id
    is_offered = or_(is_own, _UNFILED) if _takes_unfiled(session, cycle) else is_own
    clips = session.scalars(_chosen(cycle.case_id).where(is_offered))
    places = {recording: place for place, recording in enumerate(films)}
    return sorted(
        clips, key=lambda each: (places.get(each.recording, len(places)), each.position, each.first)
    )


def unfiled_films(session: Session, case: Case) -> list[str]:
    """Give the recordings with chosen clips that are offered in no cycle: somebody must file them.

    The oldest clip's first.
    """
    if any(_takes_unfiled(session, each) for each in cycles_of(session, case)):
        return []
    clips = session.scalars(_chosen(case.id).where(_UNFILED).order_by(Clip.made_at))
    return list(dict.fromkeys(each.recording for each in clips))


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


def find_own_film(session: Session, review: SharedReview, films: Iterable[Manifest]) -> None:
    """Link the newest film of the case of kind "shared review" that was made meanwhile, if any."""
    kinds = select(Filmed.recording).where(
        Filmed.case_id == review.case_id, Filmed.kind == PURPOSE, Filmed.binned_at == ""
    )
    of_reviews = set(session.scalars(kinds))
    made = [
        each
        for each in films
        if each.recording in of_reviews and _is_between(each.started_at, review)
    ]
    if made and not review.recording:
        review.recording = max(made, key=lambda each: each.started_at).recording


def link_film(session: Session, review: SharedReview, film: Manifest | None) -> None:
    """Link a film as the review's own by hand, or none. Raises :class:`SharedReviewError`."""
    if film is None:
        review.recording = ""
        return
    watched = {each.recording for each in clips_of_review(session, review)}
    if film.case != review.case_id or film.recording in watched:
        raise SharedReviewError(
            "that film is of another case, or one of those that were watched. Choose the film "
            "that was made of this shared review."
        )
    review.recording = film.recording


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
    in_shot: set[int] = set()
    for recording in {each.recording for each in clips}:
        in_shot |= _in_shot(session, case, recording)
    return gates.require(session, case, purpose, in_shot, to=to, on=on)


def refuse_idle(review: SharedReview) -> None:
    """Raise :class:`SharedReviewError` for a review that does not go on."""
    _refuse_ended(review)
    if not review.began_at:
        raise SharedReviewError("this shared review has not begun. Begin it first.")


def _refuse_ended(review: SharedReview) -> None:
    if review.ended_at:
        raise SharedReviewError("this shared review is over. Prepare another one.")


def _chosen(case: str) -> Select[Clip]:
    """Ask for the chosen clips of a case, of its films of interaction."""
    return (
        select(Clip)
        .outerjoin(Filmed, Filmed.recording == Clip.recording)
        .where(Clip.case_id == case, Clip.state == "chosen")
        .where(or_(Filmed.recording.is_(None), Filmed.kind == "interaction"))
        .where(or_(Filmed.recording.is_(None), Filmed.binned_at == ""))
    )


def _takes_unfiled(session: Session, cycle: Cycle) -> bool:
    """Tell whether a cycle is the first to come that has no film of its own."""
    filmed = select(Filmed.cycle_id).where(
        Filmed.case_id == cycle.case_id, Filmed.kind == "interaction", Filmed.binned_at == ""
    )
    to_come = (
        select(Cycle.id)
        .where(Cycle.case_id == cycle.case_id, Cycle.state.not_in(_DONE), Cycle.id.not_in(filmed))
        .order_by(Cycle.number)
    )
    return session.scalars(to_come).first() == cycle.id


def _file_what_is_shown(
    session: Session, case: Case, review: SharedReview, clips: Iterable[Clip]
) -> None:
    """File what is watched in a cycle under it: from then on it belongs there."""
    cycle = session.get_one(Cycle, review.cycle_id)
    for recording in {each.recording for each in clips}:
        filmed = session.get(Filmed, recording)
        if filmed is None or not filmed.cycle_id:
            file_under(session, case, recording, cycle)


def _in_shot(session: Session, case: Case, recording: str) -> set[int]:
    filmed = session.get(Filmed, recording)
    told = {int(each) for each in filmed.in_shot.split()} if filmed is not None else set()
    return told or {each.id for each in case.participants}


def _places(review: SharedReview, clips: Sequence[Clip]) -> list[Shown]:
    known = {each.clip_id: each for each in review.shown}
    rows = [known.get(clip.id) or Shown(clip_id=clip.id, case_id=review.case_id) for clip in clips]
    for place, each in enumerate(rows, 1):
        each.position = place
    return rows


def _is_between(at: str, review: SharedReview) -> bool:
    try:
        began, made = (datetime.fromisoformat(each) for each in (review.began_at, at))
        ended = datetime.fromisoformat(review.ended_at or now_at())
    except ValueError:
        return False
    return began <= made <= ended
