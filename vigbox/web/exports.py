"""The export page of a case: what leaves the box, for whom and what for; and how far each is."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vigbox.casework import orders
from vigbox.casework.cycles import cycles_of
from vigbox.casework.desk import Desk
from vigbox.casework.disclosures import KEPT, WHAT_FOR, disclosed, left_at, rests_on
from vigbox.casework.orders import THIS_BROWSER, ForWhom, OrderError, Wish
from vigbox.casework.practice import ExportOrder, Filmed
from vigbox.casework.progress import CHOSEN
from vigbox.casework.tables import Case, Clip
from vigbox.errors import VigboxError
from vigbox.web import downloads, ordering
from vigbox.web.outgoing import chosen_machine, note_left
from vigbox.web.sentences import told
from vigbox.web.services import Services, services
from vigbox.web.tablet import box_time

pages = Blueprint("exports", __name__)

BROWSER = "browser"
"""What the form says for a download in this very browser."""

_GONE = ("withdrawing", "erased")


@dataclass(frozen=True, slots=True)
class Shelf:
    """A recording's clips as the page offers them."""

    recording: str
    started_at: str
    cycle: int
    clips: Sequence[Clip]


@dataclass(frozen=True, slots=True)
class Purpose:
    """One thing an export may be for; ``shut`` says by recording what is missing."""

    key: str
    title: str
    shut: str


@dataclass(frozen=True, slots=True)
class Row:
    """One order as the list shows it.

    ``standing`` is waiting, ready (for this browser), made (waits for its machine), fetched,
    downloaded, failed, cancelled, erased, or out: erased here after it had left.
    """

    order: ExportOrder
    made: Sequence[str]
    clips: int
    standing: str
    left_at: str


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
        rows = _rows(at, casework, case)
        return {"orders": [_facts(at, each) for each in rows]}


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


def purpose_words() -> dict[str, str]:
    """Give the words of what an export may be for, in the page's language."""
    return {
        KEPT: _("Kept for the work with this family"),
        "shared review": _("Shared review"),
        "supervision": _("Supervision"),
        "intervision": _("Intervision"),
        "training": _("Training or presentations"),
        "keepsake": _("Keepsake for the family"),
        "research": _("Research"),
    }


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
    desk, on = at.desk(), box_time(at).date()
    with desk.session() as casework:
        note_left(at, casework)
        found = casework.get(Case, case)
        if found is None or found.state in _GONE:
            abort(404, _("There is no such case, or the family took it back."))
        shelves = list(_shelves(at, casework, found))
        return render_template(
            "exports.html",
            shelves=shelves,
            ticked=_ticked(shelves),
            producers=at.orders.producers,
            purposes=list(_purposes(casework, found, shelves, on)),
            machines=[each for each in at.machines.listed() if not each.is_revoked],
            is_private=downloads.is_private(),
            browser=BROWSER,
            kept=KEPT,
            typed=request.form,
            problem=problem,
            **_list(at, desk, casework, found),
        )


def _list(at: Services, desk: Desk, casework: Session, case: Case) -> dict[str, Any]:
    rows = _rows(at, casework, case.id)
    ordered = {each.order.id for each in rows}
    return {
        "case": case,
        "labels": {each.key: each.label for each in at.orders.producers},
        "purpose_words": purpose_words(),
        "rows": [(each, _facts(at, each), _files(at, desk, each)) for each in rows],
        "others": [
            (each, left_at(each))
            for each in disclosed(casework, case.id)[::-1]
            if each.export_id and each.export_id not in ordered
        ],
    }


def _shelves(at: Services, casework: Session, case: Case) -> Iterator[Shelf]:
    films = [each for each in at.manifests.listed() if each.case == case.id]
    numbers = {each.id: each.number for each in cycles_of(casework, case)}
    for film in films[::-1]:
        if film.recording in at.binned:
            continue
        of_it = select(Clip).where(Clip.recording == film.recording)
        clips = casework.scalars(of_it.order_by(Clip.position, Clip.first)).all()
        filmed = casework.get(Filmed, film.recording)
        if clips:
            cycle = numbers.get(filmed.cycle_id, 0) if filmed else 0
            yield Shelf(film.recording, film.started_at, cycle, clips)


def _ticked(shelves: Sequence[Shelf]) -> set[str]:
    """Give the clips that are chosen to begin with: those asked for, else the newest chosen."""
    if request.method == "POST":
        return set(request.form.getlist("clip"))
    if wanted := set(request.args.getlist("clip")):
        return wanted
    recording = request.args.get("recording")
    for each in shelves:
        if recording in (None, each.recording):
            return {clip.id for clip in each.clips if clip.state in CHOSEN}
    return set()


def _purposes(
    casework: Session, case: Case, shelves: Sequence[Shelf], on: date
) -> Iterator[Purpose]:
    words = purpose_words()
    for key in WHAT_FOR:
        shut = {}
        for each in shelves:
            try:
                rests_on(casework, case, each.recording, key, on)
            except VigboxError as error:
                sentence = told(str(error))
                shut[each.recording] = sentence[:1].upper() + sentence[1:]
        yield Purpose(key, words[key], json.dumps(shut))


def _rows(at: Services, casework: Session, case: str) -> list[Row]:
    out = {each.export_id: left_at(each) for each in disclosed(casework, case) if each.export_id}
    return [_row(at, each, out.get(each.id, "")) for each in orders.of_case(casework, case)]


def _row(at: Services, order: ExportOrder, verified_at: str) -> Row:
    left = order.downloaded_at or verified_at
    try:
        wish = Wish.of(order)
    except OrderError:  # of a case that a colleague opens
        wish = Wish((), ())
    # its papers come a moment before it appears
    is_going = order.state == orders.MADE and at.orders.progress(order.id) is not None
    standing = orders.WAITING if is_going else _standing(order, left)
    return Row(order, wish.made, len(wish.clips), standing, left)


def _files(at: Services, desk: Desk, row: Row) -> Sequence[downloads.File]:
    is_here = row.standing in ("ready", "downloaded")
    return downloads.files_of(at, desk, row.order) if is_here else ()


def _standing(order: ExportOrder, left: str) -> str:
    if order.state != orders.MADE:
        return order.state if order.state != orders.ERASED or not left else "out"
    if order.machine:
        return "fetched" if left else "made"
    return "downloaded" if left else "ready"


def _facts(at: Services, row: Row) -> dict[str, Any]:
    going = at.orders.progress(row.order.id) if row.standing == orders.WAITING else None
    return {
        "id": row.order.id,
        "standing": row.standing,
        "progress": round(going.part, 3) if going else 0.0,
        "is_making": going is not None and not going.is_held,
        "is_held": going is not None and going.is_held,
    }
