"""Unlock with the passphrase or the recovery sheet; lock again."""

import logging
from typing import Any

from flask import Blueprint, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from vigbox.casework import audit
from vigbox.casework.desk import NotHereError
from vigbox.errors import VigboxError
from vigbox.seal.errors import NoMatchError, RecipientError
from vigbox.store.guesses import GuessNotKeptError, TooManyGuessesError
from vigbox.web import after_unlock, first
from vigbox.web.recorder_link import RecorderGoneError
from vigbox.web.sentences import told
from vigbox.web.services import Services, services
from vigbox.web.tablet import TabletTime
from vigbox.web.updating import BeingUpdatedError

pages = Blueprint("unlock", __name__)

_log = logging.getLogger(__name__)


@pages.get("/unlock")
def page() -> str:
    """Show the one question."""
    return _page(services(), None)


@pages.post("/unlock")
def unlock() -> Response | tuple[str, int]:
    """Unlock, or say what is wrong. Nothing of the words is kept."""
    at, tablet = services(), TabletTime(request.form.get("tablet_at", ""))
    try:
        at.updating.refuse_while_proving()
        session["token"] = at.door.unlock(request.form.get("passphrase", ""))
    except (NoMatchError, NotHereError) as error:
        return _page(at, error), 403
    except TooManyGuessesError as error:
        return _page(at, error), 429
    except BeingUpdatedError as error:
        return _page(at, error), 503
    except GuessNotKeptError as error:
        return _page(at, error), 503
    return _enter(at, "unlocked", tablet)


@pages.post("/unlock/hold")
def hold() -> dict[str, bool]:
    """Tell a page that has to wait whether the button was held meanwhile: it gives three tries."""
    at = services()
    try:
        # a hold that can give tries is not for pairing as well
        do = "await_hold" if at.door.guesses.standing().can_grant else "status"
        if at.held.was_held(int(at.recorder.ask(do=do).get("holds", 0))):
            at.door.guesses.grant()
            return {"granted": True}
    except (RecorderGoneError, TooManyGuessesError, GuessNotKeptError) as error:
        _log.info("no tries for a held button: %s", error)
    return {"granted": False}


@pages.get("/recover")
def recover_page() -> str:
    """Ask for the recovery sheet."""
    return render_template("recover.html", problem=None)


@pages.post("/recover")
def recover() -> Response | tuple[str, int]:
    """Unlock with the recovery sheet."""
    at, tablet = services(), TabletTime(request.form.get("tablet_at", ""))
    try:
        at.updating.refuse_while_proving()
        session["token"] = at.door.recover(request.form.get("identity", ""))
    except BeingUpdatedError as error:
        return render_template("recover.html", problem=_sentence(error)), 503
    except (NoMatchError, RecipientError, NotHereError) as error:
        return render_template("recover.html", problem=_sentence(error)), 403
    _enter(at, "unlocked with the recovery sheet", tablet)
    return redirect(url_for("keys.page"))


@pages.post("/lock")
def lock() -> Response:
    """Lock for everybody."""
    services().door.lock()
    # the page's token stays: what was typed in another tab is sent after the next unlock
    session.pop("token", None)
    return redirect(url_for(".page"))


def _enter(at: Services, what: str, tablet: TabletTime) -> Response:
    desk = at.desk()
    with desk.session() as casework:
        audit.note(casework, what, desk.me.name)
    after_unlock.begin(at, desk, tablet)
    return redirect(url_for("first.page" if first.is_first(desk) else "recordings.page"))


def _page(at: Services, problem: VigboxError | None) -> str:
    facts: dict[str, Any] = {"wait": False, "can_grant": False}
    try:
        standing = at.door.guesses.standing()
        facts = {"wait": standing.wait_ns > 0, "can_grant": standing.can_grant}
    except GuessNotKeptError as error:
        problem = problem or error
    return render_template("unlock.html", problem=problem and _sentence(problem), **facts)


def _sentence(error: VigboxError) -> str:
    text = told(str(error))
    return text[:1].upper() + text[1:]
