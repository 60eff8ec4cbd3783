"""Films from elsewhere: choose one, send it in parts, see it prepared, or let it be."""

import contextlib
import hashlib
from datetime import date
from http import HTTPStatus
from typing import Any, Final

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
from vigbox.media.walls import find_bubblewrap
from vigbox.model import new_id, now_at
from vigbox.store.uploads import PART_BYTES, MisplacedPartError
from vigbox.web.arriving import check_room
from vigbox.web.sentences import told
from vigbox.web.services import Services, services

pages = Blueprint("imports", __name__, url_prefix="/imports")

_GB: Final = 1_000_000_000
_BODY_BYTES: Final = 4096
_GONE: Final = ("withdrawing", "erased")
_NO_SUCH: Final = "There is no such import. It may have been let be."


class ImportRefusedError(VigboxError):
    """A film from elsewhere cannot be added like that."""


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
            most_bytes=at.settings.largest_import_gb * _GB,
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
        found = _begun(at, at.desk(), wish if isinstance(wish, dict) else {})
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
        shut = _shut(casework, found.case)
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


def _begun(at: Services, desk: Desk, wish: dict[str, Any]) -> Import:
    name, size = str(wish.get("name", "")), wish.get("size")
    if wish.get("agreed") is not True:
        raise ImportRefusedError(
            "Everybody in the film must have agreed to it being used for this work."
        )
    if type(size) is not int or size <= 0:
        raise ImportRefusedError("The file is empty. Choose the film itself.")
    if size > at.settings.largest_import_gb * _GB:
        raise ImportRefusedError(
            f"The file is larger than {at.settings.largest_import_gb} GB. Cut or save it smaller."
        )
    file = f"{at.public.box}|{name}|{size}|{wish.get('modified')}|{wish.get('case')}"
    key = hashlib.sha256(file.encode("utf-8", "replace")).hexdigest()
    with desk.session() as casework:
        at.importing.settle(casework)
        mine = [each for each in imports.every(casework) if each.by == desk.me.id]
        shut = _shut(casework, str(wish.get("case")))
    if shut:
        raise ImportRefusedError(shut)
    for each in mine:
        if each.state in ("uploading", "preparing") and each.key == key:
            return each
    if any(each.state == "uploading" for each in mine):
        raise ImportRefusedError(
            "Another film is on its way in. Let it end, go on with it, or let it be."
        )
    return _new(at, desk, str(wish.get("case")), key, size, _day(wish.get("made_on")))


def _shut(casework: Session, case: str) -> str:
    """Say why nothing is added to a case now; nothing when it is open, or not known at all."""
    found = casework.get(Case, case)
    if found is None or found.state == "open":
        return ""
    if found.state in _GONE:
        return "The family took this case back: nothing is added to it."
    return (
        f"{found.code} is {found.state}: no film is added to it. Open it again on its page, then "
        "choose the film again; what is here of it is kept for a week."
    )


def _new(at: Services, desk: Desk, case: str, key: str, size: int, made_on: str) -> Import:
    find_bubblewrap()
    check_room(at.layout, at.settings, size)
    with desk.session() as casework:
        found = casework.get(Case, case)
        if found is None:
            raise ImportRefusedError("Choose the case that the film belongs to.")
        recipient = found.recipient
    desk.case_identities(case)  # who cannot open the case adds nothing to it
    begun = Import(new_id(), case, recipient, desk.me.id, key, size, made_on, now_at())
    with desk.session() as casework:
        imports.begin(casework, begun)
    return begun


def _day(text: object) -> str:
    try:
        day = date.fromisoformat(str(text))
    except ValueError:
        raise ImportRefusedError("Say on which day the film was made.") from None
    return day.isoformat()


def _kept(at: Services, desk: Desk, found: Import) -> Import:
    """Begin to prepare a film once all of it is here; what was let be meanwhile stays gone."""
    with desk.session() as casework:
        now, case = imports.find(casework, found.id), casework.get(Case, found.case)
        # one that was closed a moment ago still gets the film that is whole
        is_wanted = case is not None and case.state not in _GONE
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
