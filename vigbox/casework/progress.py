"""How far the work of a case is, and what comes next: from what the box itself knows.

A cycle's state is what somebody said or what the box can tell, whichever is further: a recording
of it was filmed, a clip of it was chosen, its shared review began or ended.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from vigbox.casework.cycles import STATES, CycleError, cycles_of, reach
from vigbox.casework.tables import Case, Clip, Cycle, Filmed, Goal, Rating, SharedReview
from vigbox.casework.versions import same

CHOSEN: Final = ("chosen", "shown", "kept")
"""The states of clips that are for a shared review, or were in one."""

_DONE: Final = ("reviewed", "closed")


@dataclass(slots=True)
class Work:
    """A cycle and what the box knows of it; ``unrated`` are goals without a rating at it."""

    cycle: Cycle
    recordings: list[str] = field(default_factory=list)
    chosen: int = 0
    reviews: list[SharedReview] = field(default_factory=list)
    unrated: list[str] = field(default_factory=list)

    @property
    def known(self) -> str:
        """The state that the box can tell by itself."""
        if any(each.ended_at for each in self.reviews):
            return "reviewed"
        if self.reviews:
            return "ready"
        if self.chosen:
            return "micro-analysed"
        return "filmed" if self.recordings else "planned"

    @property
    def state(self) -> str:
        """How far the cycle is."""
        return max(self.cycle.state, self.known, key=STATES.index)

    @property
    def choices(self) -> tuple[str, ...]:
        """The states that can be said by hand: never less than the box knows."""
        return STATES[STATES.index(self.known) :]


@dataclass(frozen=True, slots=True)
class Step:
    """What comes next.

    ``what`` is people, question, goal, film, choose, ready, review, rate, or rest; ``number`` the
    cycle's, ``cycle`` its id when there is one already, ``recording`` what to choose clips from.
    """

    what: str
    number: int = 0
    cycle: str = ""
    recording: str = ""


def work_of(session: Session, cases: Collection[str]) -> dict[str, list[Work]]:
    """Give the cycles of some cases with what is known of them, by the case's id."""
    cycles = session.scalars(
        select(Cycle).where(Cycle.case_id.in_(cases)).order_by(Cycle.number)
    ).all()
    works = {each.id: Work(each) for each in cycles}
    _add_films(session, cases, works)
    _add_reviews(session, cases, works)
    _add_unrated(session, cases, works)
    found: dict[str, list[Work]] = {each: [] for each in cases}
    for each in works.values():
        found[each.cycle.case_id].append(each)
    return found


@dataclass(frozen=True, slots=True)
class FiledUnder:
    """The cycle that a recording belongs to, empty and 0 for none, among its case's cycles."""

    cycle: str
    number: int
    cycles: Sequence[Cycle]


def filed_under(session: Session, case: Case, recording: str) -> FiledUnder:
    """Tell which cycle a recording of a case belongs to."""
    filmed = session.get(Filmed, recording)
    every = cycles_of(session, case)
    numbers = {each.id: each.number for each in every}
    cycle = filmed.cycle_id if filmed and filmed.cycle_id in numbers else ""
    return FiledUnder(cycle, numbers.get(cycle, 0), every)


def catch_up(works: Iterable[Work]) -> None:
    """Let the cycles reach what is known of them."""
    for each in works:
        reach(each.cycle, each.known)


def move(work: Work, state: str, seen: str) -> None:
    """Say by hand how far a cycle is; ``seen`` is the state that was read.

    Raises :class:`CycleError`, ChangedMeanwhileError.
    """
    number = work.cycle.number
    same(seen, work.state, f"Cycle {number}")
    if state not in STATES:
        raise CycleError(f"a cycle's state must be one of {', '.join(STATES)}, not {state!r}.")
    if state not in work.choices:
        raise CycleError(f"cycle {number} is {work.known} already: it cannot be {state}.")
    work.cycle.state = state


def next_step(case: Case, works: Sequence[Work], goals: int) -> Step:
    """Tell what comes next in a case; ``goals`` is how many it has that did not end."""
    if case.state != "open":
        return Step("rest")
    waiting = [each for each in works if each.state not in _DONE]
    for what, is_there in (
        ("people", case.participants),
        ("question", case.sealed_question),
        ("goal", goals),
    ):
        if not is_there and not any(each.recordings for each in works):
            return Step(what)
    if waiting:
        return _step_of(waiting[0])
    if works and works[-1].state == "reviewed" and works[-1].unrated:
        return _step("rate", works[-1])
    return Step("film", (works[-1].cycle.number if works else 0) + 1)


def _step_of(work: Work) -> Step:
    steps: Mapping[str, str] = {
        "planned": "film",
        "filmed": "choose",
        "micro-analysed": "ready",
        "ready": "review",
    }
    return _step(steps[work.state], work)


def _step(what: str, work: Work) -> Step:
    newest = work.recordings[-1] if work.recordings else ""
    return Step(what, work.cycle.number, work.cycle.id, newest)


def _add_films(session: Session, cases: Collection[str], works: Mapping[str, Work]) -> None:
    clips = func.count(Clip.id)
    found = (
        select(Filmed.cycle_id, Filmed.recording, clips)
        .outerjoin(Clip, (Clip.recording == Filmed.recording) & Clip.state.in_(CHOSEN))
        .where(Filmed.case_id.in_(cases), Filmed.cycle_id != "", Filmed.kind == "interaction")
        .where(Filmed.binned_at == "")
        .group_by(Filmed.recording)
    )
    for cycle, recording, chosen in session.execute(found):
        if cycle in works:
            works[cycle].recordings.append(recording)
            works[cycle].chosen += chosen


def _add_reviews(session: Session, cases: Collection[str], works: Mapping[str, Work]) -> None:
    found = select(SharedReview).where(SharedReview.case_id.in_(cases))
    for each in session.scalars(found.order_by(SharedReview.began_at)):
        if each.cycle_id in works:
            works[each.cycle_id].reviews.append(each)


def _add_unrated(session: Session, cases: Collection[str], works: Mapping[str, Work]) -> None:
    open_goals = select(Goal.id, Goal.case_id).where(Goal.case_id.in_(cases), Goal.ended_at == "")
    goals = session.execute(open_goals.order_by(Goal.made_at)).all()
    at_cycles = select(Rating.goal_id, Rating.cycle_id).where(Rating.case_id.in_(cases))
    rated = {(goal, cycle) for goal, cycle in session.execute(at_cycles)}
    by_case: dict[str, list[str]] = {}
    for goal, case in goals:
        by_case.setdefault(case, []).append(goal)
    for cycle, work in works.items():
        own = by_case.get(work.cycle.case_id, [])
        work.unrated = [goal for goal in own if (goal, cycle) not in rated]
