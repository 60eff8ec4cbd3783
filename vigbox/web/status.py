"""How things stand, as JSON for the page's own script; and the button's commands.

Asking for the status does not keep the door open. The free commands are free here too: whoever
is in the room may always mark, pause and stop.
"""

from typing import Any

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from vigbox.casework.cases import granted
from vigbox.web.recorder_link import RecorderGoneError
from vigbox.web.sentences import told
from vigbox.web.services import services

pages = Blueprint("status", __name__)

_SENTENCES = ("not_ready", "refusal", "no_sound", "camera")


@pages.get("/status")
def status() -> dict[str, Any]:
    """Tell lamp, mode, length and whether this browser is locked out."""
    at = services()
    try:
        found = at.recorder.ask(do="status")
    except RecorderGoneError as error:
        found = {"lamp": "dark", "mode": "gone", "not_ready": str(error), "refusal": ""}
    sentences = {key: told(found[key]) for key in _SENTENCES if found.get(key)}
    return found | sentences | {"is_locked": not at.is_open()}


@pages.post("/box/<any(mark, pause, resume, stop):what>")
def press(what: str) -> Response:
    """Do what the button can do."""
    services().recorder.ask(do=what)
    return _back()


@pages.post("/box/start")
def start() -> Response:
    """Start a recording: needs the unlocked arming key."""
    at = services()
    key = at.desk().arming_key()
    at.recorder.ask(**granted("start", at.recorder.nonce(), key))
    return _back()


def _back() -> Response:
    if request.headers.get("Sec-Fetch-Dest") == "empty":
        return Response(status=204)
    return redirect(url_for("recordings.page"))
