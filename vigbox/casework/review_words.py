"""What is said in a shared review: the client's own words, and the answers to prompts.

Each save says what the page knew before it. When somebody else has written meanwhile the save is
refused, and both texts are there to be joined: the later one never silently wins.
"""

import re
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from vigbox.casework.tables import Answer, Case, SharedReview, Shown
from vigbox.casework.texts import seal_text
from vigbox.errors import VigboxError
from vigbox.model import now_at

LONGEST: Final = 4_000
_ONE_SITTING: Final = timedelta(minutes=5)
"""Saves of one answer this close together are the same answer, being typed."""
_ABOUT: Final = "clip/"
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\ud800-\udfff]+")


class ReviewWordsError(VigboxError):
    """Words cannot be kept like that; those that were kept stay."""


class WrittenMeanwhileError(ReviewWordsError):
    """Somebody else wrote in the same place; ``kept`` is what they wrote."""

    def __init__(self, kept: str) -> None:
        super().__init__(
            "these words were changed on another tablet meanwhile. Both are shown: keep what is "
            "right in one place."
        )
        self.kept = kept


def keep_words(session: Session, shown: Shown, text: str, known: str) -> str:
    """Keep the client's words about a clip; ``known`` is what the page had before. Gives them.

    Raises :class:`ReviewWordsError`.
    """
    words, before = _checked(text, known, shown.words), shown.words
    if words == before:
        return words
    review = session.get_one(SharedReview, shown.review_id)
    said = said_about(review, shown.clip_id)
    if before and not said:  # of before there was a history
        _add(session, review, about(shown.clip_id), before, shown.shown_at or review.began_at)
    _keep(session, review, about(shown.clip_id), words, said[-1] if said else None)
    shown.sealed_words = seal_text(_recipient(session, shown.case_id), words)
    session.flush()
    return words


def answer(session: Session, review: SharedReview, prompt: str, text: str, known: str) -> str:
    """Keep what was said to a prompt, beside what was said before. Gives the words.

    What is typed in one go is one answer. An empty text takes the answer back. Raises
    :class:`ReviewWordsError`.
    """
    last = answers_of(review).get(prompt)
    before = last.text if last else ""
    words = _checked(text, known, before)
    if words != before:
        _keep(session, review, prompt, words, last)
    return words


def answers_of(review: SharedReview) -> dict[str, Answer]:
    """Give the newest answer to each prompt, by its key."""
    every = (each for each in review.answers if not each.prompt.startswith(_ABOUT))
    return {each.prompt: each for each in every}


def said_about(review: SharedReview, clip: str) -> list[Answer]:
    """Give the client's words about a clip as they were taken down over time, the oldest first."""
    return said_to(review, about(clip))


def said_to(review: SharedReview, prompt: str) -> list[Answer]:
    """Give the answers to a prompt over time, the oldest first."""
    return [each for each in review.answers if each.prompt == prompt]


def about(clip: str) -> str:
    """Give the key that a clip's words over time are kept under; no prompt's key has a slash."""
    return f"{_ABOUT}{clip}"


def _keep(
    session: Session, review: SharedReview, prompt: str, words: str, last: Answer | None
) -> None:
    if last is not None and _is_being_typed(last):
        last.sealed_text = seal_text(_recipient(session, review.case_id), words)
        last.answered_at = now_at()
        session.flush()
    else:
        _add(session, review, prompt, words, now_at())


def _add(session: Session, review: SharedReview, prompt: str, words: str, at: str) -> None:
    sealed = seal_text(_recipient(session, review.case_id), words)
    review.answers.append(
        Answer(case_id=review.case_id, prompt=prompt, answered_at=at, sealed_text=sealed)
    )
    session.flush()


def _checked(text: str, known: str, kept: str) -> str:
    words = "\n".join(_CONTROL.sub(" ", line).rstrip() for line in text.splitlines()).strip()
    if len(words) > LONGEST:
        raise ReviewWordsError(f"there is room for {LONGEST} letters here. Shorten it a little.")
    if kept not in (known.strip(), words):
        raise WrittenMeanwhileError(kept)
    return words


def _is_being_typed(last: Answer) -> bool:
    since = datetime.fromisoformat(now_at()) - datetime.fromisoformat(last.answered_at)
    return since < _ONE_SITTING


def _recipient(session: Session, case: str) -> str:
    return session.get_one(Case, case).recipient
