"""The own film of a shared review: found by when it was made, or linked by hand."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from vigbox.casework.shared_reviews import PURPOSE, SharedReviewError, clips_of_review
from vigbox.casework.tables import Filmed, SharedReview
from vigbox.model import now_at
from vigbox.store.manifests import Manifest


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


def _is_between(at: str, review: SharedReview) -> bool:
    try:
        began, made = (datetime.fromisoformat(each) for each in (review.began_at, at))
        ended = datetime.fromisoformat(review.ended_at or now_at())
    except ValueError:
        return False
    return began <= made <= ended
