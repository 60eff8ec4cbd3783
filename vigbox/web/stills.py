"""Single pictures of a film: previews under a finger, and stills to keep."""

import re
from http import HTTPStatus
from typing import Final

from flask import Blueprint, Response, abort, request

from vigbox.casework import audit
from vigbox.casework.desk import Desk
from vigbox.casework.disclosures import disclose
from vigbox.casework.export_gate import KEPT, rests_on
from vigbox.casework.order_wish import THIS_BROWSER
from vigbox.casework.tables import Case, Disclosure
from vigbox.media import stills
from vigbox.media.stills import Crop, StillError
from vigbox.store.manifests import Manifest
from vigbox.web.previews import SMALL_WIDTH
from vigbox.web.recordings import find
from vigbox.web.services import Services, services
from vigbox.web.shelf import OpenFilm
from vigbox.web.tablet import today

pages = Blueprint("stills", __name__)

_NUMBER: Final = r"\d{1,6}"
_CROP: Final = re.compile(f"({_NUMBER}),({_NUMBER}),({_NUMBER}),({_NUMBER})", re.ASCII)
_PREVIEW_QUALITY: Final = 75


@pages.get("/recordings/<recording>/picture-<int:number>.jpg")
def picture(recording: str, number: int) -> Response:
    """Give picture ``number`` of a film, with ``width=`` scaled, with ``crop=x,y,w,h`` cropped.

    With ``keep=`` it leaves the box: through its gate, and into the case's books.
    """
    at = services()
    crop, width = _crop(), _width()
    manifest, desk = find(at, recording), at.desk()
    film = at.shelf.film(desk, manifest)
    if number >= film.index.picture_count:
        last = film.index.picture_count - 1
        abort(
            HTTPStatus.NOT_FOUND, f"There is no picture {number} in this film: its last is {last}."
        )
    if "keep" in request.args:
        _note(at, desk, manifest)
    try:
        return Response(_jpeg(film, number, crop, width), mimetype="image/jpeg")
    except StillError as error:
        abort(HTTPStatus.BAD_REQUEST, f"That picture cannot be made: {error}.")


def _note(at: Services, desk: Desk, manifest: Manifest) -> None:
    """Ask the gate, and keep that a picture leaves the box. Raises GateShutError."""
    with desk.session() as casework:
        case = casework.get(Case, manifest.case)
        if case is not None:
            on = today(at)
            consents = rests_on(casework, case, manifest.recording, KEPT, on)
            row = Disclosure(what="photo", to_whom=THIS_BROWSER, purpose=KEPT)
            row.recordings = manifest.recording
            disclose(casework, case, row, consents)
        audit.note(casework, "photo taken", manifest.recording, manifest.case)


def _jpeg(film: OpenFilm, number: int, crop: Crop | None, width: int | None) -> bytes:
    read_at = film.reader.read_at
    if crop is None and width is not None and width < SMALL_WIDTH:
        return film.previews.get(
            number,
            width,
            lambda: stills.still(
                film.index, read_at, number, width=width, quality=_PREVIEW_QUALITY
            ),
        )
    return stills.still(film.index, read_at, number, crop=crop, width=width)


def _crop() -> Crop | None:
    text = request.args.get("crop")
    if text is None:
        return None
    match = _CROP.fullmatch(text)
    if match is None:
        abort(HTTPStatus.BAD_REQUEST, "A crop is four numbers of pixels: left,top,width,height.")
    left, top, width, height = (int(each) for each in match.groups())
    return left, top, width, height


def _width() -> int | None:
    text = request.args.get("width")
    if text is None:
        return None
    if re.fullmatch(_NUMBER, text, re.ASCII) is None:
        abort(HTTPStatus.BAD_REQUEST, "A width is a number of pixels.")
    return int(text)
