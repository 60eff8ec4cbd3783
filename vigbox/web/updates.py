"""The page of updates: give one, see what it brings, have it installed, see how that goes."""

from http import HTTPStatus
from typing import Any, Final

from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from vigbox.appliance.updates.release import UpdateRefusedError
from vigbox.appliance.updates.staging import digest
from vigbox.casework import audit
from vigbox.errors import VigboxError
from vigbox.store.uploads import PART_BYTES, MisplacedPartError
from vigbox.web.sentences import told
from vigbox.web.services import Services, services

pages = Blueprint("updates", __name__, url_prefix="/updates")

_SOURCES: Final = ("page", "stick")


@pages.get("")
def page() -> str:
    """Show the version, what is on offer, and how the last update went."""
    return _page(services())


@pages.get("/state")
def state() -> Response:
    """Tell the page's script how it goes; asking does not keep the box unlocked."""
    at = services()
    return jsonify(state=at.updating.status.get("state", ""), under_way=at.updating.is_under_way)


@pages.put("/<int:offset>")
def part(offset: int) -> ResponseReturnValue:
    """Take the part of an update that belongs at an offset."""
    at = services()
    request.max_content_length = PART_BYTES
    at.desk()
    try:
        here = at.updating.add(offset, request.get_data(cache=False))
    except MisplacedPartError:
        return jsonify(offset=at.updating.size_bytes, part_bytes=PART_BYTES), HTTPStatus.CONFLICT
    except (VigboxError, OSError) as error:
        return jsonify(error=_sentence(error)), HTTPStatus.UNPROCESSABLE_ENTITY
    return jsonify(offset=here, part_bytes=PART_BYTES)


@pages.post("/install")
def install() -> ResponseReturnValue:
    """Ask root to install what the page showed."""
    at, source = services(), request.form.get("source", "")
    desk = at.desk()
    if source not in _SOURCES:
        abort(HTTPStatus.BAD_REQUEST)
    version = at.updating.status.get("version", "")
    try:
        release = at.updating.ask(source, request.form.get("digest", ""))
    except (UpdateRefusedError, OSError) as error:
        return _page(at, _sentence(error)), HTTPStatus.CONFLICT
    with desk.session() as casework:
        audit.note(casework, "update asked for", release.version if release else str(version))
    return redirect(url_for(".page"))


@pages.post("/forget")
def forget() -> ResponseReturnValue:
    """Let what was given be."""
    at = services()
    at.desk()
    at.updating.forget()
    return redirect(url_for(".page"))


def _page(at: Services, problem: str = "") -> str:
    at.desk()
    found: dict[str, Any] = {"version": "", "arrived": None}
    if not at.updating.is_under_way:
        try:
            found["version"] = at.updating.here.version
            found["arrived"] = at.updating.arrived()
        except (VigboxError, OSError) as error:
            problem = problem or _sentence(error)
    status = at.updating.status
    return render_template(
        "updates.html",
        problem=problem,
        status=status,
        why=told(str(status.get("why", ""))),
        is_under_way=at.updating.is_under_way,
        digest=digest,
        part_bytes=PART_BYTES,
        **found,
    )


def _sentence(error: VigboxError | OSError) -> str:
    if isinstance(error, OSError):
        return told(f"The card cannot be written: {error.strerror}. What came before is kept.")
    return told(str(error))
