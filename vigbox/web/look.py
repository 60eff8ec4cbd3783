"""Aiming the camera: a page with the live picture and how loud it is, for an unlocked box alone.

Asking for pictures does not keep the box unlocked; the page closes by itself after three minutes
in which nobody touches it.
"""

from typing import Any

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from vigbox.web.findings import findings
from vigbox.web.live import NoPictureError
from vigbox.web.recorder_link import RecorderGoneError, RecorderRefusedError
from vigbox.web.sentences import told
from vigbox.web.services import services

pages = Blueprint("look", __name__)


@pages.get("/box/look")
def page() -> str:
    """Show where the camera points."""
    return render_template("look.html")


@pages.get("/box/check")
def check() -> str:
    """Show picture and sound, and what else is looked at before the first film."""
    return render_template("check.html", findings=findings(services()))


@pages.get("/box/look/picture")
def picture() -> ResponseReturnValue:
    """Give the latest picture that is not the one the page has; 503 with a sentence when none."""
    at = services()

    def grant() -> dict[str, Any]:
        return at.recorder.granted("preview", at.desk(is_activity=False).arming_key())

    try:
        found = at.live.picture(request.args.get("after", 0, int), grant)
    except (NoPictureError, RecorderGoneError, RecorderRefusedError) as error:
        return {"error": told(str(error))}, 503
    headers = {
        "X-Number": str(found.number),
        "X-Peak": str(found.peak_dbfs),
        "X-Black": str(int(found.is_black)),
    }
    return Response(found.jpeg, mimetype="image/jpeg", headers=headers)


@pages.post("/box/look/end")
def end() -> ResponseReturnValue:
    """Close the camera's window."""
    services().live.end()
    return "", 204
