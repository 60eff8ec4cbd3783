"""What is kept about one person of a case: to look at together, and to give them.

It is given sealed to a paired machine, as clips are, and never as a download: a browser would
write it in plain to the tablet, where no lock, no erasure and no certificate reaches it.
"""

from flask import Blueprint, abort, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vigbox.casework import audit
from vigbox.casework.desk import Desk
from vigbox.casework.subject import Gathered, Subject
from vigbox.casework.tables import Case, Disclosure, Participant
from vigbox.delivery.draft import Draft
from vigbox.delivery.machines import Machine
from vigbox.export.subject import archive
from vigbox.model import new_id
from vigbox.seal.opening import open_bytes
from vigbox.web.departure import Departure
from vigbox.web.outgoing import NoMachineError, chosen_machine
from vigbox.web.sentences import told
from vigbox.web.services import Services, services

pages = Blueprint("subject", __name__)

_GONE = ("withdrawing", "erased")
_WORDED = frozenset({"answer", "by", "for", "how", "kind", "of", "purpose", "state", "what"})
"""Columns of words of ours; what people wrote is shown as they wrote it."""


@pages.get("/cases/<case>/people/<int:person>/data")
def page(case: str, person: int) -> str:
    """Show everything that is kept about one person."""
    at = services()
    desk = at.desk()
    with desk.session() as casework:
        found, one = _find(casework, case, person)
        gathered = _gathered(at, desk, casework, found, one)
        audit.note(casework, "one person's data shown", found.code, case)
        return render_template(
            "subject.html",
            case=found,
            one=one,
            found=gathered,
            machines=_machines(at),
            worded=_WORDED,
        )


@pages.post("/cases/<case>/people/<int:person>/data/export")
def export(case: str, person: int) -> Response:
    """Seal everything that is kept about one person for a paired machine."""
    at = services()
    desk = at.desk()
    try:
        machine = chosen_machine(at, request.form.get("machine", ""))
    except NoMachineError as error:
        abort(409, told(str(error)))
    with desk.session() as casework:
        found, one = _find(casework, case, person)
        code, whole = found.code, archive(_gathered(at, desk, casework, found, one))
    departure = Departure(at, desk, new_id(), machine)

    def fill(draft: Draft) -> None:
        with draft.part("data-1.zip.age", f"{code} one person's data.zip", "data") as sink:
            sink.write(whole)

    def settle(casework: Session, draft: Draft) -> None:
        found, _ = _find(casework, case, person)
        row = Disclosure(what="one person's data", purpose="subject access")
        departure.book(casework, draft, found, row, [])

    departure.make(fill, settle)
    return redirect(url_for(".page", case=case, person=person, done=machine.id))


def _gathered(
    at: Services, desk: Desk, casework: Session, case: Case, one: Participant
) -> Gathered:
    films = [each for each in at.manifests.listed() if each.case == case.id]

    def open_picture(sealed: bytes) -> bytes:
        return open_bytes(sealed, desk.case_identities(case.id))

    return Subject(casework, case, one, films, open_picture).gather()


def _find(casework: Session, case: str, person: int) -> tuple[Case, Participant]:
    found = casework.get(Case, case)
    if found is None or found.state in _GONE:
        abort(404, "There is no such case.")
    one = casework.get(Participant, person)
    if one is None or one.case_id != case:
        abort(404, "There is nobody like that in this case.")
    return found, one


def _machines(at: Services) -> list[Machine]:
    return [each for each in at.machines.listed() if not each.is_revoked]
