"""The helping question, the goals and where they stand, changed on the case's page."""

from flask import Blueprint, abort, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from vigbox.casework import goals
from vigbox.casework.goals import GoalError
from vigbox.casework.tables import Case, Cycle, Goal
from vigbox.web.hub import Answer, change
from vigbox.web.services import services

pages = Blueprint("goals", __name__)


@pages.post("/cases/<case>/question")
def question(case: str) -> Answer:
    """Keep the helping question as it is worded now."""
    text, seen = request.form.get("text", ""), _number(request.form.get("seen"))
    return change(
        case, "question", lambda casework, found: goals.word_question(casework, found, text, seen)
    )


@pages.post("/cases/<case>/goals")
def add(case: str) -> Answer:
    """Keep a goal."""
    text = request.form.get("text", "")

    def doing(casework: Session, found: Case) -> None:
        goals.add_goal(casework, found, text)

    return change(case, "goals", doing)


@pages.post("/goals/<goal>/reword")
def reword(goal: str) -> Answer:
    """Keep how a goal is worded now."""
    text, seen = request.form.get("text", ""), _number(request.form.get("seen"))
    return change(
        _case_of(goal),
        f"goal-{goal}",
        lambda casework, found: goals.reword(
            casework, found, casework.get_one(Goal, goal), text, seen
        ),
    )


@pages.post("/goals/<goal>/end")
def end(goal: str) -> Answer:
    """Say that a goal is not worked on any more."""
    return change(
        _case_of(goal),
        f"goal-{goal}",
        lambda casework, _case: goals.end_goal(casework.get_one(Goal, goal)),
    )


@pages.post("/goals/<goal>/rate")
def rate(goal: str) -> Answer:
    """Keep where the client sees a goal at a cycle: ``cycle``, ``value`` and ``seen``."""
    form = request.form
    value, seen = _number(form.get("value")), form.get("seen", "")

    def doing(casework: Session, _case: Case) -> None:
        cycle = casework.get(Cycle, form.get("cycle", ""))
        if cycle is None:
            raise GoalError(_("There is no such cycle. Choose one."))
        if value is None:
            raise GoalError(_("A rating must be a whole number from 0 to 10."))
        goals.rate(casework, casework.get_one(Goal, goal), cycle, value, seen)

    return change(_case_of(goal), f"goal-{goal}", doing)


def _case_of(goal: str) -> str:
    with services().desk().session() as casework:
        found = casework.get(Goal, goal) or abort(404, _("There is no such goal."))
        return found.case_id


def _number(text: str | None) -> int | None:
    try:
        return int(text) if text else None
    except ValueError:
        return -1
