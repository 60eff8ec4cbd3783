"""Clips of a recording: save, remove, export."""

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from vigbox.casework import audit
from vigbox.casework.clips import add_clip
from vigbox.casework.tables import Case, Clip, Export
from vigbox.delivery.machines import Machine
from vigbox.errors import VigboxError
from vigbox.export.clips import cut, file_name
from vigbox.model import new_id, now_at
from vigbox.web.recordings import find, take_away
from vigbox.web.services import services

pages = Blueprint("clips", __name__)

_TICKS_PER_MS = 90


class NoMachineError(VigboxError):
    """There is no machine to export for."""


@pages.post("/recordings/<recording>/clips")
def save(recording: str) -> Response:
    """Keep a clip from the in picture to the out picture, both in it."""
    at = services()
    manifest = find(at, recording)
    first, last = (request.form.get(name, -1, type=int) for name in ("first", "last"))
    times = at.shelf.film(at.desk(), manifest).index.picture_times
    if not 0 <= first <= last < len(times):
        abort(400, "A clip's out must come after its in, both inside the film. Set them again.")
    length_ms = (times[last] - times[first]) // _TICKS_PER_MS
    with at.desk().session() as casework:
        case = casework.get(Case, manifest.case) or abort(404, "There is no such case.")
        name = request.form.get("name", "")
        add_clip(casework, case, recording, name, (first, last + 1), length_ms)
    return _back(recording)


@pages.post("/clips/<clip>/remove")
def remove(clip: str) -> Response:
    """Remove a clip; the film stays as it is."""
    at = services()
    with at.desk().session() as casework:
        found = casework.get(Clip, clip) or abort(404, "There is no such clip.")
        take_away(at, casework, found)
        return _back(found.recording)


@pages.post("/clips/<clip>/export")
def export(clip: str) -> Response:
    """Cut a clip and seal it for a machine, ready to be fetched."""
    at = services()
    machine = _machine(request.form.get("machine", ""))
    with at.desk().session() as casework:
        found = casework.get(Clip, clip) or abort(404, "There is no such clip.")
        case = casework.get_one(Case, found.case_id)
        name = file_name(found.name)
    film = at.shelf.film(at.desk(), find(at, found.recording))
    export_id = new_id()
    with at.outbox.begin(export_id, machine) as draft:
        with draft.part("clip-1.mp4.age", name, "clip") as sink:
            sink.write(cut(film, found))
        draft.commit(at.device_key, case.code)
    with at.desk().session() as casework:
        casework.add(
            Export(
                id=export_id,
                clip_id=found.id,
                machine=machine.id,
                machine_name=machine.name,
                made_at=now_at(),
            )
        )
        audit.note(casework, "exported", export_id)
    return _back(found.recording)


def _back(recording: str) -> Response:
    return redirect(url_for("recordings.watch", recording=recording) + "#clips")


def _machine(wanted: str) -> Machine:
    machines = [each for each in services().machines.listed() if not each.is_revoked]
    for each in machines:
        if each.id == wanted or len(machines) == 1:
            return each
    raise NoMachineError(
        "There is no machine to export for. Pair your computer first, on the page Machines."
    )
