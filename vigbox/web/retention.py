"""A case's clock: close, pause and open it again, hold it, and see when it is erased."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, abort, redirect, render_template, request, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session, object_session
from werkzeug.wrappers import Response

from vigbox.casework import retention
from vigbox.casework.erasure import erasures
from vigbox.casework.retention import RetentionError
from vigbox.casework.tables import AuditEvent, Case, Erasure, Filmed, Hold, Recipient
from vigbox.web.binned import look_again, retention_of
from vigbox.web.erasing import Erasing
from vigbox.web.retention_words import kept
from vigbox.web.sentences import told
from vigbox.web.services import services
from vigbox.web.tablet import box_time, label

pages = Blueprint("retention", __name__)


@dataclass(frozen=True, slots=True)
class Card:
    """What the card of a case's clock tells."""

    kept: str
    due_on: date | None
    hold: Hold | None
    days: int
    is_record: bool
    binned: int
    erasures: list[Erasure]


@pages.app_context_processor
def _cards() -> dict[str, object]:
    return {"retention_card": card, "notices": services().notices}


def card(case: Case) -> Card:
    """Give what ``case_retention.html`` shows; the case must belong to an open session."""
    casework = object_session(case)
    if casework is None:
        raise RetentionError("a case's clock is shown inside of its session")
    settled = retention_of(services())
    hold = casework.scalar(select(Hold).where(Hold.case_id == case.id, Hold.ended_at == ""))
    binned = select(func.count()).where(Filmed.case_id == case.id, Filmed.binned_at != "")
    return Card(
        kept=kept(services(), casework, case),
        due_on=settled.due_on(case, is_held=hold is not None),
        hold=hold,
        days=settled.days,
        is_record=settled.mode != retention.MODES[0],
        binned=casework.scalar(binned) or 0,
        erasures=erasures(casework, case.code),
    )


@pages.get("/cases/<case>/retention")
def page(case: str) -> str:
    """Show how long the case is kept, and what changes it."""
    return _page(case)


@pages.post("/cases/<case>/close")
def close(case: str) -> Response | tuple[str, int]:
    """Close a case: its clock begins."""
    at = label(services())
    return _change(
        case, lambda casework, found: retention.close_case(casework, found, at), is_filmed=False
    )


@pages.post("/cases/<case>/pause")
def pause(case: str) -> Response | tuple[str, int]:
    """Pause a case: nothing is filmed for it."""
    return _change(case, retention.pause_case, is_filmed=False)


@pages.post("/cases/<case>/reopen")
def reopen(case: str) -> Response | tuple[str, int]:
    """Open a case again: its clock stops."""
    return _change(case, retention.reopen_case)


@pages.post("/cases/<case>/hold")
def hold(case: str) -> Response | tuple[str, int]:
    """Put a case on legal hold, for a reason."""
    reason = request.form.get("reason", "")
    return _change(case, lambda casework, found: retention.hold(casework, found, reason))


@pages.post("/cases/<case>/hold/end")
def release(case: str) -> Response | tuple[str, int]:
    """End a legal hold."""
    return _change(case, retention.release)


def _change(
    case: str, change: Callable[[Session, Case], object], *, is_filmed: bool = True
) -> Response | tuple[str, int]:
    at = services()
    desk, day = at.desk(), box_time(at).date()
    try:
        with desk.session() as casework:
            change(casework, _find(casework, case))
            look_again(at, casework, day)
    except RetentionError as error:
        return _page(case, told(str(error))), 400
    if not is_filmed:
        Erasing(at, desk).disarm(case)
    return redirect(url_for(".page", case=case))


def _page(case: str, problem: str = "") -> str:
    with services().desk().session() as casework:
        found = _find(casework, case)
        told = casework.scalars(
            select(AuditEvent)
            .where(AuditEvent.case_id == case, AuditEvent.what.like("%hold%"))
            .order_by(AuditEvent.id.desc())
        )
        return render_template(
            "retention.html",
            case=found,
            problem=problem,
            holds=list(told),
            names={each.id: each.name for each in casework.scalars(select(Recipient))},
            typed=request.form,
        )


def _find(casework: Session, case: str) -> Case:
    return casework.get(Case, case) or abort(404, "There is no such case.")
