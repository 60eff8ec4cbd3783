"""Asking for consent on the tablet: the form's text, yes or no to each part, and a signature."""

import base64
import binascii
from datetime import date

from flask import Blueprint, abort, render_template, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vigbox.casework.answers import note_form
from vigbox.casework.arming import today
from vigbox.casework.consent import HOW, ConsentError, Told
from vigbox.casework.evidence import EvidenceError, photo, signature
from vigbox.casework.forms import Form, load
from vigbox.casework.tables import Case, Consent
from vigbox.casework.wraps import recipients_of
from vigbox.web.consents import called, find_case, form_in, note, participant_of, responsible
from vigbox.web.languages import LANGUAGES, spoken
from vigbox.web.sentences import told as in_words
from vigbox.web.services import Services, services
from vigbox.web.tablet import box_time
from vigbox.web.uploads import allow_a_picture

pages = Blueprint("asking", __name__)

_DRAWN = "data:image/png;base64,"


@pages.get("/cases/<case>/consent/ask")
def page(case: str) -> str:
    """Show the form for one participant, in the language they read best."""
    return _page(services(), case)


@pages.post("/cases/<case>/consent/ask")
def answer(case: str) -> Response | tuple[str, int]:
    """Keep one participant's answers, all of them or none."""
    allow_a_picture()
    at = services()
    form = _form(at)
    try:
        told = _told(form)
    except (ConsentError, EvidenceError) as error:
        return _page(at, case, in_words(str(error))), 400

    def tell(casework: Session, found: Case) -> list[Consent]:
        return note_form(casework, found, participant_of(found, _who()), told)

    return note(case, tell, lambda problem: _page(at, case, problem))


def _page(at: Services, case: str, problem: str = "") -> str:
    form, day = _form(at), today(box_time(at))
    with at.desk().session() as casework:
        found = find_case(casework, case)
        who = participant_of(found, _who())
        return render_template(
            "asking.html",
            case=found,
            who=who,
            called=called(who),
            adults=[(each.id, called(each)) for each in found.participants if not each.is_child],
            openers=recipients_of(casework, found),
            form=form,
            responsible=responsible(at, form),
            forms={each: LANGUAGES[each] for each in load(at.settings.consent_forms)},
            how=HOW,
            today=day.isoformat(),
            typed=request.form,
            problem=problem,
        )


def _told(form: Form) -> list[Told]:
    how = request.form.get("how", "")
    answers = {each: request.form.get(f"answer {each}", "") for each in form.purposes}
    given = {purpose: each for purpose, each in answers.items() if each in ("yes", "no")}
    if not given:
        raise ConsentError(_("Choose yes or no for at least one part."))
    by, until, seen = _by(), _until(), _evidence(how)
    return [
        Told(purpose, each, how, form.name, by, until if each == "yes" else None, seen)
        for purpose, each in given.items()
    ]


def _evidence(how: str) -> bytes:
    if how == "signature":
        return signature(_drawn(request.form.get("signature", "")))
    if how == "paper":
        file = request.files.get("photo")
        return photo(file.read() if file else b"")
    return b""


def _drawn(url: str) -> bytes:
    if not url.startswith(_DRAWN):
        raise EvidenceError(_("Nothing was signed. Sign with a finger, or note it as spoken."))
    try:
        return base64.b64decode(url.removeprefix(_DRAWN), validate=True)
    except binascii.Error:
        raise EvidenceError(_("The signature did not arrive whole. Sign again.")) from None


def _until() -> date | None:
    text = request.form.get("until", "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise ConsentError(_("The last day must be a date, or empty for no end.")) from None


def _by() -> int:
    by = request.form.get("by", "")
    return int(by) if by.isdecimal() else 0


def _form(at: Services) -> Form:
    return form_in(at, request.values.get("form_language", "") or spoken())


def _who() -> str:
    return request.values.get("who", "") or abort(404, _("Choose who is asked."))
