"""The export page of a case: what is ordered there, and what is done with an order."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vigbox.casework.desk import Desk
from vigbox.casework.disclosures import disclosed, left_at
from vigbox.casework.export_gate import KEPT
from vigbox.casework.order_wish import THIS_BROWSER, ForWhom, OrderError, Wish
from vigbox.casework.tables import Case, ExportOrder
from vigbox.errors import VigboxError
from vigbox.web import downloads, ordering
from vigbox.web.export_offer import purpose_words, purposes_of, shelves_of, ticked
from vigbox.web.export_rows import facts_of, files_of, rows_of
from vigbox.web.outgoing import chosen_machine, note_left
from vigbox.web.services import Services, services
from vigbox.web.tablet import today

pages = Blueprint("exports", __name__)

BROWSER = "browser"
"""What the form says for a download in this very browser."""

_GONE = ("withdrawing", "erased")


@pages.get("/cases/<case>/exports")
def page(case: str) -> str:
    """Show what can leave, and what left or waits."""
    return _page(services(), case)


@pages.post("/cases/<case>/exports")
def order(case: str) -> Response | tuple[str, int]:
    """Order what was chosen."""
    at, form = services(), request.form
    try:
        wish = Wish(tuple(form.getlist("clip")), tuple(form.getlist("make")))
        ordering.place(at, at.desk(), case, wish, _whom(at))
    except VigboxError as error:
        return _page(at, case, str(error)), 409
    return redirect(url_for(".page", case=case, _anchor="orders"))


@pages.get("/cases/<case>/exports/standing")
def standing(case: str) -> dict[str, Any]:
    """Tell how far each order is; a page that waits does not keep the box unlocked."""
    at = services()
    with at.desk(is_activity=False).session() as casework:
        note_left(at, casework)
        rows = rows_of(at, casework, case)
        return {"orders": [facts_of(at, each) for each in rows]}


@pages.get("/cases/<case>/exports/list")
def listed(case: str) -> str:
    """Give the list alone, for the page's own script."""
    at = services()
    desk = at.desk(is_activity=False)
    with desk.session() as casework:
        found = casework.get(Case, case) or abort(404, _("There is no such case."))
        return render_template("exports_list.html", **_list(at, desk, casework, found))


@pages.post("/exports/<order>/cancel")
def cancel(order: str) -> Response | tuple[str, int]:
    """End an order that is not made yet."""
    return _done(services(), order, ordering.cancel)


@pages.post("/exports/<order>/again")
def again(order: str) -> Response | tuple[str, int]:
    """Try one again that failed."""
    return _done(services(), order, ordering.again)


@pages.post("/exports/<order>/withdraw")
def withdraw(order: str) -> Response | tuple[str, int]:
    """Take one away that waits."""
    return _done(services(), order, ordering.withdraw)


@pages.get("/exports/<order>/files/<int:number>")
def download(order: str, number: int) -> Response:
    """Give one file of an order to this browser, plain: it leaves the box now."""
    return downloads.answer(services(), order, number)


def _done(
    at: Services, order: str, do: Callable[[Services, Desk, str], str]
) -> Response | tuple[str, int]:
    desk = at.desk()
    try:
        case = do(at, desk, order)
    except VigboxError as error:
        with desk.session() as casework:
            found = casework.get(ExportOrder, order)
            case = found.case_id if found else abort(404)
        return _page(at, case, str(error)), 409
    return redirect(url_for(".page", case=case, _anchor="orders"))


def _whom(at: Services) -> ForWhom:
    purpose, wanted = request.form.get("purpose") or KEPT, request.form.get("machine", "")
    if wanted == BROWSER:
        if not downloads.is_private():
            raise OrderError(downloads.NOT_PRIVATE)
        return ForWhom("", THIS_BROWSER, purpose)
    machine = chosen_machine(at, wanted)
    return ForWhom(machine.id, machine.name, purpose)


def _page(at: Services, case: str, problem: str = "") -> str:
    desk, on = at.desk(), today(at)
    with desk.session() as casework:
        note_left(at, casework)
        found = casework.get(Case, case)
        if found is None or found.state in _GONE:
            abort(404, _("There is no such case, or the family took it back."))
        shelves = list(shelves_of(at, casework, found))
        return render_template(
            "exports.html",
            shelves=shelves,
            ticked=ticked(shelves),
            producers=at.orders.producers,
            programs=_programs(at),
            purposes=list(purposes_of(casework, found, shelves, on)),
            machines=[each for each in at.machines.listed() if not each.is_revoked],
            is_private=downloads.is_private(),
            browser=BROWSER,
            kept=KEPT,
            typed=request.form,
            problem=problem,
            **_list(at, desk, casework, found),
        )


def _programs(at: Services) -> set[str]:
    """Give what was chosen among what is folded away."""
    chosen = request.form.getlist("make")
    return {each.key for each in at.orders.producers if each.for_programs and each.key in chosen}


def _list(at: Services, desk: Desk, casework: Session, case: Case) -> dict[str, Any]:
    rows = rows_of(at, casework, case.id)
    ordered = {each.order.id for each in rows}
    return {
        "case": case,
        "labels": {each.key: each.label for each in at.orders.producers},
        "purpose_words": purpose_words(),
        "rows": [(each, facts_of(at, each), files_of(at, desk, each)) for each in rows],
        "others": [
            (each, left_at(each))
            for each in disclosed(casework, case.id)[::-1]
            if each.export_id and each.export_id not in ordered
        ],
    }
