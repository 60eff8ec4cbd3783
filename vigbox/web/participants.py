"""Who may be in shot, by role and initials, changed on the case's page."""

from flask import Blueprint, abort, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from vigbox.casework.participants import Told, add_participant, change_participant
from vigbox.casework.tables import Case, Participant
from vigbox.web.disarming import told_disarming
from vigbox.web.hub import Answer, change, page
from vigbox.web.outgoing import take_back_fallen
from vigbox.web.sentences import told
from vigbox.web.services import services

pages = Blueprint("participants", __name__)

_MOST_DIGITS = 10


@pages.post("/cases/<case>/participants")
def add(case: str) -> Answer:
    """Add somebody to a case; what looks like a name is asked about first."""

    def doing(casework: Session, found: Case) -> None:
        add_participant(casework, found, _told(), is_sure=_is_sure())

    return change(case, "people", doing)


@pages.post("/participants/<participant>/change")
def change_one(participant: str) -> Answer:
    """Change somebody's role or initials, whether they are a child, or who answers for them.

    Whose answers count may be others then, as after a consent that was taken back.
    """
    at, key = services(), _id(participant)
    desk = at.desk()
    with desk.session() as casework:
        row = casework.get(Participant, key) or abort(404, _("There is nobody like that here."))
        case = row.case_id

    def doing(casework: Session, found: Case) -> None:
        who = casework.get_one(Participant, key)
        seen = request.form.get("seen", "")
        change_participant(casework, found, who, _told(), seen, is_sure=_is_sure())

    answer = change(case, f"person-{key}", doing)
    problem = told_disarming(at, desk)
    take_back_fallen(at, desk, case)
    return (page(at, case, told(problem)), 409) if problem else answer


def _told() -> Told:
    form = request.form
    return Told(
        role=form.get("role", ""),
        initials=form.get("initials", ""),
        is_child=form.get("child") == "yes",
        answered_by=_id(form.get("answered_by", "")),
    )


def _id(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < _MOST_DIGITS else 0


def _is_sure() -> bool:
    return request.form.get("sure") == "yes"
