"""After a film the family is asked once more: happy to keep this? Erase now stands beside it."""

from flask import Blueprint, abort, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from vigbox.casework.filmed import filmed_of, keep
from vigbox.store.manifests import Manifest
from vigbox.web.erasing import erase_now
from vigbox.web.parts import joined
from vigbox.web.recordings import find
from vigbox.web.services import Services, services

pages = Blueprint("keeping", __name__)


@pages.post("/recordings/<recording>/keep")
def keep_one(recording: str) -> Response:
    """Note that the family is happy to keep what one press filmed."""
    at = services()
    with at.desk().session() as casework:
        for manifest in _of_press(at, recording):
            filmed = filmed_of(casework, manifest)
            if filmed is not None:
                keep(casework, filmed)
    return redirect(url_for("recordings.page"))


@pages.post("/recordings/<recording>/erase-now")
def erase_one(recording: str) -> Response:
    """Erase what one press filmed, at once and for good: the family said so."""
    at = services()
    desk = at.desk()
    for manifest in _of_press(at, recording):
        erase_now(at, desk, manifest)
    return redirect(url_for("recordings.page"))


def _of_press(at: Services, recording: str) -> tuple[Manifest, ...]:
    find(at, recording)
    every = joined(at.manifests.listed())
    of_it = (each for each in every if recording in {one.recording for one in each.manifests})
    parts = next(of_it, None) or abort(404, _("There is no such recording."))
    return parts.manifests
