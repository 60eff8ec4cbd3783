"""A practitioner's own log of training: a page, and a CSV for the training's file."""

import csv
import io
import re
from datetime import date
from typing import Final

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from vigbox.casework import training, training_log
from vigbox.casework.training import Begun, Standing, TrainingError
from vigbox.casework.training_log import Log
from vigbox.web.sentences import told
from vigbox.web.services import Services, services
from vigbox.web.tablet import today

pages = Blueprint("log", __name__)

COLUMNS: Final = ("practitioner", "status", "stage", "date", "what", "case", "cycle", "count")
_NUMBER: Final = re.compile(r"\d{1,3}", re.ASCII)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


@pages.get("/log")
def page() -> str:
    """Show the log of whoever is at the desk."""
    return _page(services())


@pages.post("/log")
def save() -> AnyResponse | tuple[str, int]:
    """Keep where they stand."""
    at = services()
    desk, on = at.desk(), today(at)
    try:
        standing = _standing()
        with desk.session() as casework:
            training.settle(casework, standing, on)
    except TrainingError as error:
        return _page(at, problem=_("Nothing was changed: %(why)s", why=told(str(error)))), 400
    return redirect(url_for(".page"))


@pages.get("/log.csv")
def table() -> Response:
    """Give the log as CSV: codes, days and counts; the counts of a stage add up to its page."""
    desk = services().desk()
    with desk.session() as casework:
        log = training_log.log_of(casework, desk.me.id)
    told = {"Content-Disposition": 'attachment; filename="log.csv"'}
    return Response(_csv(desk.me.name, log), mimetype="text/csv", headers=told)


def _standing() -> Standing:
    form, status = request.form, request.form.get("status", "")
    begun = {
        number: Begun(_day(began), _number(f"before-{number}"))
        for number in training_log.TARGETS
        if (began := form.get(f"began-{number}", "").strip())
    }
    return Standing(
        status=status,
        supervisor=" ".join(form.get("supervisor", "").split()),
        stage=_number("stage") if status == training.STATUSES[0] else 0,
        stages=begun,
    )


def _day(typed: str) -> date:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise TrainingError(f"{typed[:20]!r} is no day. Write it as 2026-11-21.") from None


def _number(key: str) -> int:
    typed = request.form.get(key, "").strip()
    if typed and not _NUMBER.fullmatch(typed):
        raise TrainingError(f"{typed[:20]!r} is no number of cycles. Write 0 or more.")
    return int(typed or 0)


def _csv(name: str, log: Log) -> str:
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(COLUMNS)
    for stage in log.stages:
        if stage.cycles_before:
            before = ("", "cycle before the box", "", "", stage.cycles_before)
            rows.writerow(_plain(name, log.status, stage.number, *before))
    for each in log.entries:
        own = (each.done_on, each.what, each.code, each.cycle, 1)
        rows.writerow(_plain(name, log.status, log.stage_of(each) or "", *own))
    return text.getvalue()


def _plain(*cells: object) -> list[object]:
    """Let no spreadsheet take a text for a formula."""
    return [f"'{each}" if str(each).startswith(_FORMULA) else each for each in cells]


def _page(at: Services, problem: str = "") -> str:
    desk, on = at.desk(), today(at)
    with desk.session() as casework:
        log = training_log.log_of(casework, desk.me.id)
    return render_template(
        "log.html",
        log=log,
        me=desk.me,
        begun={each.number: each for each in log.stages},
        targets=training_log.TARGETS,
        today=on.isoformat(),
        problem=problem,
    )
