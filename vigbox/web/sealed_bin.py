"""The bin: recordings that a practitioner erased by mistake can be taken back for some weeks."""

from dataclasses import dataclass
from datetime import date

from flask import Blueprint, redirect, render_template, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from vigbox.casework.retention import BIN_DAYS, bin_due_on, held
from vigbox.casework.tables import Case, Filmed
from vigbox.store.manifests import Manifest
from vigbox.web import binned
from vigbox.web.erasing import erase_now
from vigbox.web.recordings import any_manifest
from vigbox.web.services import Services, services
from vigbox.web.tablet import box_time

pages = Blueprint("bin", __name__)


@dataclass(frozen=True, slots=True)
class Row:
    """One recording in the bin; ``days_left`` is none while its case is on hold."""

    film: Manifest
    code: str
    due_on: date | None
    days_left: int | None


@pages.get("/bin")
def page() -> str:
    """List what is in the bin, the next to go first."""
    at = services()
    return render_template("bin.html", rows=_rows(at, box_time(at).date()), days=BIN_DAYS)


@pages.post("/bin/<recording>/back")
def back(recording: str) -> Response:
    """Take a recording out of the bin."""
    at = services()
    any_manifest(at, recording)
    binned.take_back(at, at.desk(), recording)
    return redirect(url_for("recordings.page"))


@pages.post("/bin/<recording>/erase")
def erase(recording: str) -> Response:
    """Erase a recording that is in the bin, at once."""
    at = services()
    erase_now(at, at.desk(), any_manifest(at, recording))
    return redirect(url_for(".page"))


def _rows(at: Services, today: date) -> list[Row]:
    films = {each.recording: each for each in at.manifests.listed()}
    with at.desk().session() as casework:
        binned_rows = list(casework.scalars(select(Filmed).where(Filmed.binned_at != "")))
        on_hold = held(casework, {each.case_id for each in binned_rows})
        codes = {each.id: each.code for each in casework.scalars(select(Case))}
    rows = [
        _row(films[each.recording], each, codes, today, is_held=each.case_id in on_hold)
        for each in binned_rows
        if each.recording in films
    ]
    return sorted(rows, key=lambda each: (each.due_on or date.max, each.film.started_at))


def _row(
    film: Manifest, filmed: Filmed, codes: dict[str, str], today: date, *, is_held: bool
) -> Row:
    due = None if is_held else bin_due_on(filmed)
    left = None if due is None else max(0, (due - today).days)
    return Row(film, codes.get(filmed.case_id, "unknown"), due, left)
