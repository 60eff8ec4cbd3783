"""Films from elsewhere: choose one, send it in parts, see it prepared, or let it be."""

import contextlib
from datetime import date
from http import HTTPStatus
from typing import Final

from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from vigbox.casework import audit, imports
from vigbox.casework.desk import CaseGoneError, Desk
from vigbox.casework.imports import Import
from vigbox.casework.tables import Case
from vigbox.errors import VigboxError
from vigbox.media.sniff import HEAD_BYTES, NotAFilmError, demuxer_of
from vigbox.store.uploads import PART_BYTES, MisplacedPartError
from vigbox.web.arriving import check_room
from vigbox.web.import_wish import GB, GONE, begun, shut_of
from vigbox.web.sentences import told
from vigbox.web.services import Services, services

pages = Blueprint("imports", __name__, url_prefix="/imports")

_BODY_BYTES: Final = 4096
_NO_SUCH: Final = "There is no such import. It may have been let be."


@pages.get("")
def page() -> str:
    """Show how a film is added, and those that are on their way."""
    at = services()
    with at.desk().session() as casework:
        at.importing.settle(casework)
        codes = {each.id: each.code for each in casework.scalars(select(Case))}
        open_ones = casework.scalars(
            select(Case).where(Case.state == "open").order_by(Case.code)
        ).all()
        return render_template(
            "imports.html",
            cases=open_ones,
            wanted=request.args.get("case", ""),
            imports=[(each, codes.get(each.case, "")) for each in imports.every(casework)][::-1],
            offsets=lambda each: at.importing.upload(each).offset,
            today=date.today().isoformat(),  # noqa: DTZ011  # the box's own day
            most_bytes=at.settings.largest_import_gb * GB,
        )


@pages.post("")
def begin() -> ResponseReturnValue:
    """Begin an upload, or go on with the one of the same file for the same case.

    JSON: name, size, modified, case, made_on, agreed.
    """
    at = services()
    request.max_content_length = _BODY_BYTES
    wish = request.get_json()
    try:
        found = begun(at, at.desk(), wish if isinstance(wish, dict) else {})
    except (VigboxError, ValueError) as error:
        return _refused(str(error))
    return _answer(at, found)


@pages.put("/<name>/<int:offset>")
def part(name: str, offset: int) -> ResponseReturnValue:
    """Take the part that belongs at an offset: 2 MiB, the last one less; sealed as it arrives."""
    at = services()
    request.max_content_length = PART_BYTES
    desk = at.desk()
    with desk.session() as casework:
        found = _find(casework, name)
        if found.state != "uploading":
            return _answer(at, found)
        shut = shut_of(casework, found.case)
    if shut:
        return _refused(shut)
    data = request.get_data(cache=False)
    try:
        if not offset:
            demuxer_of(data[:HEAD_BYTES])
        desk.case_identities(found.case)  # who cannot open the case adds nothing to it
        check_room(at.layout, at.settings, len(data))
        at.importing.add(found, offset, data)
    except MisplacedPartError:
        return _answer(at, found), HTTPStatus.CONFLICT
    except NotAFilmError as error:
        _drop(at, desk, found)
        return _refused(str(error))
    except (VigboxError, OSError) as error:
        return _refused(_sentence(error))
    return _answer(at, _kept(at, desk, found))


@pages.get("/<name>")
def look(name: str) -> ResponseReturnValue:
    """Tell how far an import is; while it is prepared, asking does not keep the box unlocked."""
    at = services()
    facts = at.importing.under_way(name)
    if facts is not None:
        facts = facts | {"why": told(str(facts.get("why", "")))}
        return jsonify(id=name, recording=url_for("recordings.watch", recording=name), **facts)
    with at.desk().session() as casework:
        at.importing.settle(casework)
        return _answer(at, _find(casework, name))


@pages.post("/<name>/cancel")
def cancel(name: str) -> ResponseReturnValue:
    """Let an import be: what is here of it is erased. One that is ready stays a recording."""
    at = services()
    desk = at.desk()
    with desk.session() as casework:
        at.importing.settle(casework)
        found = _find(casework, name)
    if found.state != "ready":
        with contextlib.suppress(CaseGoneError):
            desk.case_identities(found.case)  # nor lets anything of it be
        _drop(at, desk, found)
    return redirect(url_for(".page"))


def _kept(at: Services, desk: Desk, found: Import) -> Import:
    """Begin to prepare a film once all of it is here; what was let be meanwhile stays gone."""
    with desk.session() as casework:
        now, case = imports.find(casework, found.id), casework.get(Case, found.case)
        # one that was closed a moment ago still gets the film that is whole
        is_wanted = case is not None and case.state not in GONE
        if now is not None and is_wanted and _is_whole(at, now):
            now = now.now("preparing")
            imports.keep(casework, now)
    if now is None or not is_wanted:
        at.importing.erase(found.id)
        abort(404, _NO_SUCH)
    if now.state == "preparing":
        try:
            at.importing.begin(desk, now)
        except FileNotFoundError:
            abort(404, _NO_SUCH)
    return now


def _is_whole(at: Services, found: Import) -> bool:
    is_all_here = at.importing.upload(found).offset >= found.size_bytes
    return found.state == "uploading" and is_all_here


def _drop(at: Services, desk: Desk, found: Import) -> None:
    # forgotten first: a part that is just arriving finds no import any more, and takes itself away
    with desk.session() as casework:
        imports.forget(casework, found.id)
        audit.note(casework, "import dropped", found.id, found.case)
    at.importing.erase(found.id)


def _find(casework: Session, name: str) -> Import:
    return imports.find(casework, name) or abort(404, _NO_SUCH)


def _answer(at: Services, found: Import) -> Response:
    return jsonify(
        id=found.id,
        state=found.state,
        why=told(found.why),
        offset=at.importing.upload(found).offset,
        size=found.size_bytes,
        part_bytes=PART_BYTES,
        recording=url_for("recordings.watch", recording=found.id),
    )


def _refused(sentence: str) -> ResponseReturnValue:
    return jsonify(error=told(sentence)), HTTPStatus.UNPROCESSABLE_ENTITY


def _sentence(error: VigboxError | OSError) -> str:
    if isinstance(error, OSError):
        return f"The card cannot be written: {error.strerror}. What came before is kept."
    return str(error)
