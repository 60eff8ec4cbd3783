"""How the box itself is, in plain words, and the report for whoever looks after it.

The hardened web sees neither sensors nor journal: a unit of its own looks, and hands on a file.
"""

from datetime import UTC, datetime
from typing import Final

from flask import Blueprint, Response, render_template

from vigbox.appliance.health import findings, kept
from vigbox.appliance.health.facts import Facts, boottime_s
from vigbox.appliance.health.findings import Finding
from vigbox.appliance.health.report import NAME, Report, held
from vigbox.appliance.updates.finding import last_update
from vigbox.model import TimeSource
from vigbox.web.recorder_link import RecorderGoneError
from vigbox.web.services import Services, services

pages = Blueprint("health", __name__)

_SHOWN: Final = 6
"""Of what went wrong; the report tells all."""


@pages.get("/health")
def page() -> str:
    """Show how the box is, and what to do where it is not well."""
    at = services()
    facts = kept.read(at.health)
    found = [*findings.settings(at.troubles), *_clock(at), *_of(at, facts)]
    found += last_update(at.updating.place)
    # what is not well first; a list that is well is read by nobody
    found.sort(key=lambda each: each.is_well)
    return render_template(
        "health.html",
        found=found,
        is_well=all(each.is_well for each in found),
        facts=facts,
        troubles=facts.troubles[:_SHOWN] if facts else (),
    )


@pages.get("/health/report.zip")
def report() -> Response:
    """Give the report, made now."""
    at = services()
    facts = kept.read(at.health)
    now = datetime.now(UTC)
    made = Report(
        facts, at.settings, at.faults, _source(at), held(at.layout), now, boottime_s()
    ).to_zip()
    response = Response(made, mimetype="application/zip")
    response.headers.set("Content-Disposition", "attachment", filename=NAME)
    return response


def _of(at: Services, facts: Facts | None) -> list[Finding]:
    rate = at.settings.bits_per_second // 8
    return findings.findings(facts, rate, datetime.now(UTC), boottime_s())


def _clock(at: Services) -> list[Finding]:
    source, time = _source(at), _time(at)
    if time is None:
        return []
    return [findings.clock(time, source)]


def _asked(at: Services) -> dict[str, str]:
    try:
        found = at.recorder.ask(do="status").get("clock")
    except RecorderGoneError:
        return {}
    return found if isinstance(found, dict) else {}


def _source(at: Services) -> TimeSource:
    try:
        return TimeSource(_asked(at).get("source", ""))
    except ValueError:
        return TimeSource.UNSURE


def _time(at: Services) -> datetime | None:
    try:
        return datetime.fromisoformat(_asked(at).get("at", ""))
    except ValueError:
        return None
