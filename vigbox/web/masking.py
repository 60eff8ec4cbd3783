"""Masks of a clip: faces are proposed, changed by finger, looked at, and only then may it leave."""

import hashlib
from datetime import date
from typing import Any, Final

from flask import Blueprint, Response, abort, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from vigbox.casework import export_erasure, masks
from vigbox.casework.desk import Desk
from vigbox.casework.disclosures import disclose
from vigbox.casework.export_gate import KEPT, WHAT_FOR, rests_on
from vigbox.casework.filmed import in_shot
from vigbox.casework.masks import MaskError
from vigbox.casework.tables import Case, Clip, ClipMask, Disclosure
from vigbox.errors import VigboxError
from vigbox.export.stills import Still
from vigbox.media import samples
from vigbox.media.faces import FaceDetector
from vigbox.media.masked import find_faces
from vigbox.media.masking import masks_of
from vigbox.web.masked_leaving import Leaving, export_masked, masked_bytes
from vigbox.web.outgoing import chosen_machine, learn_fetched
from vigbox.web.ranges import range_response
from vigbox.web.recordings import find as find_film
from vigbox.web.sentences import told
from vigbox.web.services import Services, services
from vigbox.web.shelf import OpenFilm
from vigbox.web.tablet import today

pages = Blueprint("masking", __name__)

LONGEST_MS: Final = 60_000
"""Every picture of a clip is looked at and made anew: longer ones would take too long here."""
_MOST_BYTES: Final = 2 << 20


@pages.get("/clips/<clip>/masks")
def page(clip: str) -> str:
    """Show the clip's pictures with what is covered, to be changed and looked at."""
    at = services()
    desk = at.desk()
    film = _film(at, desk, clip)
    with desk.session() as casework:
        found = _clip(casework, clip)
        case = casework.get_one(Case, found.case_id)
        seen = in_shot(casework, case, found.recording)
        return render_template(
            "masks.html",
            clip=found,
            case=case,
            size=samples.picture_track(film.index).size,
            people=[each for each in case.participants if each.id in seen],
            purposes=[each for each in WHAT_FOR if each != KEPT],
            machines=[each for each in at.machines.listed() if not each.is_revoked],
            state=_state(casework, found),
            too_long=found.length_ms > LONGEST_MS,
        )


@pages.post("/clips/<clip>/masks/find")
def look_for(clip: str) -> dict[str, Any]:
    """Look for faces in every picture; what a finger drew stays, all that is found is covered."""
    at = services()
    desk = at.desk()
    film = _film(at, desk, clip)
    with desk.session() as casework:
        found = _clip(casework, clip)
    _refuse_long(found)
    pictures = range(found.first, found.end)
    boxes = find_faces(film.reader.read_at, film.index, pictures, FaceDetector())
    proposed = masks_of(boxes, pictures, samples.picture_track(film.index).size)
    learn_fetched(at, desk)
    with desk.session() as casework:
        clip_now = _clip(casework, clip)
        if (clip_now.first, clip_now.end) != (pictures.start, pictures.stop):
            raise MaskError("the clip was moved meanwhile. Look for its faces again.")
        row = masks.masks_row(casework, clip_now)
        faces = masks.found_again(masks.faces_of(row) if row else [], proposed)
        _keep(at, casework, clip_now, faces)
        return _state(casework, clip_now)


@pages.put("/clips/<clip>/masks")
def keep(clip: str) -> dict[str, Any]:
    """Keep the faces as they were changed by finger: ``{"faces", "seen"}``; 409 for older ones."""
    facts = _asked("faces", "seen")
    faces = masks.faces_read(facts.get("faces"))
    at = services()
    desk = at.desk()
    learn_fetched(at, desk)
    with desk.session() as casework:
        found = _clip(casework, clip)
        _refuse_long(found)
        row = masks.masks_row(casework, found)
        if facts.get("seen") != (masks.version_of(row) if row else ""):
            raise MaskError("these masks were changed on another tablet meanwhile. Load the page.")
        _keep(at, casework, found, faces)
        return _state(casework, found)


@pages.get("/clips/<clip>/masked.mp4")
def preview(clip: str) -> Response:
    """Give the clip just as it would leave, to be looked at here: ``?version=`` names its masks."""
    at = services()
    desk = at.desk()
    with desk.session() as casework:
        found = _clip(casework, clip)
        _refuse_long(found)
        row = masks.masks_row(casework, found) or abort(404, "This clip has no masks yet.")
        version, painted = masks.version_of(row), masks.masks_of_row(row)
    if request.args.get("version") != version:
        abort(404, "These masks were changed meanwhile.")
    film = _film(at, desk, clip)
    key = (f"{clip}-{version}", found.first, found.end)
    data = at.shelf.cut_clips.get(key, lambda: masked_bytes(film, found, painted))
    return range_response(
        len(data),
        lambda offset, size: data[offset : offset + size],
        etag=version,
        mimetype="video/mp4",
        limit=_MOST_BYTES,
    )


