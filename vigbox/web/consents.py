"""Consent on a case's page: who stands how to what, what was answered, and taking it back."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session, object_session
from werkzeug.wrappers import Response as AnyResponse

from vigbox.casework import audit
from vigbox.casework.answers import note_form, sealed_evidence
from vigbox.casework.arming import today
from vigbox.casework.consent import PURPOSES, ConsentError, Standing, Told, case_answers, newest
from vigbox.casework.evidence import kind_of
from vigbox.casework.forms import Form, load
from vigbox.casework.names import name_like
from vigbox.casework.register import Row, history, register
from vigbox.casework.tables import Case, Consent, Participant
from vigbox.seal.opening import open_bytes
from vigbox.web.disarming import told_disarming
from vigbox.web.languages import spoken
from vigbox.web.outgoing import take_back_fallen
from vigbox.web.sentences import told as in_words
from vigbox.web.services import Services, services
from vigbox.web.tablet import box_time

pages = Blueprint("consents", __name__)

_GONE = ("withdrawing", "erased")


@dataclass(frozen=True, slots=True)
class Person:
    """One participant's card on the page."""

    who: Participant
    called: str
    row: Row
    hints: list[str]

    @property
    def child_says(self) -> str:
        """What the next tap of a child's own button says about filming."""
        filming = self.row.entries[PURPOSES.index("filming")]
        return "yes" if filming.standing is Standing.CHILD_REFUSED else "no"


@pages.get("/cases/<case>/consent")
def page(case: str) -> str:
    """Show how everybody in a case stands to each purpose, and every answer there was."""
    return show(services(), case)


@pages.post("/cases/<case>/consent/child")
def child(case: str) -> AnyResponse | tuple[str, int]:
    """Take down a child's own no, or its later yes."""

    def tell(casework: Session, found: Case) -> list[Consent]:
        who = participant_of(found, request.form.get("who", ""))
        answer = "yes" if request.form.get("answer") == "yes" else "no"
        if not who.is_child:
            raise ConsentError("only a child has a no of its own beside the answer for it.")
        told = Told(_purpose(), answer, "spoken", "", answered_by=who.id)
        return note_form(casework, found, who, [told])

    return note(case, tell)


@pages.post("/cases/<case>/consent/withdraw")
def withdraw(case: str) -> AnyResponse | tuple[str, int]:
    """Take one purpose back."""

    def tell(casework: Session, found: Case) -> list[Consent]:
        who = participant_of(found, request.form.get("who", ""))
        before = newest(case_answers(casework, found.id), who, _purpose())[1]
        by = before.answered_by if before else who.id
        told = Told(_purpose(), "withdrawn", "spoken", "", answered_by=by)
        return note_form(casework, found, who, [told])

    return note(case, tell)


@pages.get("/consents/<consent>/evidence")
def evidence(consent: str) -> Response:
    """Give the signature or the photo of the form that an answer stands on."""
    desk = services().desk()
    with desk.session() as casework:
        found = casework.get(Consent, int(consent)) if consent.isdecimal() else None
        if found is None:
            abort(404, _("There is no such answer."))
        case, sealed = found.case_id, sealed_evidence(casework, found)
    if not sealed:
        abort(404, _("This answer was spoken: there is no signature."))
    picture = open_bytes(sealed, desk.case_identities(case))
    with desk.session() as casework:
        audit.note(casework, "evidence of consent shown", consent, case)
    return Response(picture, mimetype=kind_of(picture))


def note(
    case: str,
    tell: Callable[[Session, Case], list[Consent]],
    refused: Callable[[str], str] | None = None,
) -> AnyResponse | tuple[str, int]:
    """Keep answers in one transaction, disarm if need be, and show the page with what is new.

    What cannot be kept is told on the page that ``refused`` gives, else on the consent page.
    """
    at = services()
    desk = at.desk()
    try:
        with desk.session() as casework:
            found = find_case(casework, case)
            first = tell(casework, found)[0].id
    except ConsentError as error:
        sentence = in_words(str(error))
        return refused(sentence) if refused else show(at, case, sentence), 400
    problem = told_disarming(at, desk)
    take_back_fallen(at, desk, case)
    if problem:
        return show(at, case, in_words(problem), first), 409
    return redirect(url_for("consents.page", case=case, noted=first))


def show(at: Services, case: str, problem: str = "", noted: int | None = None) -> str:
    """Give the consent page. ``noted`` is the id of the first answer that is new."""
    desk, now = at.desk(), box_time(at)
    noted = noted or request.args.get("noted", type=int)
    form = form_in(at, spoken())
    with desk.session() as casework:
        found = find_case(casework, case)
        told = history(casework, found)
        return render_template(
            "consents.html",
            case=found,
            people=people_of(register(casework, found, today(now))),
            titles=titles(form),
            history=told,
            noted=[each for each in told if noted and each.consent.id >= noted],
            called={each.id: called(each) for each in found.participants},
            has_evidence={each.consent.id for each in told if each.consent.how != "spoken"},
            standings=standing_words(),
            problem=problem,
        )


def called(participant: Participant) -> str:
    """Give how a page calls somebody, in its language: their role and initials."""
    return f"{in_words(participant.role)} {participant.initials}".strip()


def people_of(rows: list[Row]) -> list[Person]:
    """Give the cards of some participants."""
    return [
        Person(
            each.participant, called(each.participant), each, name_like(each.participant.initials)
        )
        for each in rows
    ]


def find_case(casework: Session, case: str) -> Case:
    """Give a case whose words are there, or answer 404."""
    found = casework.get(Case, case)
    if found is None or found.state in _GONE:
        abort(404, _("There is no such case, or the family took it back."))
    return found


def participant_of(case: Case, key: str) -> Participant:
    """Give somebody of a case by what a form says, or answer 404."""
    found = next((each for each in case.participants if str(each.id) == key), None)
    return found or abort(404, _("There is nobody like that in this case."))


def form_in(at: Services, language: str) -> Form:
    """Give the form in a language, else in the service's, else in any. Raises FormError."""
    forms = load(at.settings.consent_forms)
    wished = forms.get(language) or forms.get(at.settings.language)
    return wished or next(iter(forms.values()))


def responsible(at: Services, form: Form) -> list[tuple[str, str]]:
    """Give who answers for the films and where to turn to, in the form's language.

    What the service did not say is left out.
    """
    who = at.service.controller()
    with force_locale(form.language):
        told = (
            (_("Who answers for the films"), who.line),
            (_("Questions about your data"), who.data_protection),
            (_("If you are not content with us"), who.complaints),
        )
    return [(label, text) for label, text in told if text.strip()]


def titles(form: Form) -> dict[str, str]:
    """Give what each purpose is called."""
    return {each: each for each in PURPOSES} | {each.purpose: each.title for each in form.parts}


def standing_words() -> dict[str, str]:
    """Give the words of a standing in the page's language."""
    return {
        Standing.GIVEN: _("given"),
        Standing.NEVER_ASKED: _("not asked yet"),
        Standing.REFUSED: _("said no"),
        Standing.WITHDRAWN: _("withdrawn"),
        Standing.EXPIRED: _("its time is over"),
        Standing.CHILD_REFUSED: _("the child said no"),
    }


def card(case: Case) -> dict[str, Any]:
    """Give what the hub's card of a case tells, read with the session the case came with."""
    session = object_session(case)
    if session is None or case.state in _GONE:
        return {"people": [], "asked": False}
    rows = register(session, case, today(box_time(services())))
    people = people_of(rows)
    return {"people": people, "asked": all(each.row.entries[0].is_given for each in people)}


def _purpose() -> str:
    return request.form.get("purpose", "")
