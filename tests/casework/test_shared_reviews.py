"""A shared review: what may be shown, what is noted, and what the client said."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from tests.casework.conftest import Box, a_case
from vigbox.casework import audit, consent, cycles, review_words, shared_reviews
from vigbox.casework.clips import add_clip, remove_clip
from vigbox.casework.consent import Told
from vigbox.casework.gates import GateShutError
from vigbox.casework.practice import Answer, Cycle, Filmed, SharedReview, Shown
from vigbox.casework.review_words import ReviewWordsError, WrittenMeanwhileError
from vigbox.casework.shared_reviews import SharedReviewError
from vigbox.casework.tables import Case, Clip, Participant
from vigbox.casework.texts import seal_text
from vigbox.model import Life, new_id, now_at
from vigbox.store.manifests import Manifest

TODAY = date.fromisoformat(now_at()[:10])
FILM, OTHER = "a" * 32, "b" * 32


@pytest.fixture
def session(box: Box) -> Iterator[Session]:
    desk = box.desk
    a_case(desk, "VIG-7")
    with desk.session() as session:
        yield session


@pytest.fixture
def case(session: Session) -> Case:
    return session.query(Case).filter_by(code="VIG-7").one()


@pytest.fixture
def cycle(session: Session, case: Case) -> Cycle:
    return cycles.plan_cycle(session, case)


def agree(session: Session, case: Case, answer: str = "yes", who: int = 0) -> None:
    told = Told("shared review", answer, "spoken", "v1")
    consent.note_answer(session, case, case.participants[who], told)


def choose(session: Session, case: Case, position: int, first: int, film: str = FILM) -> Clip:
    clip = add_clip(session, case, film, f"clip {position}", (first, first + 50), 2000)
    clip.state, clip.position = "chosen", position
    session.flush()
    return clip


def film_of(recording: str, at: str) -> Manifest:
    return Manifest(recording, "c" * 32, (), "b", at, 10**9, Life.FINISHED)


@pytest.fixture
def review(session: Session, case: Case, cycle: Cycle) -> SharedReview:
    agree(session, case)
    choose(session, case, 2, 0)
    choose(session, case, 1, 100)
    return shared_reviews.prepare(session, case, cycle, TODAY)


@pytest.fixture
def running(session: Session, review: SharedReview) -> SharedReview:
    shared_reviews.begin(session, review, TODAY)
    return review


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


def test_films_come_in_the_order_they_were_made(session: Session, case: Case, cycle: Cycle) -> None:
    late, early = choose(session, case, 1, 0, FILM), choose(session, case, 1, 0, OTHER)
    assert shared_reviews.chosen_clips(session, cycle, [OTHER, FILM]) == [early, late]


@pytest.mark.parametrize(
    ("facts", "is_in"),
    [
        ({"kind": "interaction"}, True),
        ({"kind": "shared review"}, False),
        ({"kind": "supervision"}, False),
        ({"kind": "interaction", "cycle_id": "another"}, False),
        ({"kind": "interaction", "binned_at": "2026-01-01T00:00:00+00:00"}, False),
    ],
)
def test_only_clips_of_the_cycles_own_films_count(
    session: Session, case: Case, cycle: Cycle, facts: dict[str, str], *, is_in: bool
) -> None:
    choose(session, case, 1, 0)
    session.add(Filmed(recording=FILM, case_id=case.id, **facts))
    session.flush()
    assert bool(shared_reviews.chosen_clips(session, cycle)) is is_in


def test_a_film_of_no_cycle_is_offered_in_one_cycle_alone(
    session: Session, case: Case, cycle: Cycle
) -> None:
    agree(session, case)
    clip, second = choose(session, case, 1, 0), cycles.plan_cycle(session, case)
    assert shared_reviews.chosen_clips(session, cycle) == [clip]
    assert shared_reviews.chosen_clips(session, second) == []
    assert shared_reviews.ready_cycles(session, case) == [cycle]
    review = shared_reviews.prepare(session, case, cycle, TODAY)
    shared_reviews.begin(session, review, TODAY)
    filmed = session.get_one(Filmed, FILM)
    assert filmed.cycle_id == cycle.id, "what is watched in a cycle belongs to it"
    assert shared_reviews.chosen_clips(session, second) == []


def test_clips_that_no_cycle_takes_are_told_of(session: Session, case: Case, cycle: Cycle) -> None:
    own = choose(session, case, 1, 0, OTHER)
    cycles.file_under(session, case, OTHER, cycle)
    assert shared_reviews.unfiled_films(session, case) == []
    choose(session, case, 1, 0, FILM)
    assert shared_reviews.chosen_clips(session, cycle) == [own]
    assert shared_reviews.unfiled_films(session, case) == [FILM]
    second = cycles.plan_cycle(session, case)
    assert shared_reviews.unfiled_films(session, case) == []
    assert [each.recording for each in shared_reviews.chosen_clips(session, second)] == [FILM]


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
    shared_reviews.find_own_film(session, running, made)
    assert running.recording == list(films)[2]


def test_a_film_is_linked_by_hand_but_not_one_that_was_watched(
    session: Session, running: SharedReview
) -> None:
    own = Manifest("d" * 32, running.case_id, (), "b", now_at(), 0, Life.FINISHED)
    shared_reviews.link_film(session, running, own)
    assert running.recording == own.recording
    watched = Manifest(FILM, running.case_id, (), "b", now_at(), 0, Life.FINISHED)
    for wrong in (watched, film_of("e" * 32, now_at())):
        with pytest.raises(SharedReviewError, match="another case"):
            shared_reviews.link_film(session, running, wrong)
    shared_reviews.link_film(session, running, None)
    assert running.recording == ""


def test_words_are_sealed_and_kept_as_they_were_said(
    session: Session, running: SharedReview
) -> None:
    shown = running.shown[0]
    said = "He looked at me!\nI never saw that.  "
    assert review_words.keep_words(session, shown, said, "") == said.strip()
    assert shown.words == "He looked at me!\nI never saw that."
    assert b"looked" not in shown.sealed_words


def test_a_later_save_never_silently_wins(session: Session, running: SharedReview) -> None:
    shown = running.shown[0]
    review_words.keep_words(session, shown, "one", "")
    with pytest.raises(WrittenMeanwhileError) as refused:
        review_words.keep_words(session, shown, "two", "")
    assert refused.value.kept == "one" == shown.words
    review_words.answer(session, running, "ideas", "one", "")
    with pytest.raises(WrittenMeanwhileError):
        review_words.answer(session, running, "ideas", "two", "")
    assert review_words.keep_words(session, shown, "one, two", "one") == "one, two"


def test_saving_the_same_words_again_is_no_quarrel(session: Session, running: SharedReview) -> None:
    # an answer that got lost on the way: the page saves again what is kept already
    review_words.keep_words(session, running.shown[0], "one", "")
    assert review_words.keep_words(session, running.shown[0], "one", "") == "one"


def test_what_is_typed_in_one_go_is_one_answer_and_later_ones_stand_beside_it(
    session: Session, running: SharedReview
) -> None:
    review_words.answer(session, running, "strengths", "I wa", "")
    review_words.answer(session, running, "strengths", "I wait", "I wa")
    assert [each.text for each in running.answers] == ["I wait"]
    running.answers[0].answered_at = "2026-01-01T00:00:00+00:00"
    review_words.answer(session, running, "strengths", "I wait for him", "I wait")
    assert [each.text for each in running.answers] == ["I wait", "I wait for him"]
    assert review_words.answers_of(running)["strengths"].text == "I wait for him"


def test_earlier_words_about_a_clip_are_not_lost(session: Session, running: SharedReview) -> None:
    shown = running.shown[0]
    review_words.keep_words(session, shown, "I wai", "")
    review_words.keep_words(session, shown, "I wait", "I wai")
    (first,) = review_words.said_about(running, shown.clip_id)
    first.answered_at = "2026-01-01T00:00:00+00:00"
    review_words.keep_words(session, shown, "", "I wait")
    review_words.said_about(running, shown.clip_id)[-1].answered_at = "2026-01-02T00:00:00+00:00"
    review_words.keep_words(session, shown, "I waited for her", "")
    said = review_words.said_about(running, shown.clip_id)
    assert [each.text for each in said] == ["I wait", "", "I waited for her"]
    assert shown.words == "I waited for her"
    assert review_words.answers_of(running) == {}, "these are no answers to a prompt"
    remove_clip(session, session.get_one(Clip, shown.clip_id), lambda _: None)
    assert session.query(Answer).count() == 0, "they go with their clip"


def test_words_of_before_there_was_a_history_are_kept(
    session: Session, case: Case, running: SharedReview
) -> None:
    shown = running.shown[0]
    shown.sealed_words = seal_text(case.recipient, "as it was")
    review_words.keep_words(session, shown, "as it is", "as it was")
    said = review_words.said_about(running, shown.clip_id)
    assert [each.text for each in said] == ["as it was", "as it is"]


def test_a_review_that_was_never_held_can_be_let_go(
    session: Session, case: Case, cycle: Cycle, review: SharedReview
) -> None:
    assert cycle.state == "ready"
    shared_reviews.discard(session, review)
    assert shared_reviews.reviews_of(session, case) == []
    assert session.query(Shown).count() == 0
    assert cycle.state == "micro-analysed"
    assert len(shared_reviews.chosen_clips(session, cycle)) == 2
    again = shared_reviews.prepare(session, case, cycle, TODAY)
    shared_reviews.begin(session, again, TODAY)
    with pytest.raises(SharedReviewError, match="kept"):
        shared_reviews.discard(session, again)


def test_too_many_words_are_refused(session: Session, running: SharedReview) -> None:
    with pytest.raises(ReviewWordsError, match="4000"):
        review_words.answer(session, running, "ideas", "x" * 4001, "")
    assert session.query(Answer).count() == 0


def test_a_clip_that_was_shown_can_still_be_removed(
    session: Session, running: SharedReview
) -> None:
    clip = session.get_one(Clip, running.shown[0].clip_id)
    remove_clip(session, clip, lambda _: None)
    session.expire(running, ["shown"])
    assert [each.position for each in running.shown] == [2]