@pages.post("/clips/<clip>/masks/looked")
def looked(clip: str) -> dict[str, Any]:
    """Keep that all of it was looked at: ``{"version", "hidden"}``, ids of who is covered."""
    facts = _asked("version", "hidden")
    hidden = facts.get("hidden")
    if not isinstance(hidden, list) or any(type(each) is not int for each in hidden):
        abort(400, "Who is covered must be a list of participants.")
    at = services()
    desk = at.desk()
    learn_fetched(at, desk)
    with desk.session() as casework:
        found = _clip(casework, clip)
        before = masks.looked_through(masks.masks_row(casework, found))
        case = casework.get_one(Case, found.case_id)
        masks.looked_at(casework, case, found, str(facts.get("version")), hidden)
        _take_back_older(at, casework, found, before)
        return _state(casework, found)


@pages.post("/clips/<clip>/masks/export")
def export(clip: str) -> dict[str, Any]:
    """Seal the masked clip for a machine: ``{"machine", "purpose"}``. Raises GateShutError."""
    at, facts = services(), _asked("machine", "purpose")
    desk, machine = at.desk(), chosen_machine(at, facts.get("machine"))
    with desk.session() as casework:
        _refuse_long(_clip(casework, clip))
    film = _film(at, desk, clip)
    export_masked(at, desk, film, Leaving(clip, str(facts.get("purpose")), machine))
    with desk.session() as casework:
        return _state(casework, _clip(casework, clip))


@pages.get("/clips/<clip>/masked-<int:picture>.jpg")
def still(clip: str, picture: int) -> Response:
    """Give a masked picture of the clip; it leaves, for ``?purpose=``. Raises GateShutError."""
    at, purpose = services(), request.args.get("purpose", "")
    desk, on = at.desk(), today(at)
    with desk.session() as casework:
        found = _clip(casework, clip)
        if not found.first <= picture < found.end:
            abort(404, "There is no such picture in this clip.")
        painted = masks.masks_to_leave(casework, found)
        _allowed(casework, found, purpose, on)
    made = masked_bytes(_film(at, desk, clip), found, painted, Still(picture))
    with desk.session() as casework:
        found = _clip(casework, clip)
        if masks.masks_to_leave(casework, found) != painted:
            raise MaskError("the masks were changed meanwhile. Look at all of it again.")
        consents = _allowed(casework, found, purpose, on)
        row = Disclosure(what="photo, faces masked", to_whom="this tablet", purpose=purpose)
        row.recordings = found.recording
        row.sha256 = hashlib.sha256(made).hexdigest()
        row.masked = " ".join(map(str, sorted(masks.hidden_in(casework, found))))
        disclose(casework, casework.get_one(Case, found.case_id), row, consents)
    return Response(made, mimetype="image/jpeg")


@pages.errorhandler(VigboxError)
def _tell(error: VigboxError) -> ResponseReturnValue:
    return jsonify(error=told(str(error))), 409


def _refuse_long(clip: Clip) -> None:
    if clip.length_ms > LONGEST_MS:
        raise MaskError("faces are covered in clips of up to a minute. Choose a shorter moment.")


def _keep(at: Services, casework: Session, clip: Clip, faces: list[masks.Face]) -> None:
    row = masks.masks_row(casework, clip)
    is_same = row is not None and (row.first, row.end) == (clip.first, clip.end)
    if row is not None and is_same and masks.faces_of(row) == faces:
        return  # what was looked at, and leaves, is what it was
    before = masks.looked_through(row)
    masks.keep_faces(casework, casework.get_one(Case, clip.case_id), clip, faces)
    _take_back_older(at, casework, clip, before)


def _take_back_older(
    at: Services, casework: Session, clip: Clip, before: tuple[str, frozenset[int]]
) -> None:
    """Erase what waits with masks that somebody had looked at, and that are others now."""
    version, _hidden = before
    if version and masks.looked_through(masks.masks_row(casework, clip)) != before:
        export_erasure.take_back_of_clip(casework, clip, at.erase_export, is_here=at.outbox.has)


def _allowed(casework: Session, clip: Clip, purpose: str, on: date) -> list[Any]:
    case, hidden = casework.get_one(Case, clip.case_id), masks.hidden_in(casework, clip)
    return [*rests_on(casework, case, clip.recording, purpose, on, hidden=hidden)]


def _film(at: Services, desk: Desk, clip: str) -> OpenFilm:
    with desk.session() as casework:
        recording = _clip(casework, clip).recording
    return at.shelf.film(desk, find_film(at, recording))


def _state(casework: Session, clip: Clip) -> dict[str, Any]:
    row = masks.masks_row(casework, clip)
    return {
        "first": clip.first,
        "end": clip.end,
        "version": masks.version_of(row) if row else "",
        "is_current": row is not None and (row.first, row.end) == (clip.first, clip.end),
        "faces": masks.faces_told(masks.faces_of(row)) if row else [],
        "looked_at": _looked_at(masks.checked(casework, clip)),
        "hidden": sorted(masks.hidden_in(casework, clip)),
    }


def _looked_at(row: ClipMask | None) -> str:
    return row.looked_at if row else ""


def _clip(casework: Session, clip: str) -> Clip:
    return casework.get(Clip, clip) or abort(
        404, "There is no such clip. It may have been removed."
    )


def _asked(*known: str) -> dict[str, Any]:
    try:
        facts = request.get_json(silent=True)
    except RecursionError:
        facts = None
    if not isinstance(facts, dict) or set(facts) - set(known):
        abort(400, f"What was sent must be a JSON object with {', '.join(known)}.")
    return facts
