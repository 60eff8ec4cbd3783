"""The list of recordings, and one recording to watch."""

import array
import sys
from typing import Any

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from vigbox.casework import audit
from vigbox.casework.progress import filed_under
from vigbox.casework.tables import Case
from vigbox.model import Life
from vigbox.store import manifests
from vigbox.store.manifests import Manifest, ManifestError
from vigbox.web import binned
from vigbox.web.after_unlock import finish_rest
from vigbox.web.erasing import erase_now
from vigbox.web.parts import Parts, joined
from vigbox.web.ranges import range_response
from vigbox.web.recording_rows import ROWS, rows_of, start_of
from vigbox.web.retention_words import kept
from vigbox.web.services import Services, services
from vigbox.web.waiting import waiting

pages = Blueprint("recordings", __name__)

MOST_BYTES = 2 << 20
"""The most that one range is answered with, so that a slow tablet holds little in memory."""


@pages.get("/")
def page() -> str:
    """List recordings, the newest first, some dozens at a time, with what is being made on top."""
    at = services()
    every = joined(_shown(at))[::-1]
    if any(each.life is Life.INTERRUPTED for parts in every for each in parts.manifests):
        finish_rest(at, at.desk())
    start = start_of(every, request.args.get("before", ""))
    shown, older = every[start : start + ROWS], every[start + ROWS : start + ROWS + 1]
    with at.desk().session() as casework:
        waits = waiting(at, casework) if start == 0 else []
    return render_template(
        "recordings.html",
        waiting=waits,
        rows=rows_of(at, shown),
        is_first=start == 0,
        before=shown[-1].first.recording if older else "",
        older_from=older[0].first.started_at if older else "",
    )


@pages.get("/recordings/<recording>")
def watch(recording: str) -> str:
    """Show one recording."""
    at = services()
    manifest = find(at, recording)
    film = at.shelf.film(at.desk(), manifest)
    with at.desk().session() as casework:
        case = casework.get(Case, manifest.case)
        audit.note(casework, "watched", recording, manifest.case)
        return render_template(
            "watch.html",
            manifest=manifest,
            film=film,
            code=case.code if case else gettext("an unknown case"),
            vocabulary=at.vocabulary,
            machines=at.machines.listed(),
            is_running=manifest.life is Life.RECORDING,
            parts=_parts_of(at, recording),
            filed=filed_under(casework, case, recording) if case else None,
            kept=kept(at, casework, case),
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


@pages.get("/recordings/<recording>/newest")
def newest(recording: str) -> dict[str, Any]:
    """Tell where a film ends now: its addresses, how long it is, whether it goes on or was cut."""
    at = services()
    manifest = find(at, recording)
    index = at.shelf.film(at.desk(), manifest).index
    return {
        "film": url_for(".film", recording=recording, end=index.end),
        "times": url_for(".times", recording=recording, end=index.end),
        "length_ns": index.duration_ns,
        "is_running": manifest.life is Life.RECORDING,
        "is_cut": manifest.life is Life.INTERRUPTED,
    }


@pages.post("/recordings/<recording>/erase")
def erase(recording: str) -> AnyResponse:
    """Erase a recording from the box: one action, at once."""
    at = services()
    erase_now(at, at.desk(), find(at, recording))
    return redirect(url_for(".page"))


@pages.post("/recordings/<recording>/bin")
def to_bin(recording: str) -> AnyResponse:
    """Put a recording into the sealed bin: it can be taken back for some weeks."""
    at = services()
    binned.put(at, at.desk(), find(at, recording))
    return redirect(url_for(".page"))


def _shown(at: Services) -> list[Manifest]:
    every = at.manifests.listed()
    return [each for each in every if each.recording not in at.binned and not each.is_unfiled]


def _parts_of(at: Services, recording: str) -> Parts:
    every = joined(_shown(at))
    of_it = (each for each in every if recording in {one.recording for one in each.manifests})
    return next(of_it, None) or abort(404, "There is no such recording.")


def find(at: Services, recording: str) -> Manifest:
    """Give a recording's manifest, or answer 404, as for what is in the bin or not filed."""
    if recording in at.binned:
        abort(404, "This recording is in the bin. Take it back there to see it.")
    manifest = any_manifest(at, recording)
    if manifest.is_unfiled:
        abort(404, "This film is of no case yet. File it first: until then nobody can see it.")
    return manifest


def any_manifest(at: Services, recording: str) -> Manifest:
    """Give a recording's manifest, wherever the recording is, or answer 404."""
    if not manifests.is_id(recording):
        abort(404, "There is no such recording.")
    try:
        return at.manifests.read(recording)
    except FileNotFoundError:
        abort(404, "There is no such recording. It may have been erased.")
    except ManifestError as error:
        abort(409, f"{error}. The film is left as it is.")
