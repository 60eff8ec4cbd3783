"""The cases as a list: found by code, those that are worked on first, each with what comes next."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import case as choose
from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from vigbox.casework.progress import Step, next_step, work_of
from vigbox.casework.tables import Case, Goal

_RANKS: Final = {"open": 0, "paused": 1, "closed": 2, "withdrawing": 3, "erased": 4}


@dataclass(frozen=True, slots=True)
class Listed:
    """A case on the list, and what comes next in it."""

    case: Case
    step: Step


def listing(session: Session, code: str, armed: str) -> list[str]:
    """Give the ids of the cases whose code has ``code`` in it, in the order of the list.

    First the one that the box is armed for, then open, paused and closed ones, the newest first.
    """
    by_rank = choose(_RANKS, value=Case.state, else_=len(_RANKS))
    wanted = select(Case.id).order_by(Case.id != armed, by_rank, Case.opened_at.desc(), Case.code)
    if code:
        wanted = wanted.where(Case.code.contains(code, autoescape=True))
    return list(session.scalars(wanted))


def rows(session: Session, cases: Sequence[str]) -> list[Listed]:
    """Read some cases, in their order, each with what comes next."""
    wanted = select(Case).where(Case.id.in_(cases)).options(selectinload(Case.participants))
    found = {each.id: each for each in session.scalars(wanted)}
    works, goals = work_of(session, cases), _goals(session, cases)
    return [
        Listed(found[each], next_step(found[each], works[each], goals.get(each, 0)))
        for each in cases
    ]


def _goals(session: Session, cases: Sequence[str]) -> dict[str, int]:
    going = (
        select(Goal.case_id, func.count().label("goals"))
        .where(Goal.case_id.in_(cases), Goal.ended_at == "")
        .group_by(Goal.case_id)
    )
    return {row.case_id: row.goals for row in session.execute(going)}
