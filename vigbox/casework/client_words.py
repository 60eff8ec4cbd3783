"""All that a case keeps of what its client said: questions, goals, ratings and answers, as rows."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from vigbox.casework.others import Others
from vigbox.casework.tables import Answer, Case, Rating, SharedReview, Shown, Wording

_Row = dict[str, Any]


def client_words(session: Session, case: Case, others: Others) -> dict[str, list[_Row]]:
    """Give the rows by heading; in texts ``others`` are told by their role."""
    wordings = session.scalars(select(Wording).where(Wording.case_id == case.id))
    ratings = session.scalars(select(Rating).where(Rating.case_id == case.id))
    reviews = session.scalars(select(SharedReview).where(SharedReview.case_id == case.id))
    answers = session.scalars(select(Answer).where(Answer.case_id == case.id))
    shown = session.scalars(select(Shown).where(Shown.case_id == case.id))
    return {
        "helping_question": [{"text": others.text(case.helping_question)}],
        "wordings": [_wording(each, others) for each in wordings],
        "ratings": [_rating(each) for each in ratings],
        "shared_reviews": [_review(each) for each in reviews],
        "answers": [_answer(each, others) for each in answers],
        "words_about_clips": [_about_clip(each, others) for each in shown if each.sealed_words],
    }


def _wording(wording: Wording, others: Others) -> _Row:
    return {
        "worded_at": wording.worded_at,
        "of": f"goal {wording.goal_id}" if wording.goal_id else "helping question",
        "text": others.text(wording.text),
    }


def _rating(rating: Rating) -> _Row:
    return {"rated_at": rating.rated_at, "goal": rating.goal_id, "value": rating.value}


def _review(review: SharedReview) -> _Row:
    return {"began_at": review.began_at, "ended_at": review.ended_at}


def _answer(answer: Answer, others: Others) -> _Row:
    return {
        "answered_at": answer.answered_at,
        "prompt": answer.prompt,
        "text": others.text(answer.text),
    }


def _about_clip(shown: Shown, others: Others) -> _Row:
    return {
        "shown_at": shown.shown_at,
        "clip": shown.clip_id,
        "text": others.text(shown.words),
    }
