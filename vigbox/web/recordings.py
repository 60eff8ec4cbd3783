"""The list of recordings, and one recording to watch."""

import array
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from vigbox.casework import audit
from vigbox.casework.clips import clip_counts
from vigbox.casework.filmed import settle_filmed
from vigbox.casework.practice import Filmed
from vigbox.casework.progress import filed_under
from vigbox.casework.retention import days_of
from vigbox.casework.tables import Case
from vigbox.model import Life
from vigbox.store import manifests
from vigbox.store.manifests import Manifest, ManifestError
from vigbox.web import binned
from vigbox.web.after_unlock import finish_rest
from vigbox.web.erasing import erase_now
from vigbox.web.parts import Parts, joined
from vigbox.web.ranges import range_response
from vigbox.web.recorder_link import RecorderGoneError
from vigbox.web.retention_words import kept
from vigbox.web.services import Services, services
from vigbox.web.waiting import waiting

pages = Blueprint("recordings", __name__)

MOST_BYTES = 2 << 20
"""The most that one range is answered with, so that a slow tablet holds little in memory."""


ROWS = 60
"""So many presses are listed on one page."""


@dataclass(frozen=True, slots=True)
class Row:
    """The recordings of one press as the list shows them."""

    parts: Parts
    code: str
    clips: int
    length_ns: int
    is_running: bool
    is_asked: bool
    """Whether the family was not asked yet: happy to keep this?"""
    kept_until: date | None


@pages.get("/")
def page() -> str:
    """List recordings, the newest first, some dozens at a time, with what is being made on top."""
    at = services()
    every = joined(_shown(at))[::-1]
    if any(each.life is Life.INTERRUPTED for parts in every for each in parts.manifests):
        finish_rest(at, at.desk())
    start = _start(every, request.args.get("before", ""))
    shown, older = every[start : start + ROWS], every[start + ROWS : start + ROWS + 1]
    with at.desk().session() as casework:
        waits = waiting(at, casework) if start == 0 else []
    return render_template(
        "recordings.html",
        waiting=waits,
        rows=_rows(at, shown),
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


def _start(every: list[Parts], before: str) -> int:
    """Give where the rows behind a recording begin; at the top when it is not there any more."""
    return next((n + 1 for n, each in enumerate(every) if each.first.recording == before), 0)


def _rows(at: Services, shown: list[Parts]) -> list[Row]:
    try:
        status = at.recorder.ask(do="status")
    except RecorderGoneError:
        status = {}
    running, running_ns = status.get("recording"), int(status.get("length_ns", 0))
    with at.desk().session() as casework:
        ids = {each.first.case for each in shown}
        cases = {each.id: each for each in casework.scalars(select(Case).where(Case.id.in_(ids)))}
        days = days_of(casework, binned.retention_of(at), cases.values())
        recordings = [one.recording for each in shown for one in each.manifests]
        clips = clip_counts(casework, recordings)
        filmed = settle_filmed(casework, (one for each in shown for one in each.manifests))
        asked = {key for key, each in filmed.items() if _is_unanswered(each)}
    return [_row(each, cases, days, clips, asked, running, running_ns) for each in shown]


def _is_unanswered(filmed: Filmed) -> bool:
    return not filmed.kept_at and not filmed.binned_at


def _row(  # what a row shows
    parts: Parts,
    cases: Mapping[str, Case],
    days: Mapping[str, date],
    clips: Mapping[str, int],
    asked: Collection[str],
    running: str | None,
    running_ns: int,
) -> Row:
    is_running = running in {each.recording for each in parts.manifests}
    length_ns = sum(each.length_ns for each in parts.manifests if each.recording != running)
    return Row(
        parts,
        code=case.code if (case := cases.get(parts.first.case)) else gettext("unknown"),
        kept_until=days.get(parts.first.case),
        clips=sum(clips.get(each.recording, 0) for each in parts.manifests),
        length_ns=length_ns + (running_ns if is_running else 0),
        is_running=is_running,
        is_asked=not is_running and any(one.recording in asked for one in parts.manifests),
    )
