"""A review's own film: the newest made meanwhile, or the one that was linked by hand."""

import pytest
from sqlalchemy.orm import Session

from tests.casework.reviewed import FILM
from vigbox.casework import (
    review_film,
)
from vigbox.casework.shared_reviews import SharedReviewError
from vigbox.casework.tables import (
    Case,
    Filmed,
    SharedReview,
)
from vigbox.model import Life, new_id, now_at
from vigbox.store.manifests import Manifest


def film_of(recording: str, at: str) -> Manifest:
    return Manifest(recording, "c" * 32, (), "b", at, 10**9, Life.FINISHED)


def test_the_newest_film_made_meanwhile_is_the_reviews_own(
    session: Session, case: Case, running: SharedReview
) -> None:
    running.began_at, running.ended_at = "2026-11-21T10:00:00+00:00", "2026-11-21T11:00:00+00:00"
    films = {
        new_id(): ("shared review", "2026-11-21T09:59:00+00:00"),
        new_id(): ("shared review", "2026-11-21T10:05:00+00:00"),
        new_id(): ("shared review", "2026-11-21T10:50:00+00:00"),
        new_id(): ("interaction", "2026-11-21T10:55:00+00:00"),
        new_id(): ("shared review", "2026-11-21T11:01:00+00:00"),
    }
    for recording, (kind, _) in films.items():
        session.add(Filmed(recording=recording, case_id=case.id, kind=kind))
    session.flush()
    made = [film_of(recording, at) for recording, (_, at) in films.items()]
    review_film.find_own_film(session, running, made)
    assert running.recording == list(films)[2]


def test_a_film_is_linked_by_hand_but_not_one_that_was_watched(
    session: Session, running: SharedReview
) -> None:
    own = Manifest("d" * 32, running.case_id, (), "b", now_at(), 0, Life.FINISHED)
    review_film.link_film(session, running, own)
    assert running.recording == own.recording
    watched = Manifest(FILM, running.case_id, (), "b", now_at(), 0, Life.FINISHED)
    for wrong in (watched, film_of("e" * 32, now_at())):
        with pytest.raises(SharedReviewError, match="another case"):
            review_film.link_film(session, running, wrong)
    review_film.link_film(session, running, None)
    assert running.recording == ""
