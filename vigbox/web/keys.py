"""Who may open: practitioners, supervisors, the recovery sheet, one's own passphrase."""

from collections.abc import Callable

from flask import Blueprint, Response, abort, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from vigbox.casework import practitioners, recovery
from vigbox.casework.database import CARD_ERRORS
from vigbox.casework.desk import Desk
from vigbox.casework.kind import is_post_quantum
from vigbox.casework.practitioners import NewWords
from vigbox.casework.sheet import new_sheet
from vigbox.casework.wraps import waiting
from vigbox.errors import VigboxError
from vigbox.web.paper import refuse_a_file_left
from vigbox.web.sentences import told
from vigbox.web.services import Services, services
from vigbox.web.unarmed import presses

pages = Blueprint("keys", __name__, url_prefix="/keys")

Answer = str | tuple[str, int] | AnyResponse


@pages.get("/")
def page() -> str:
    """Show who may open what."""
    return _page(services())


@pages.post("/practitioners")
def add() -> Answer:
    """Let a colleague in; shows the passphrase on this answer alone."""
    cases = request.form.get("cases") == "on"
    name = request.form.get("name", "")

    def change(at: Services, desk: Desk) -> NewWords:
        return NewWords(
            practitioners.add_practitioner(
                desk, name, cases=cases, work_factor=at.settings.work_factor
            )
        )

    return _shown(name, change)


@pages.post("/practitioners/<who>/remove")
def remove(who: str) -> Answer:
    """Shut somebody out, at once."""

    def change(at: Services, desk: Desk) -> None:
        practitioners.remove_practitioner(desk, who)
        at.door.lock_out(who)

    return _changed(change)


@pages.post("/practitioners/<who>/renew")
def renew(who: str) -> Answer:
    """Give a new passphrase: to oneself, who types the old one, or with the recovery sheet."""

    def change(at: Services, desk: Desk) -> NewWords:
        if desk.me.id == who:
            at.door.check(who, request.form.get("passphrase", ""))
        return practitioners.renew_practitioner(
            desk, who, presses(at, desk).welcome, work_factor=at.settings.work_factor
        )

    return _shown("", change)


@pages.post("/supervisors")
def add_supervisor() -> Answer:
    """Make a supervisor known by their recipient."""
    name, text = (request.form.get(each, "") for each in ("name", "recipient"))
    return _changed(lambda _at, desk: practitioners.add_supervisor(desk, name, text))


@pages.post("/supervisors/<who>/remove")
def remove_supervisor(who: str) -> Answer:
    """Seal nothing to a supervisor any more."""
    return _changed(lambda _at, desk: practitioners.remove_supervisor(desk, who))


@pages.post("/sheet")
def begin_sheet() -> Answer:
    """Make a new recovery sheet, in memory alone until its word is read back."""

    def change(_at: Services, desk: Desk) -> None:
        with desk.session() as casework:
            desk.sheet = new_sheet(post_quantum=is_post_quantum(casework))

    return _changed(change)


@pages.get("/sheet.pdf")
def sheet() -> Response:
    """Give the sheet that waits to be proved, to be printed at once."""
    from vigbox.export.sheet import SheetFacts, recovery_sheet  # slow to load, seldom used

    at = services()
    waits = at.desk().sheet or abort(404, "No recovery sheet waits to be printed.")
    return Response(recovery_sheet(SheetFacts.of(waits, at.public.box)), mimetype="application/pdf")


@pages.post("/sheet/prove")
def prove() -> Answer:
    """Take the word that was read back from the paper."""
    typed = request.form.get("word", "")

    def change(_at: Services, desk: Desk) -> str | None:
        if desk.sheet is None:
            number = request.form.get("number", 0, type=int)
            recovery.prove(desk, number, typed)
            return None
        refuse_a_file_left()
        problem = recovery.replace_sheet(desk, desk.sheet, typed)
        desk.sheet = None
        return problem

    return _changed(change)


@pages.post("/sheet/forget")
def forget_sheet() -> Answer:
    """Drop the sheet that waits; the one before stays as it is."""

    def change(_at: Services, desk: Desk) -> None:
        desk.sheet = None

    return _changed(change)


def _changed(change: Callable[[Services, Desk], str | None]) -> Answer:
    at = services()
    with at.following:
        try:
            undone = change(at, at.desk())
        except VigboxError as error:
            return _page(at, problem=told(str(error))), 400
        if not at.is_open():  # they removed themselves
            session.clear()
            return redirect(url_for("unlock.page"))
        problem = _told(undone or "", presses(at, at.desk()).tried())
    if problem:
        return _page(at, problem=problem)
    return redirect(url_for(".page"))


def _shown(name: str, change: Callable[[Services, Desk], NewWords]) -> Answer:
    at = services()
    with at.following:
        try:
            new = change(at, at.desk())
        except VigboxError as error:
            return _page(at, problem=told(str(error))), 400
        try:
            problem = _told(new.problem, presses(at, at.desk()).tried())
            return _page(at, problem, new.passphrase, name)
        except (VigboxError, *CARD_ERRORS) as error:
            # locked meanwhile, for one: the words count and are shown whatever happens
            problem = told(new.problem or str(error))
            words = {"passphrase": new.passphrase, "whose": name}
            return render_template("words.html", problem=problem, **words)


def _told(*problems: str) -> str:
    return " ".join(told(each) for each in problems if each)


def _page(at: Services, problem: str = "", passphrase: str = "", whose: str = "") -> str:
    desk = at.desk()
    with desk.session() as casework:
        row = recovery.current(casework)
        return render_template(
            "keys.html",
            me=desk.me,
            practitioners=practitioners.listed(casework, "practitioner"),
            supervisors=practitioners.listed(casework, "supervisor"),
            waiting=[each.code for each in waiting(casework)],
            recovery=row,
            asked=desk.sheet.asked if desk.sheet else recovery.asked_of(row),
            sheet=desk.sheet,
            was_erased=request.form.get("erased") == "on",
            problem=problem,
            passphrase=passphrase,
            whose=whose,
        )
