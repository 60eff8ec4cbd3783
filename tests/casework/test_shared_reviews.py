"""A shared review: what may be shown, what is noted, and how it ends."""

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from tests.casework.reviewed import FILM, TODAY, agree, choose
from vigbox.casework import (
    audit,
    consent,
    review_clips,
    shared_reviews,
)
from vigbox.casework.clips import remove_clip
from vigbox.casework.consent import Told
from vigbox.casework.gates import GateShutError
from vigbox.casework.shared_reviews import SharedReviewError
from vigbox.casework.tables import (
    Case,
    Clip,
    Cycle,
    Filmed,
    Participant,
    SharedReview,
    Shown,
)


def do(deed: str, session: Session, on: SharedReview | Cycle, day: date = TODAY) -> None:
    if isinstance(on, Cycle):
        shared_reviews.prepare(session, session.get_one(Case, on.case_id), on, day)
    elif deed == "begin":
        shared_reviews.begin(session, on, day)
    elif deed == "end":
        shared_reviews.end(session, on)
    else:
        shared_reviews.note_shown(session, on, on.shown[0], day)


def whats(session: Session) -> list[str]:
    return [each.what for each in audit.all_events(session)]


def test_chosen_clips_come_in_their_order(session: Session, review: SharedReview) -> None:
    clips = shared_reviews.clips_of_review(session, review)
    assert [each.name for each in clips] == ["clip 1", "clip 2"]
    assert [each.position for each in review.shown] == [1, 2]
    assert session.get_one(Cycle, review.cycle_id).state == "ready"


def test_a_cycle_without_chosen_clips_has_nothing_to_review(
    session: Session, case: Case, cycle: Cycle
) -> None:
    agree(session, case)
    with pytest.raises(SharedReviewError, match="no clip of cycle 1"):
        shared_reviews.prepare(session, case, cycle, TODAY)


def test_preparing_again_follows_what_is_chosen_now(
    session: Session, case: Case, cycle: Cycle, review: SharedReview
) -> None:
    choose(session, case, 3, 200)
    again = shared_reviews.prepare(session, case, cycle, TODAY)
    assert again is review
    assert len(again.shown) == 3


def test_a_review_that_goes_on_keeps_its_clips(
    session: Session, case: Case, cycle: Cycle, running: SharedReview
) -> None:
    choose(session, case, 3, 200)
    assert shared_reviews.prepare(session, case, cycle, TODAY) is running
    assert len(running.shown) == 2


@pytest.mark.parametrize("answer", ["never asked", "no", "withdrawn", "expired"])
@pytest.mark.parametrize("deed", ["prepare", "begin", "show"])
def test_nothing_is_shown_without_consent(
    session: Session, case: Case, cycle: Cycle, answer: str, deed: str
) -> None:
    choose(session, case, 1, 0)
    day = TODAY
    if deed == "prepare":
        review = None
    else:
        agree(session, case)
        review = shared_reviews.prepare(session, case, cycle, TODAY)
        if deed == "show":
            shared_reviews.begin(session, review, TODAY)
    if answer == "expired":
        told = Told("shared review", "yes", "spoken", "v1", until_on=TODAY)
        consent.note_answer(session, case, case.participants[0], told)
        day = TODAY + timedelta(days=1)
    elif answer == "withdrawn":
        agree(session, case)
        agree(session, case, "withdrawn")
    elif answer == "no" or review is not None:
        agree(session, case, "no")
    with pytest.raises(GateShutError, match="child C"):
        do(deed, session, review or cycle, day)
    if review is not None:
        assert not review.shown[0].shown_at


def test_only_those_in_shot_are_asked(session: Session, case: Case, cycle: Cycle) -> None:
    case.participants.append(Participant(role="father"))
    session.flush()
    agree(session, case)
    choose(session, case, 1, 0)
    with pytest.raises(GateShutError, match="father"):
        shared_reviews.prepare(session, case, cycle, TODAY)
    child = str(case.participants[0].id)
    session.add(Filmed(recording=FILM, case_id=case.id, kind="interaction", in_shot=child))
    session.flush()
    assert shared_reviews.prepare(session, case, cycle, TODAY).shown


def test_a_clip_that_is_played_is_noted_once(session: Session, running: SharedReview) -> None:
    first = running.shown[0]
    for _ in range(2):
        shared_reviews.note_shown(session, running, first, TODAY)
    assert first.shown_at
    assert session.get_one(Clip, first.clip_id).state == "shown"
    assert whats(session).count("clip shown in the shared review") == 1
    assert not running.shown[1].shown_at


def test_only_a_review_that_goes_on_shows_anything(session: Session, review: SharedReview) -> None:
    with pytest.raises(SharedReviewError, match="not begun"):
        shared_reviews.note_shown(session, review, review.shown[0], TODAY)
    shared_reviews.begin(session, review, TODAY)
    shared_reviews.end(session, review)
    for deed in ("show", "begin", "end"):
        with pytest.raises(SharedReviewError, match="over"):
            do(deed, session, review)


def test_the_end_reviews_the_cycle_and_leaves_its_events(
    session: Session, running: SharedReview
) -> None:
    shared_reviews.end(session, running)
    assert session.get_one(Cycle, running.cycle_id).state == "reviewed"
    assert whats(session)[-2:] == ["shared review begun", "shared review ended"]
    assert audit.first_broken(audit.all_events(session)) is None


def test_a_review_that_was_never_held_can_be_let_go(
    session: Session, case: Case, cycle: Cycle, review: SharedReview
) -> None:
    assert cycle.state == "ready"
    shared_reviews.discard(session, review)
    assert shared_reviews.reviews_of(session, case) == []
    assert session.query(Shown).count() == 0
    assert cycle.state == "micro-analysed"
    assert len(review_clips.chosen_clips(session, cycle)) == 2
    again = shared_reviews.prepare(session, case, cycle, TODAY)
    shared_reviews.begin(session, again, TODAY)
    with pytest.raises(SharedReviewError, match="kept"):
        shared_reviews.discard(session, again)


def test_a_clip_that_was_shown_can_still_be_removed(
    session: Session, running: SharedReview
) -> None:
    clip = session.get_one(Clip, running.shown[0].clip_id)
    remove_clip(session, clip, lambda _: None)
    session.expire(running, ["shown"])
    assert [each.position for each in running.shown] == [2]
