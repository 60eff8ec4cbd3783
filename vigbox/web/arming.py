"""Arming the box for a case: who is in shot, what for; never without everybody's consent."""

from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vigbox.casework.arming import (
    KINDS,
    NEXT,
    ArmingError,
    Shot,
    arm,
    last_armed,
    people,
    shot_of,
    today,
)
from vigbox.casework.cycles import CycleError, cycles_of
from vigbox.casework.gates import GateShutError
from vigbox.casework.register import register
from vigbox.casework.tables import Arm, Case
from vigbox.web.consents import people_of, standing_words
from vigbox.web.disarming import armed_now, is_over
from vigbox.web.recorder_link import RecorderGoneError, RecorderRefusedError
from vigbox.web.sentences import told
from vigbox.web.services import Services, services
from vigbox.web.tablet import box_time

pages = Blueprint("arming", __name__)


@dataclass(frozen=True, slots=True)
class Ready:
    """What stands in the way of a film besides consent: the card, the clock, the recorder."""

    minutes: int
    is_full: bool = False
    is_clock_unsure: bool = False
    is_gone: bool = False


@pages.get("/cases/<case>/arm")
def page(case: str) -> str:
    """Show who may be in shot and what the box is armed for."""
    return _page(services(), case)


@pages.post("/cases/<case>/arm")
def arm_one(case: str) -> Response | tuple[str, int]:
    """Let the next press film for what was chosen, or say which consent is missing."""
    in_shot = (each for each in request.form.getlist("in_shot") if each.isdecimal())
    shot = Shot(
        in_shot=tuple(int(each) for each in in_shot),
        kind=request.form.get("kind", KINDS[0]),
        cycle=request.form.get("cycle", NEXT),
        activity=request.form.get("activity", ""),
    )
    return _arm(case, shot)


@pages.post("/cases/<case>/arm-again")
def again(case: str) -> Response | tuple[str, int]:
    """Arm for the same people and the same purpose as the last time."""
    with services().desk().session() as casework:
        found = _find(casework, case)
        before = last_armed(casework, found)
        shot = shot_of(before) if before else Shot(())
        closed = {each.id for each in cycles_of(casework, found) if each.state == "closed"}
    return _arm(case, replace(shot, cycle=NEXT) if shot.cycle in closed else shot)


def _arm(case: str, shot: Shot) -> Response | tuple[str, int]:
    at = services()
    desk, now = at.desk(), box_time(at)
    try:
        with desk.session() as casework:
            found = _find(casework, case)
            turn, key = at.recorder.turn("arming"), desk.arming_key()
            wish = arm(casework, found, shot, box=at.public.box, turn=turn, key=key, now=now)
            at.recorder.ask(**wish)
    except (GateShutError, ArmingError, CycleError, RecorderRefusedError) as error:
        return _page(at, case, told(str(error)), shot), 409
    return redirect(url_for(".page", case=case))


def _page(at: Services, case: str, problem: str = "", shot: Shot | None = None) -> str:
    statement, now = armed_now(at), box_time(at)
    ready = _ready(at)
    with at.desk().session() as casework:
        found = _find(casework, case)
        before = last_armed(casework, found)
        counter = statement.counter if statement and statement.case == case else -1
        armed = casework.get(Arm, counter) if statement and not is_over(statement, now) else None
        cycles = [each for each in cycles_of(casework, found) if each.state != "closed"]
        cards = people_of(register(casework, found, today(now)))
        return render_template(
            "arming.html",
            case=found,
            people=cards,
            called={each.who.id: each.called for each in cards},
            standings=standing_words(),
            kinds=kinds(),
            cycles=cycles,
            has_planned=any(each.state == "planned" for each in cycles),
            next_number=1 + max((each.number for each in cycles_of(casework, found)), default=0),
            chosen=shot or (shot_of(before) if before else Shot(())),
            before=before,
            armed=armed,
            armed_people=people(armed.in_shot) if armed else (),
            ready=ready,
            problem=problem,
        )


def kinds() -> dict[str, str]:
    """Give what can be filmed, in the page's language."""
    return {
        KINDS[0]: _("An everyday moment"),
        KINDS[1]: _("A shared review"),
        KINDS[2]: _("A supervision"),
    }


def _ready(at: Services) -> Ready:
    try:
        status: dict[str, Any] = at.recorder.ask(do="status")
    except RecorderGoneError:
        return Ready(0, is_gone=True)
    settings = at.settings
    room = int(status.get("room_bytes", 1 << 40))
    minutes = room * 8 // settings.bits_per_second // 60
    too_little = room < settings.room_to_stop_mb * 1_000_000
    return Ready(
        minutes,
        is_full=too_little or minutes < settings.room_to_start_minutes,
        is_clock_unsure=status.get("clock", {}).get("source") == "unsure",
    )


def _find(casework: Session, case: str) -> Case:
    return casework.get(Case, case) or abort(404, _("There is no such case."))
