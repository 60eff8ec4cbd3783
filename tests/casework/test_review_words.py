"""The client's own words: sealed as they were said, and never lost to a later save."""

import pytest
from sqlalchemy.orm import Session

from vigbox.casework import (
    review_words,
)
from vigbox.casework.clips import remove_clip
from vigbox.casework.review_words import ReviewWordsError, WrittenMeanwhileError
from vigbox.casework.tables import (
    Answer,
    Case,
    Clip,
    SharedReview,
)
from vigbox.casework.texts import seal_text


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


def test_too_many_words_are_refused(session: Session, running: SharedReview) -> None:
    with pytest.raises(ReviewWordsError, match="4000"):
        review_words.answer(session, running, "ideas", "x" * 4001, "")
    assert session.query(Answer).count() == 0
