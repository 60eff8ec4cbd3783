"""Cases: open one, share it, and take it back."""

from collections.abc import Sequence

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vigbox.casework.cases import CaseError, InShot, open_case
from vigbox.casework.listing import listing, rows
from vigbox.casework.names import code_looks_like_name, name_like
from vigbox.casework.participants import CHILDREN, ROLES
from vigbox.casework.practitioners import PractitionerError, listed, share_case
from vigbox.casework.tables import Case
from vigbox.casework.withdrawal import withdraw
from vigbox.casework.wraps import recipients_of
from vigbox.errors import VigboxError
from vigbox.web import hub
from vigbox.web.consents import form_in, responsible
from vigbox.web.disarming import in_force
from vigbox.web.erasing import Erasing, FilmingError, refuse_filming
from vigbox.web.hub import find_case
from vigbox.web.languages import spoken
from vigbox.web.sentences import told
from vigbox.web.services import Services, services

pages = Blueprint("cases", __name__)

_ROWS = 24
"""So many cases are listed on one page."""

_MOST_DIGITS = 10


@pages.get("/cases")
def page() -> str:
    """List the cases, with the one that the box is armed for."""
    return _page(services(), problem=None)


@pages.post("/cases")
def open_one() -> Response | tuple[str, int]:
    """Open a case, or say what is wrong with its code."""
    at = services()
    typed = zip(request.form.getlist("role"), request.form.getlist("initials"), strict=False)
    in_shot = [
        InShot(role, initials.strip()[:8], role in CHILDREN)
        for role, initials in typed
        if role in ROLES and initials.strip()
    ]
    code = request.form.get("code", "").strip().upper()
    names = _names(code, request.form.getlist("initials"))
    if names and request.form.get("sure") != "yes":
        told = _(
            "This may be a name: %(what)s. Codes and initials tell less.", what=", ".join(names)
        )
        return _page(at, problem=told, is_name=True), 400
    question = request.form.get("question", "")
    desk = at.desk()
    with_whom = [*request.form.getlist("with"), desk.me.id]
    try:
        with desk.session() as casework:
            open_case(casework, at.layout, code, question, in_shot, with_whom)
    except CaseError as error:
        return _page(at, problem=told(str(error))), 400
    return redirect(url_for(".page"))


@pages.get("/cases/<case>")
def case_page(case: str) -> str:
    """Show one case: who opens it, and how the family takes it back."""
    return _case_page(services(), case)


@pages.post("/cases/<case>/share")
def share(case: str) -> Response | tuple[str, int]:
    """Let exactly the ticked ones open the case."""
    at = services()
    try:
        share_case(at.desk(), case, request.form.getlist("with"))
    except PractitionerError as error:
        return _case_page(at, case, problem=told(str(error))), 400
    return redirect(url_for(".case_page", case=case))


@pages.get("/cases/<case>/consent-form")
def consent_form(case: str) -> str:
    """Give the form to print: what is filmed, and who will be able to open it."""
    at = services()
    form = form_in(at, request.args.get("form_language", "") or spoken())
    with at.desk().session() as casework:
        found = _find(casework, case)
        openers = recipients_of(casework, found)
        return render_template(
            "consent_form.html",
            case=found,
            openers=openers,
            form=form,
            responsible=responsible(at, form),
        )


@pages.post("/cases/<case>/withdraw")
def withdraw_one(case: str) -> Response | tuple[str, int]:
    """Destroy the case's key and erase all of it, when its code was typed."""
    at = services()
    desk = at.desk()
    with desk.session() as casework:
        code = _find(casework, case).code
    if request.form.get("code", "").strip().upper() != code:
        return _case_page(at, case, problem=told(f"To erase everything of it, type {code}.")), 400
    try:
        refuse_filming(at, case)
    except FilmingError as error:
        return _case_page(at, case, problem=str(error)), 409
    try:
        withdraw(desk, case, Erasing(at, desk))
    except (VigboxError, OSError) as error:
        problem = f"{code} is blocked and its key destroyed, but not all is erased yet: {error}"
        return _case_page(at, case, problem=told(problem)), 409
    finally:
        at.shelf.clear()
    return redirect(url_for(".case_page", case=case))


def _find(casework: Session, case: str) -> Case:
    return find_case(casework, case)


def _case_page(at: Services, case: str, problem: str = "") -> str:
    return hub.page(at, case, problem)


def _names(code: str, initials: Sequence[str]) -> list[str]:
    codes = [code] if code_looks_like_name(code) else []
    return codes + [each.strip() for each in initials if name_like(each)]


def _page(at: Services, problem: str | None, *, is_name: bool = False) -> str:
    armed = in_force(at)
    desk = at.desk()
    wanted, start = request.args.get("code", "").strip().upper(), _start()
    with desk.session() as casework:
        every = listing(casework, wanted, armed.case if armed else "")
        shown = rows(casework, every[start : start + _ROWS])
        return render_template(
            "cases.html",
            cases=shown,
            count=len(every),
            wanted=wanted,
            start=start,
            step=_ROWS,
            armed=armed and armed.case,
            until_at=armed and armed.valid_until_at,
            roles=ROLES,
            me=desk.me,
            practitioners=listed(casework, "practitioner"),
            supervisors=listed(casework, "supervisor"),
            problem=problem,
            is_name=is_name,
            typed=request.form,
        )


def _start() -> int:
    text = request.args.get("from", "")
    return int(text) if text.isdecimal() and len(text) < _MOST_DIGITS else 0
