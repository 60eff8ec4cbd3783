"""Cycles and visits, changed on the case's page; and which cycle a recording belongs to."""

from datetime import date

from flask import Blueprint, abort, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from vigbox.casework import cycles, progress
from vigbox.casework.cycles import CycleError
from vigbox.casework.tables import Case, Cycle, Filmed
from vigbox.casework.versions import same
from vigbox.web.hub import Answer, change
from vigbox.web.recordings import find
from vigbox.web.services import services

pages = Blueprint("cycles", __name__)


@pages.post("/cases/<case>/cycles")
def plan(case: str) -> Answer:
    """Begin the cycle ``number``; a second tap, or another tablet, begins no other one."""
    number = request.form.get("number", "")

    def doing(casework: Session, found: Case) -> None:
        if number not in {str(each.number) for each in cycles.cycles_of(casework, found)}:
            cycles.plan_cycle(casework, found)

    return change(case, "cycles", doing)


@pages.post("/cycles/<cycle>/state")
def move(cycle: str) -> Answer:
    """Say by hand how far a cycle is: ``state``, and the one that was ``seen``."""
    form = request.form
    with services().desk().session() as casework:
        row = casework.get(Cycle, cycle) or abort(404, _("There is no such cycle."))
        case = row.case_id

    def doing(casework: Session, found: Case) -> None:
        works = progress.work_of(casework, [found.id])[found.id]
        (work,) = (each for each in works if each.cycle.id == cycle)
        progress.move(work, form.get("state", ""), form.get("seen", ""))

    return change(case, f"cycle-{cycle}", doing)


@pages.post("/cases/<case>/visits")
def visit(case: str) -> Answer:
    """Keep a visit: ``on``, who was ``present``, the cycles it ``films`` and ``reviews``."""
    form = request.form

    def doing(casework: Session, found: Case) -> None:
        known = {each.id: each for each in cycles.cycles_of(casework, found)}
        films, reviews = (known.get(form.get(each, "")) for each in ("films", "reviews"))
        present = [int(each) for each in form.getlist("present") if each.isdecimal()]
        cycles.note_visit(casework, found, _day(form.get("on", "")), present, films, reviews)

    return change(case, "visits", doing)


@pages.post("/recordings/<recording>/cycle")
def file_under(recording: str) -> Answer:
    """Say which ``cycle`` a recording belongs to; none takes it out of its own.

    ``seen`` is the cycle that it was in when the page was made.
    """
    form, manifest = request.form, find(services(), recording)

    def doing(casework: Session, found: Case) -> None:
        filmed = casework.get(Filmed, recording)
        same(form.get("seen", ""), filmed.cycle_id if filmed else "", _("This recording"))
        wish = form.get("cycle", "")
        cycle = casework.get(Cycle, wish) if wish else None
        if wish and cycle is None:
            raise CycleError(_("There is no such cycle. Choose another one."))
        cycles.file_under(casework, found, recording, cycle)

    return change(manifest.case, "cycles", doing)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CycleError(_("A visit needs its day. Choose one.")) from None
