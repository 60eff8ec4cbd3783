"""Films that were made without an armed case: listed, filed under a case, or erased.

Nothing of them is opened here or anywhere: when they were made, and how long they are, is all that
a page can tell.
"""

from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vigbox.casework import unfiled
from vigbox.casework.arming import KINDS, NEXT, ArmingError, Shot
from vigbox.casework.cycles import CycleError, cycles_of
from vigbox.casework.desk import CaseGoneError, Desk, NotSharedError
from vigbox.casework.filing import FilingError, days_judged, file_press
from vigbox.casework.gates import GateShutError
from vigbox.casework.register import register
from vigbox.casework.tables import Case
from vigbox.web.arming import kinds
from vigbox.web.consents import people_of, standing_words
from vigbox.web.erasing import erase_now
from vigbox.web.parts import Parts, joined
from vigbox.web.recordings import any_manifest
from vigbox.web.sentences import told
from vigbox.web.services import Services, services
from vigbox.web.tablet import box_time
from vigbox.web.unarmed import presses
from vigbox.web.waiting import as_waiting

pages = Blueprint("unfiled", __name__, url_prefix="/unfiled")


@pages.get("/<recording>")
def page(recording: str) -> str:
    """Show the one film, without anything of it, and ask which case it is of."""
    at = services()
    return _page(at, _of_press(at, recording), request.args.get("case", ""))


@pages.post("/<recording>/file")
def file_one(recording: str) -> Response | tuple[str, int]:
    """File what one press filmed, or say which consent is missing."""
    at = services()
    parts, case = _of_press(at, recording), request.form.get("case", "")
    in_shot = (each for each in request.form.getlist("in_shot") if each.isdecimal())
    shot = Shot(
        in_shot=tuple(int(each) for each in in_shot),
        kind=request.form.get("kind", KINDS[0]),
        cycle=request.form.get("cycle", NEXT),
        activity=request.form.get("activity", ""),
    )
    try:
        desk = at.desk()
        with at.following:
            file_press(desk, parts.manifests, case, shot, presses(at, desk), box_time(at))
    except (GateShutError, FilingError, ArmingError, CycleError, NotSharedError) as error:
        return _page(at, parts, case, told(str(error)), shot), 409
    return redirect(url_for("recordings.page"))


@pages.post("/<recording>/erase")
def erase(recording: str) -> Response:
    """Erase what one press filmed, at once and for good."""
    at = services()
    desk = at.desk()
    for film in _of_press(at, recording).manifests:
        erase_now(at, desk, film)
    return redirect(url_for("recordings.page"))


def _of_press(at: Services, recording: str) -> Parts:
    if not any_manifest(at, recording).is_unfiled:
        abort(404, _("This film is filed already. Look for it in the list."))
    every = joined(each for each in at.manifests.listed() if each.is_unfiled)
    of_it = (each for each in every if recording in {one.recording for one in each.manifests})
    return next(of_it, None) or abort(404, _("There is no such recording."))


def _page(
    at: Services, parts: Parts, case: str, problem: str = "", shot: Shot | None = None
) -> str:
    desk, days = at.desk(), at.service.now.days_to_file()
    cases = _open_cases(desk)
    with desk.session() as casework:
        left = unfiled.days_left(casework, days)
        found = casework.get(Case, case) if case in {each for each, _code in cases} else None
        return render_template(
            "unfiled.html",
            film=as_waiting(parts, left, days),
            cases=cases,
            case=found,
            kinds=kinds(),
            chosen=shot or Shot(()),
            problem=problem,
            **(_choices(at, casework, found, parts) if found else {}),
        )


def _choices(at: Services, casework: Session, case: Case, parts: Parts) -> dict[str, Any]:
    days = days_judged(parts.first, box_time(at))
    cards = people_of(register(casework, case, days[0]))
    every = cycles_of(casework, case)
    return {
        "people": cards,
        "standings": standing_words(),
        "judged_on": days[0],
        "cycles": [each for each in every if each.state != "closed"],
        "has_planned": any(each.state == "planned" for each in every),
        "next_number": 1 + max((each.number for each in every), default=0),
    }


def _open_cases(desk: Desk) -> list[tuple[str, str]]:
    """Give the id and code of each open case that this desk opens."""
    with desk.session() as casework:
        rows = casework.execute(
            select(Case.id, Case.code).where(Case.state == "open").order_by(Case.code)
        )
        every = [(case, code) for case, code in rows]
    return [(case, code) for case, code in every if _opens(desk, case)]


def _opens(desk: Desk, case: str) -> bool:
    try:
        return bool(desk.case_identities(case))
    except (NotSharedError, CaseGoneError):
        return False
