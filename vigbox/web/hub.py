"""The page of one case: what its people work on, how far they are, and what comes next."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vigbox.casework import cycles, goals, progress
from vigbox.casework.participants import ROLES
from vigbox.casework.practitioners import listed
from vigbox.casework.progress import Work
from vigbox.casework.tables import Case, Goal, Participant, Visit, Wording
from vigbox.casework.versions import ChangedMeanwhileError, participant_version
from vigbox.casework.withdrawal import copies
from vigbox.casework.wraps import recipients_of
from vigbox.errors import VigboxError
from vigbox.store.manifests import Manifest
from vigbox.web.chart import Chart, chart_of
from vigbox.web.sentences import told
from vigbox.web.services import Services, services
from vigbox.web.tablet import today

Answer = Response | tuple[str, int]
"""What a view that changes something gives back."""

_GONE = ("withdrawing", "erased")


class GoneError(VigboxError):
    """A case was taken back: nothing is kept of it any more."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What was refused: where on the page, the sentence, and what was typed."""

    at: str = ""
    sentence: str = ""
    is_name: bool = False
    typed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GoalView:
    """A goal as the page shows it; ``now`` are its ratings by the cycle's id."""

    goal: Goal
    wordings: Sequence[Wording]
    chart: Chart | None
    now: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class VisitView:
    """A visit as the page shows it; cycles by their numbers, 0 for none."""

    on: str
    present: Sequence[Participant]
    films: int
    reviews: int


def find_case(casework: Session, case: str) -> Case:
    """Give a case, or answer 404."""
    return casework.get(Case, case) or abort(404, _("There is no such case."))


def page(at: Services, case: str, problem: str = "", trouble: Trouble | None = None) -> str:
    """Show one case; ``problem`` is a sentence about the whole of it."""
    desk = at.desk()
    films = [each for each in at.manifests.listed() if each.case == case]
    shown = [each for each in films if each.recording not in at.binned]
    on = today(at).isoformat()
    with desk.session() as casework:
        found = find_case(casework, case)
        return render_template(
            "case.html",
            case=found,
            films=len(films),
            openers={each.id for each in recipients_of(casework, found)},
            practitioners=listed(casework, "practitioner"),
            supervisors=listed(casework, "supervisor"),
            copies=copies(casework, case),
            me=desk.me,
            problem=problem,
            trouble=trouble or Trouble(),
            today=on,
            **(_work(casework, found, shown) if found.state not in _GONE else {"cycles": []}),
        )


def change(case: str, where: str, doing: Callable[[Session, Case], None]) -> Answer:
    """Do something in a case and show its page again; what is refused is told at ``where``.

    What a person typed stays in the form.
    """
    at = services()
    try:
        with at.desk().session() as casework:
            found = find_case(casework, case)
            if found.state in _GONE:
                raise GoneError(_("The family took this case back: nothing is added to it."))
            doing(casework, found)
    except VigboxError as error:
        is_name = type(error).__name__ == "LooksLikeNameError"
        trouble = Trouble(where, told(str(error)), is_name, request.form)
        is_late = isinstance(error, (ChangedMeanwhileError, GoneError))
        return page(at, case, trouble=trouble), 409 if is_late else 400
    return back_to(case, where)


def back_to(case: str, where: str) -> Response:
    """Show a case's page again, at a place of it."""
    return redirect(url_for("cases.case_page", case=case, _anchor=where))


def _work(casework: Session, case: Case, films: Sequence[Manifest]) -> dict[str, Any]:
    works = progress.work_of(casework, [case.id])[case.id]
    progress.catch_up(works)
    every = [each.cycle for each in works]
    goal_views = _goals(casework, case, works)
    people = {each.id: each for each in case.participants}
    filed = {recording for each in works for recording in each.recordings}
    going = sum(not each.goal.ended_at for each in goal_views)
    return {
        "cycles": every,
        "works": works,
        "step": progress.next_step(case, works, going),
        "goals": goal_views,
        "wordings": goals.questions(casework, case),
        "people": people,
        "versions": {key: participant_version(each) for key, each in people.items()},
        "roles": ROLES,
        "visits": [_visit(each, people, works) for each in cycles.visits_of(casework, case)[::-1]],
        "taken": {each.recording: each for each in films},
        "unfiled": [each for each in films if each.recording not in filed],
    }


def _goals(casework: Session, case: Case, works: Sequence[Work]) -> list[GoalView]:
    ratings = goals.ratings_of(casework, case)
    every = [each.cycle for each in works]
    found = []
    for goal in goals.goals_of(casework, case):
        now = ratings.get(goal.id, {})
        found.append(GoalView(goal, goal.wordings, chart_of(every, now), now))
    return sorted(found, key=lambda each: bool(each.goal.ended_at))


def _visit(visit: Visit, people: Mapping[int, Participant], works: Sequence[Work]) -> VisitView:
    numbers = {each.cycle.id: each.cycle.number for each in works}
    present = [people[int(each)] for each in visit.present.split() if int(each) in people]
    return VisitView(
        visit.visited_on, present, numbers.get(visit.films, 0), numbers.get(visit.reviews, 0)
    )
