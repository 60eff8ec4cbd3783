"""The list of recordings, and one recording to watch."""

import array
import contextlib
import sys
from dataclasses import dataclass

from flask import Blueprint, Response, abort, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from vigbox.casework import audit, imports
from vigbox.casework.clips import clips_of
from vigbox.casework.tables import Case, Clip
from vigbox.delivery.outbox import NoSuchExportError
from vigbox.model import Life
from vigbox.store import holdings, manifests
from vigbox.store.manifests import Manifest, ManifestError
from vigbox.web.after_unlock import finish_rest
from vigbox.web.parts import Parts, joined
from vigbox.web.ranges import range_response
from vigbox.web.recorder_link import RecorderGoneError
from vigbox.web.services import Services, services

pages = Blueprint("recordings", __name__)

MOST_BYTES = 2 << 20
"""The most that one range is answered with, so that a slow tablet holds little in memory."""


@dataclass(frozen=True, slots=True)
class Row:
    """The recordings of one press as the list shows them."""

    parts: Parts
    code: str
    clips: int
    length_ns: int
    is_running: bool


@pages.get("/")
def page() -> str:
    """List recordings, the newest first, with the one that is being made on top."""
    at = services()
    rows = _rows(at)
    if any(each.life is Life.INTERRUPTED for row in rows for each in row.parts.manifests):
        finish_rest(at, at.desk())
    return render_template("recordings.html", rows=rows)


@pages.get("/recordings/<recording>")
def watch(recording: str) -> str:
    """Show one recording."""
    at = services()
    manifest = find(at, recording)
    film = at.shelf.film(at.desk(), manifest)
    with at.desk().session() as casework:
        case = casework.get(Case, manifest.case)
        audit.note(casework, "watched", recording)
        return render_template(
            "watch.html",
            manifest=manifest,
            film=film,
            code=case.code if case else "an unknown case",
            clips=clips_of(casework, recording),
            machines=at.machines.listed(),
            is_running=manifest.life is Life.RECORDING,
            parts=_parts_of(at, recording),
        )


@pages.get("/recordings/<recording>/film-<int:end>.mp4")
def film(recording: str, end: int) -> Response:
    """Serve the film up to an end, by range."""
    at = services()
    found = at.shelf.film(at.desk(), find(at, recording), end)
    return range_response(
        found.mp4.size, found.read_at, etag=found.etag, mimetype="video/mp4", limit=MOST_BYTES
    )


@pages.get("/recordings/<recording>/times-<int:end>")
def times(recording: str, end: int) -> Response:
    """Give when each picture begins: little-endian 32-bit numbers, in 1/90,000 s."""
    at = services()
    index = at.shelf.film(at.desk(), find(at, recording), end).index
    ticks = array.array("I", index.picture_times)
    if sys.byteorder == "big":
        ticks.byteswap()
    return Response(ticks.tobytes(), mimetype="application/octet-stream")


@pages.post("/recordings/<recording>/erase")
def erase(recording: str) -> AnyResponse:
    """Erase a recording from the box: one action, at once."""
    at = services()
    manifest = find(at, recording)
    desk = at.desk()
    if manifest.is_imported:
        at.importing.erase(recording)
    else:
        at.recorder.granted("erase", desk.arming_key(), recording=recording)
    at.shelf.clear()
    with desk.session() as casework:
        for clip in clips_of(casework, recording):
            take_away(at, casework, clip)
        imports.forget(casework, recording)
        audit.note(casework, "erased", recording)
    return redirect(url_for(".page"))


def _parts_of(at: Services, recording: str) -> Parts:
    every = joined(holdings.listed(at.layout, at.public))
    of_it = (each for each in every if recording in {one.recording for one in each.manifests})
    return next(of_it, None) or abort(404, "There is no such recording.")


def take_away(at: Services, casework: Session, clip: Clip) -> None:
    """Remove a clip, and its exports that still wait on the box."""
    for export in clip.exports:
        with contextlib.suppress(NoSuchExportError):
            at.outbox.erase(export.id)
        casework.delete(export)
    casework.delete(clip)


def find(at: Services, recording: str) -> Manifest:
    """Give a recording's manifest, or answer 404."""
    if not manifests.is_id(recording):
        abort(404, "There is no such recording.")
    try:
        return holdings.read(at.layout, at.public, recording)
    except FileNotFoundError:
        abort(404, "There is no such recording. It may have been erased.")
    except ManifestError as error:
        abort(409, f"{error}. The film is left as it is.")


def _rows(at: Services) -> list[Row]:
    try:
        status = at.recorder.ask(do="status")
    except RecorderGoneError:
        status = {}
    running = status.get("recording")
    with at.desk().session() as casework:
        return [
            _row(casework, parts, running, int(status.get("length_ns", 0)))
            for parts in joined(holdings.listed(at.layout, at.public))
        ][::-1]


def _row(casework: Session, parts: Parts, running: str | None, running_ns: int) -> Row:
    case = casework.get(Case, parts.first.case)
    is_running = running in {each.recording for each in parts.manifests}
    length_ns = sum(each.length_ns for each in parts.manifests if each.recording != running)
    return Row(
        parts,
        code=case.code if case else "unknown",
        clips=sum(len(clips_of(casework, each.recording)) for each in parts.manifests),
        length_ns=length_ns + (running_ns if is_running else 0),
        is_running=is_running,
    )
