"""Unlock with the passphrase; lock again."""

from flask import Blueprint, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from vigbox.casework import audit
from vigbox.seal.errors import WrongPassphraseError
from vigbox.web import finishing
from vigbox.web.services import services

pages = Blueprint("unlock", __name__)


@pages.get("/unlock")
def page() -> str:
    """Show the one question."""
    return render_template("unlock.html", problem=None)


@pages.post("/unlock")
def unlock() -> Response | tuple[str, int]:
    """Unlock, or say what is wrong. Nothing of the words is kept."""
    at = services()
    try:
        session["token"] = at.door.unlock(request.form.get("passphrase", ""))
    except WrongPassphraseError as error:
        return render_template("unlock.html", problem=str(error)), 403
    with at.desk().session() as casework:
        audit.note(casework, "unlocked", "")
    finishing.begin(at)
    return redirect(url_for("recordings.page"))


@pages.post("/lock")
def lock() -> Response:
    """Lock for everybody."""
    services().door.lock()
    session.clear()
    return redirect(url_for(".page"))
