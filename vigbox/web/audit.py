"""The audit, to read and to take along: what was shown, exported, sent and erased, and by whom."""

import csv
import io
import json
from typing import Any, Final

from flask import Blueprint, Response, render_template, request
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from vigbox.casework import audit, chain
from vigbox.casework.chain import Chain
from vigbox.casework.tables import AuditEvent, Case, Recipient
from vigbox.model import now_at
from vigbox.web.services import services

pages = Blueprint("audit", __name__)

ROWS: Final = 100
_CHECKED_AT_ONCE: Final = 2_000
"""So many events are all checked whenever the page is opened; more on wish."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


@pages.get("/audit")
def page() -> str:
    """Show events, the newest first, of one case or of all; and whether the chain is whole."""
    case, before = request.args.get("case", ""), request.args.get("before", 0, type=int)
    with services().desk().session() as casework:
        count = casework.scalar(select(func.count()).select_from(AuditEvent)) or 0
        is_all = count <= _CHECKED_AT_ONCE or request.args.get("check") == "all"
        found = chain.check(casework, is_all=is_all)
        rows = list(casework.scalars(_newest(case, before).limit(ROWS + 1)))
        return render_template(
            "audit.html",
            rows=rows[:ROWS],
            older=rows[ROWS - 1].id if len(rows) > ROWS else 0,
            case=case,
            cases=list(casework.scalars(select(Case).order_by(Case.code))),
            codes={each.id: each.code for each in casework.scalars(select(Case))},
            names=_names(casework),
            chain=found,
            is_all=is_all,
            count=count,
            is_first=not before,
        )


@pages.get("/audit.json")
def as_json() -> Response:
    """Give every event, the oldest first, with what is needed to verify the chain."""
    with services().desk().session() as casework:
        found = chain.check(casework, is_all=True)
        told = {
            "version": 1,
            "exported_at": now_at(),
            "broken_at": found.broken,
            "how": (
                "digest is the SHA-256, in hexadecimal, of the JSON object with the keys about, "
                "at, before, by, case, what, in this order, without spaces, other letters than "
                "ASCII as \\uXXXX; before is the digest of the event before, empty for the first"
            ),
            "events": [_facts(each) for each in audit.all_events(casework)],
            "who": _names(casework),
        }
        audit.note(casework, "audit exported", "json")
    return _file(json.dumps(told, indent=1), "application/json", "audit.json")


@pages.get("/audit.csv")
def as_csv() -> Response:
    """Give every event as a table for a spreadsheet; to verify, take the JSON."""
    text = io.StringIO()
    table = csv.writer(text, quoting=csv.QUOTE_ALL)
    table.writerow(("id", "at", "what", "about", "case", "by", "digest"))
    with services().desk().session() as casework:
        _check(chain.check(casework, is_all=True), table)
        for each in audit.all_events(casework):
            table.writerow([_cell(value) for value in _facts(each).values()])
        audit.note(casework, "audit exported", "csv")
    return _file(text.getvalue(), "text/csv", "audit.csv")


def _check(found: Chain, table: Any) -> None:  # noqa: ANN401  # csv has no type of its own
    if not found.is_whole:
        table.writerow((found.broken, "", "THE CHAIN IS BROKEN FROM THIS EVENT ON", "", "", "", ""))


def _newest(case: str, before: int) -> Select[Any]:
    found = select(AuditEvent).order_by(AuditEvent.id.desc())
    if case:
        found = found.where(AuditEvent.case_id == case)
    return found.where(AuditEvent.id < before) if before else found


def _facts(event: AuditEvent) -> dict[str, Any]:
    return {"id": event.id, **audit.facts(event), "digest": event.digest}


def _names(casework: Session) -> dict[str, str]:
    return {each.id: each.name for each in casework.scalars(select(Recipient))}


def _cell(value: object) -> str:
    # a spreadsheet would run it
    text = str(value)
    return "'" + text if text.startswith(_FORMULA) else text


def _file(text: str, mimetype: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text, mimetype=mimetype, headers=headers)
