"""Cases: open one, and arm the box for it."""

from flask import Blueprint, abort, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from vigbox.casework.cases import CaseError, InShot, arming_request, open_case
from vigbox.casework.tables import Case
from vigbox.store.armed import Armed
from vigbox.web.services import Services, services

pages = Blueprint("cases", __name__)

ROLES = ("mother", "father", "carer", "child", "sibling", "grandparent", "professional")


@pages.get("/cases")
def page() -> str:
    """List the cases, with the one that the box is armed for."""
    return _page(services(), problem=None)


@pages.post("/cases")
def open_one() -> Response | tuple[str, int]:
    """Open a case, or say what is wrong with its code."""
    at = services()
    in_shot = [
        InShot(role, initials.strip()[:8])
        for role, initials in zip(
            request.form.getlist("role"), request.form.getlist("initials"), strict=False
        )
        if role in ROLES and initials.strip()
    ]
    code = request.form.get("code", "").strip().upper()
    try:
        with at.desk().session() as casework:
            open_case(casework, at.layout, code, request.form.get("question", ""), in_shot)
    except CaseError as error:
        return _page(at, problem=str(error)), 400
    return redirect(url_for(".page"))


@pages.post("/cases/<case>/arm")
def arm(case: str) -> Response:
    """Let the next press film for this case."""
    at = services()
    desk = at.desk()
    with desk.session() as casework:
        found = casework.get(Case, case) or abort(404, "There is no such case.")
        nonce = at.recorder.nonce()
        wish = arming_request(casework, found, at.public.box, nonce, desk.arming_key())
        at.recorder.ask(**wish)
    return redirect(url_for(".page"))


def _page(at: Services, problem: str | None) -> str:
    armed = Armed(at.layout.armed, at.public.arming, at.public.box).read()
    with at.desk().session() as casework:
        cases = casework.scalars(select(Case).order_by(Case.opened_at)).all()
        return render_template(
            "cases.html",
            cases=cases,
            armed=armed and armed.case,
            until_at=armed and armed.valid_until_at,
            roles=ROLES,
            problem=problem,
            typed=request.form,
        )
