"""Supervision of a case: make a package of a shared review's own clips, note when it was."""

from datetime import date

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vigbox.casework import gates, supervisions
from vigbox.casework.clips import exported
from vigbox.casework.desk import Desk
from vigbox.casework.filmed import in_shot
from vigbox.casework.gates import Missing
from vigbox.casework.supervisions import PURPOSE, Reviewed, SupervisionError
from vigbox.casework.tables import Case, Disclosure, Recipient, Supervision
from vigbox.delivery.draft import Draft
from vigbox.errors import VigboxError
from vigbox.export.clips import clip_piece
from vigbox.media.samples import nobody
from vigbox.web.outgoing import Wish, chosen_machine, hand_out, learn_fetched
from vigbox.web.recordings import find
from vigbox.web.sentences import told
from vigbox.web.services import Services, services
from vigbox.web.tablet import today

pages = Blueprint("supervision", __name__)


@pages.get("/cases/<case>/supervision")
def page(case: str) -> str:
    """Show what can go to supervision, and what went."""
    at = services()
    learn_fetched(at, at.desk())
    return _page(at, case)


@pages.post("/cases/<case>/supervision")
def pack(case: str) -> Response | tuple[str, int]:
    """Seal the chosen clips and the question for a machine, if everybody in shot agreed."""
    at = services()
    try:
        _pack(at, at.desk(), case)
    except VigboxError as error:
        return _page(at, case, problem=_("No package was made: %(why)s", why=told(str(error)))), 409
    return redirect(url_for(".page", case=case))


@pages.post("/supervisions/<supervision>/held")
def held(supervision: str) -> Response | tuple[str, int]:
    """Note when it was."""
    at = services()
    desk, on = at.desk(), today(at)
    case = ""
    try:
        with desk.session() as casework:
            found = casework.get(Supervision, supervision) or abort(404)
            case = found.case_id
            supervisions.note_held(casework, found, _day(request.form.get("on", "")), on)
    except SupervisionError as error:
        return _page(at, case, problem=told(str(error))), 400
    return redirect(url_for(".page", case=case))


def _day(typed: str) -> date:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise SupervisionError("that is no day. Write it as 2026-11-21.") from None


def _pack(at: Services, desk: Desk, case: str) -> None:
    form = request.form
    question = supervisions.own_question(form.get("question", ""))
    machine = chosen_machine(at, form.get("machine"))
    with desk.session() as casework:
        found = _case(casework, case)
        chosen = supervisions.choose(
            supervisions.reviewed(casework, found), form.get("review", ""), form.getlist("clip")
        )
        names = [f"{found.code} supervision {n}.mp4" for n in range(1, len(chosen.clips) + 1)]
        text = supervisions.letter(casework, found, chosen, question, names)
    film = at.shelf.film(desk, find(at, chosen.review.recording))

    def fill(draft: Draft) -> None:
        for number, (name, clip) in enumerate(zip(names, chosen.clips, strict=True), 1):
            piece = clip_piece(film, (clip.first, clip.end), name)
            with draft.part(f"clip-{number}.mp4.age", piece.name, piece.kind) as sink:
                piece.write(sink, nobody)
        with draft.part("supervision.json.age", f"{found.code} supervision.json", PURPOSE) as sink:
            sink.write(text)

    def keep(casework: Session, of: Case, export_id: str) -> None:
        whom = form.get("with", "")
        clips = supervisions.unmoved(casework, chosen)
        supervisions.keep(casework, of, chosen.review.id, question, whom, export_id)
        casework.add_all(exported(each, export_id, machine.id, machine.name) for each in clips)

    what = f"supervision package, clips: {len(names)}"
    wish = Wish(case, chosen.review.recording, what, PURPOSE, machine)
    hand_out(at, desk, wish, fill, keep)


def _page(at: Services, case: str, problem: str = "") -> str:
    desk, on = at.desk(), today(at)
    with desk.session() as casework:
        found = _case(casework, case)
        every = supervisions.reviewed(casework, found)
        return render_template(
            "supervision.html",
            case=found,
            reviews=[(each, _missing(casework, found, each, on)) for each in every],
            made=[_row(casework, each) for each in supervisions.supervisions_of(casework, found)],
            supervisors=supervisions.supervisors(casework),
            machines=[each for each in at.machines.listed() if not each.is_revoked],
            me=desk.me,
            today=on.isoformat(),
            typed=request.form,
            problem=problem,
        )


def _missing(casework: Session, case: Case, one: Reviewed, on: date) -> list[Missing]:
    who = in_shot(casework, case, one.review.recording)
    return gates.missing(casework, case, PURPOSE, who, on)


def _row(casework: Session, made: Supervision) -> tuple[Supervision, str, Disclosure | None]:
    whom = casework.get(Recipient, made.with_whom)
    out = casework.query(Disclosure).filter_by(export_id=made.export_id).first()
    return made, whom.name if whom else "", out if made.export_id else None


def _case(casework: Session, case: str) -> Case:
    return casework.get(Case, case) or abort(404, _("There is no such case."))
