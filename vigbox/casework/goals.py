"""The helping question and the goals, in the client's words over time, and where goals stand."""

from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from vigbox.casework.tables import Case, Cycle, Goal, Rating, Wording
from vigbox.casework.texts import seal_text
from vigbox.casework.versions import same
from vigbox.errors import VigboxError
from vigbox.model import new_id, now_at

LOWEST: Final = 0
HIGHEST: Final = 10
_LONGEST: Final = 300


class GoalError(VigboxError):
    """A goal, a question or a rating cannot be kept like that; nothing was changed."""


def word_question(session: Session, case: Case, text: str, seen: int | None = None) -> None:
    """Keep the helping question as it is worded now, beside how it was before.

    ``seen`` is the id of the newest wording that was read, 0 when there was none. Raises
    :class:`GoalError` when there is nothing in it, or too much; ChangedMeanwhileError.
    """
    words = _checked(text, "the helping question")
    _newest_is(session, case, None, seen, "The helping question")
    if words == case.helping_question:
        return  # the same words again are no other wording
    if not questions(session, case) and case.sealed_question:
        before = case.sealed_question
        session.add(Wording(case_id=case.id, worded_at=case.opened_at, sealed_text=before))
    _word(session, case, None, words)
    case.sealed_question = seal_text(case.recipient, words)


def questions(session: Session, case: Case) -> list[Wording]:
    """Give the helping question's wordings, the oldest first; none while it was worded once."""
    asked = select(Wording).where(Wording.case_id == case.id, Wording.goal_id.is_(None))
    return list(session.scalars(asked.order_by(Wording.id)))


def add_goal(session: Session, case: Case, text: str) -> Goal:
    """Keep a goal. Raises :class:`GoalError`."""
    words = _checked(text, "a goal")
    goal = Goal(id=new_id(), case_id=case.id, made_at=now_at())
    session.add(goal)
    session.flush()
    _word(session, case, goal, words)
    return goal


def reword(session: Session, case: Case, goal: Goal, text: str, seen: int | None = None) -> None:
    """Keep how a goal is worded now; ``seen`` as for the question. Raises as it does."""
    words = _checked(text, "a goal")
    _newest_is(session, case, goal, seen, "This goal")
    if goal.wordings[-1].text == words:
        return
    _word(session, case, goal, words)


def newest_wording(session: Session, case: Case, goal: Goal | None) -> int:
    """Give the id of a goal's newest wording, or of the helping question's; 0 without one."""
    mine = Wording.goal_id.is_(None) if goal is None else Wording.goal_id == goal.id
    newest = select(func.max(Wording.id)).where(Wording.case_id == case.id, mine)
    return session.scalar(newest) or 0


def end_goal(goal: Goal) -> None:
    """Say that a goal is not worked on any more; its ratings stay."""
    goal.ended_at = goal.ended_at or now_at()


def goals_of(session: Session, case: Case) -> list[Goal]:
    """Give a case's goals, the oldest first."""
    return list(session.scalars(select(Goal).where(Goal.case_id == case.id).order_by(Goal.made_at)))


def rate(session: Session, goal: Goal, cycle: Cycle, value: int, seen: str | None = None) -> None:
    """Keep where the client sees a goal, from 0 to 10, at a cycle.

    ``seen`` is the rating that was read, empty when there was none. Raises :class:`GoalError`,
    ChangedMeanwhileError.
    """
    if not LOWEST <= value <= HIGHEST:
        raise GoalError(f"a rating must be from {LOWEST} to {HIGHEST}, not {value}.")
    if goal.case_id != cycle.case_id:
        raise GoalError("that goal belongs to another case.")
    now = rating_at(session, goal, cycle)
    if seen is not None:
        same(seen, "" if now is None else str(now), "This rating")
    session.add(
        Rating(
            case_id=goal.case_id, goal_id=goal.id, cycle_id=cycle.id, value=value, rated_at=now_at()
        )
    )
    session.flush()


def rating_at(session: Session, goal: Goal, cycle: Cycle) -> int | None:
    """Give the newest rating of a goal at a cycle; None when there is none."""
    mine = select(Rating.value).where(Rating.goal_id == goal.id, Rating.cycle_id == cycle.id)
    return session.scalar(mine.order_by(Rating.id.desc()).limit(1))


def ratings_of(session: Session, case: Case) -> dict[str, dict[str, int]]:
    """Give the newest rating of each goal at each cycle: by goal's id, then by cycle's."""
    found: dict[str, dict[str, int]] = {}
    rows = select(Rating).where(Rating.case_id == case.id).order_by(Rating.id)
    for each in session.scalars(rows):
        found.setdefault(each.goal_id, {})[each.cycle_id] = each.value
    return found


def _newest_is(
    session: Session, case: Case, goal: Goal | None, seen: int | None, what: str
) -> None:
    if seen is not None:
        same(str(seen), str(newest_wording(session, case, goal)), what)


def _word(session: Session, case: Case, goal: Goal | None, words: str) -> None:
    wording = Wording(case_id=case.id, goal_id=goal.id if goal else None, worded_at=now_at())
    wording.sealed_text = seal_text(case.recipient, words)
    session.add(wording)
    session.flush()
    if goal is not None:
        session.expire(goal, ["wordings"])


def _checked(text: str, what: str) -> str:
    words = " ".join(text.split())
    if not words:
        raise GoalError(f"{what} needs words. Write down what the client says.")
    if len(words) > _LONGEST:
        raise GoalError(f"{what} must be no longer than {_LONGEST} letters. Shorten it.")
    return words
