"""The client screen: the chosen clips, large, and no way out of it without the practitioner.

A browser that has a seat reaches the addresses here, for its own review, and nothing else: any
other address leads back to its screen. It holds no token of the door. A browser without a seat
gets nothing here.
"""

from typing import Any, Final

from flask import Blueprint, Response, abort, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from vigbox.casework import audit
from vigbox.casework.desk import Desk, NotHereError
from vigbox.errors import VigboxError
from vigbox.seal.errors import NoMatchError
from vigbox.store.guesses import GuessNotKeptError, TooManyGuessesError
from vigbox.web import review_room
from vigbox.web.sentences import told
from vigbox.web.services import Services, services
from vigbox.web.stage import Seat, Stage, StageError, WrongPinError

pages = Blueprint("screen", __name__)

_FILES: Final = frozenset({"screen.css", "screen.js", "send.js", "stage.js", "icon.svg"})
_SEAT: Final = "screen"
_SAME: Final = ("screen.do", "screen.leave_page", "screen.leave")


def stay() -> AnyResponse | None:
    """Lead a client screen back to its page, whatever else it asks for; None for all others."""
    seat = services().stages.seat(session.get(_SEAT))
    if seat is None:
        return None
    asked = request.view_args or {}
    if request.endpoint == "static" and asked.get("filename") in _FILES:
        return None
    is_own = request.blueprint == pages.name and asked.get("review") == seat.review
    if is_own and (seat.is_same or request.endpoint not in _SAME):
        return None
    return redirect(url_for("screen.page", review=seat.review), 303)


def sit_down(seat: Seat) -> AnyResponse:
    """Make this browser a client screen: it forgets whatever else it held."""
    session.clear()
    session[_SEAT] = seat.key
    return redirect(url_for("screen.page", review=seat.review), 303)


@pages.get("/reviews/<review>/screen")
def page(review: str) -> str | AnyResponse:
    """Show the screen."""
    seat = _seat(review)
    if seat is None:
        return _away()
    return render_template("screen.html", review=review, is_same=seat.is_same)


@pages.get("/reviews/<review>/screen/state")
def state(review: str) -> dict[str, Any] | AnyResponse:
    """Tell what is shown now. Asking does not keep the box unlocked."""
    seat, stage = _seat(review), services().stages.find(review)
    if seat is None or stage is None:
        return _away()
    services().stages.see(seat)
    return stage.facts()


@pages.post("/reviews/<review>/screen/do")
def do(review: str) -> dict[str, Any] | AnyResponse | tuple[dict[str, str], int]:
    """Let the practitioner's own tablet play, and go to another clip: ``{"do", "value"}``."""
    seat, stage = _seat(review), services().stages.find(review)
    if seat is None or stage is None:
        return _away()
    asked = request.get_json(silent=True)
    asked = asked if isinstance(asked, dict) else {}
    try:
        review_room.direct(
            services(), _desk(stage, is_activity=True), stage, asked.get("do"), asked.get("value")
        )
    except VigboxError as error:
        return {"error": told(str(error))}, 409
    return stage.facts()


@pages.get("/reviews/<review>/screen/clip-<int:place>.mp4")
def clip(review: str, place: int) -> Response | AnyResponse:
    """Give a clip of this review, and not one picture more."""
    seat, stage = _seat(review), services().stages.find(review)
    if seat is None or stage is None:
        return _away()
    try:
        return review_room.clip_response(services(), _desk(stage), review, place)
    except VigboxError:
        abort(404, "There is no such clip.")


@pages.get("/reviews/<review>/screen/leave")
def leave_page(review: str) -> str | AnyResponse:
    """Ask for the way out."""
    seat = _seat(review)
    return _leave_page(seat) if seat else _away()


@pages.post("/reviews/<review>/screen/leave")
def leave(review: str) -> AnyResponse | tuple[str, int]:
    """Give the tablet back to the practitioner: by the way-out code, or a passphrase."""
    at, seat = services(), _seat(review)
    if seat is None:
        return _away()
    try:
        token = _token(at, seat)
    except (WrongPinError, NoMatchError, NotHereError) as error:
        return _leave_page(seat, error), 403
    except (TooManyGuessesError, GuessNotKeptError) as error:
        return _leave_page(seat, error), 429
    session.clear()
    session["token"] = token
    desk = at.desk()
    with desk.session() as casework:
        found = review_room.find(casework, review)
        audit.note(casework, "client screen left", review, found.case_id)
    return redirect(url_for("shared_reviews.page", review=review), 303)


@pages.get("/screen/<code>")
def join_page(code: str) -> str | tuple[str, int]:
    """Ask for a tap: whoever looked at the address has not taken it yet, and sound needs one."""
    if not services().stages.is_code(code):
        return _no_code(), 410
    return render_template("screen_join.html", code=code, problem="")


@pages.post("/screen/<code>")
def join(code: str) -> AnyResponse | tuple[str, int]:
    """Make the first device that comes the second screen."""
    at = services()
    try:
        seat = at.stages.take(code)
        stage = at.stages.find(seat.review)
    except StageError:
        return _no_code(), 410
    if stage is None:
        return _no_code(), 410
    with _desk(stage).session() as casework:
        found = review_room.find(casework, seat.review)
        audit.note(casework, "client screen opened on a second device", found.id, found.case_id)
    return sit_down(seat)


def _token(at: Services, seat: Seat) -> str:
    passphrase = request.form.get("passphrase", "")
    if not passphrase.strip():
        return at.stages.leave(seat, request.form.get("pin", "").strip())
    token = at.door.unlock(passphrase)
    at.stages.get_up(seat)
    return token


def _seat(review: str) -> Seat | None:
    seat = services().stages.seat(session.get(_SEAT))
    return seat if seat is not None and seat.review == review else None


def _desk(stage: Stage, *, is_activity: bool = False) -> Desk:
    return services().door.desk(stage.token, is_activity=is_activity)


def _away() -> AnyResponse:
    return redirect(url_for("unlock.page"))


def _no_code() -> str:
    told = _("This code was used already, or is too old. Ask for a new one.")
    return render_template("screen_join.html", code="", problem=told)


def _leave_page(seat: Seat, problem: VigboxError | None = None) -> str:
    has_pin = bool(seat.pin) and seat.tries > 0
    sentence = told(str(problem or ""))
    return render_template(
        "screen_leave.html",
        review=seat.review,
        has_pin=has_pin,
        problem=sentence[:1].upper() + sentence[1:],
    )
