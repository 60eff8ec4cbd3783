"""Cycles and visits, as the practice has them.

A cycle is one film and the shared review of its clips. A visit may film one cycle and review the
one before it.
"""

from collections.abc import Collection
from datetime import date
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from vigbox.casework.tables import Case, Cycle, Filmed, Visit
from vigbox.errors import VigboxError
from vigbox.model import new_id, now_at

STATES: Final = ("planned", "filmed", "micro-analysed", "ready", "reviewed", "closed")
"""In the order of the work."""


class CycleError(VigboxError):
    """A cycle or a visit cannot be kept like that; nothing was changed."""


def plan_cycle(session: Session, case: Case) -> Cycle:
    """Begin the next cycle of a case. Raises :class:`CycleError` for a case that is not open."""
    if case.state != "open":
        raise CycleError(
            f"{case.code} is {case.state}: no cycle begins. Open the case again first."
        )
    last = session.scalar(select(func.max(Cycle.number)).where(Cycle.case_id == case.id)) or 0
    cycle = Cycle(id=new_id(), case_id=case.id, number=last + 1, state=STATES[0], made_at=now_at())
    session.add(cycle)
    session.flush()
    return cycle


def reach(cycle: Cycle, state: str) -> None:
    """Say that a cycle got so far; one that is further stays where it is.

    Raises :class:`CycleError` for a state that is none.
    """
    if state not in STATES:
        raise CycleError(f"a cycle's state must be one of {', '.join(STATES)}, not {state!r}.")
    if STATES.index(state) > STATES.index(cycle.state):
        cycle.state = state


def file_under(session: Session, case: Case, recording: str, cycle: Cycle | None) -> Filmed:
    """Say which cycle a recording of a case belongs to, or that it belongs to none.

    Raises :class:`CycleError` for a cycle of another case.
    """
    if cycle is not None and cycle.case_id != case.id:
        raise CycleError("that cycle belongs to another case.")
    filmed = session.get(Filmed, recording)
    if filmed is None:
        filmed = Filmed(recording=recording, case_id=case.id, kind="interaction")
        session.add(filmed)
    filmed.cycle_id = cycle.id if cycle else ""
    if cycle is not None and filmed.kind == "interaction":
        reach(cycle, "filmed")
    session.flush()
    return filmed


def note_chosen(session: Session, recording: str) -> None:
    """Let the cycle of a recording know that a clip of it was chosen."""
    filmed = session.get(Filmed, recording)
    cycle = session.get(Cycle, filmed.cycle_id) if filmed and filmed.cycle_id else None
    if cycle is not None:
        reach(cycle, "micro-analysed")


def cycles_of(session: Session, case: Case) -> list[Cycle]:
    """Give a case's cycles, the first one first."""
    rows = select(Cycle).where(Cycle.case_id == case.id).order_by(Cycle.number)
    return list(session.scalars(rows))


def current_cycle(session: Session, case: Case) -> Cycle | None:
    """Give the newest cycle that nobody closed; None when there is none."""
    return next((each for each in cycles_of(session, case)[::-1] if each.state != "closed"), None)


def note_visit(  # what a visit is
    session: Session,
    case: Case,
    on: date,
    present: Collection[int],
    films: Cycle | None = None,
    reviews: Cycle | None = None,
) -> Visit:
    """Keep a visit. Raises :class:`CycleError` when it does not fit the case."""
    known = {each.id for each in case.participants}
    if not known.issuperset(present):
        raise CycleError("somebody who was present is not in this case. Add them first.")
    for each in (films, reviews):
        if each is not None and each.case_id != case.id:
            raise CycleError("that cycle belongs to another case.")
    if films is not None and films is reviews:
        raise CycleError("a visit reviews the cycle before the one that it films.")
    visit = Visit(
        id=new_id(),
        case_id=case.id,
        visited_on=on.isoformat(),
        present=" ".join(str(each) for each in sorted(present)),
        films=films.id if films else "",
        reviews=reviews.id if reviews else "",
    )
    session.add(visit)
    session.flush()
    return visit


def visits_of(session: Session, case: Case) -> list[Visit]:
    """Give a case's visits, the first one first."""
    rows = select(Visit).where(Visit.case_id == case.id).order_by(Visit.visited_on, Visit.id)
    return list(session.scalars(rows))
