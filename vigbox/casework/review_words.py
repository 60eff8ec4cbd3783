"""What is said in a shared review: the client's own words, and the answers to prompts.

Each save says what the page knew before it. When somebody else has written meanwhile the save is
refused, and both texts are there to be joined: the later one never silently wins.
"""

import re
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from vigbox.casework.practice import Answer, SharedReview, Shown
from vigbox.casework.tables import Case
from vigbox.casework.texts import seal_text
from vigbox.errors import VigboxError
from vigbox.model import now_at

LONGEST: Final = 4_000
_ONE_SITTING: Final = timedelta(minutes=5)
"""Saves of one answer this close together are the same answer, being typed."""
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
    words = _checked(text, known, shown.words)
    if words != shown.words:
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
    if words == before:
        return words
    sealed = seal_text(_recipient(session, review.case_id), words)
    if last is not None and _is_being_typed(last):
        last.sealed_text, last.answered_at = sealed, now_at()
    else:
        review.answers.append(
            Answer(case_id=review.case_id, prompt=prompt, answered_at=now_at(), sealed_text=sealed)
        )
    session.flush()
    return words


def answers_of(review: SharedReview) -> dict[str, Answer]:
    """Give the newest answer to each prompt, by its key."""
    return {each.prompt: each for each in review.answers}


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
