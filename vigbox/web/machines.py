"""The practitioners' machines: pair one, revoke one, see what each has fetched.

A machine is paired while somebody is unlocked here and somebody holds the box's button: the code
is shown on the answer to that alone.
"""

from typing import Any

import segno
from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vigbox.appliance.certificates import authority_fingerprint, open_issuer
from vigbox.casework import audit, export_erasure
from vigbox.casework.disclosures import forget_export, waiting_or_out
from vigbox.casework.tables import Clip, Disclosure, Export
from vigbox.model import NS
from vigbox.web.outgoing import note_left
from vigbox.web.recorder_link import RecorderGoneError
from vigbox.web.services import Services, services

pages = Blueprint("machines", __name__)


@pages.get("/machines")
def page() -> str:
    """List machines and exports."""
    return _page(services())


@pages.post("/machines/pair")
def pair() -> str:
    """Open the pairing window if the button was held, and show its code, on this answer alone."""
    at = services()
    desk = at.desk()
    if not at.pairing_hold.is_asked(_status(at)):
        return _page(at, is_waiting=True)
    issuer = open_issuer(desk)
    if not at.pairing_hold.take(_status(at)):
        return _page(at, is_waiting=True)
    return _page(at, code=at.pairing.open(issuer))


@pages.post("/machines/<machine>/revoke")
def revoke(machine: str) -> Response:
    """Refuse a machine from now on."""
    at = services()
    at.machines.revoke(machine)
    why = f"{at.machines.get(machine).name} is no longer paired; choose another machine"
    with at.desk().session() as casework:
        note_left(at, casework)
        export_erasure.drop_of_machine(casework, machine, at.erase_export, why)
        for each in at.outbox.for_machine(machine):  # it may be in strange hands
            at.erase_export(each.manifest.export_id)
            forget_export(casework, each.manifest.export_id)
        audit.note(casework, "machine revoked", machine)
    return redirect(url_for(".page"))


@pages.get("/machines/pairing")
def pairing() -> dict[str, int]:
    """Tell the page's script how the pairing goes, and whether the button was held for it."""
    at = services()
    paired = sum(not each.is_revoked for each in at.machines.listed())
    is_held = at.pairing_hold.is_asked(_status(at))
    return {"left_s": at.pairing.left_ns // NS, "paired": paired, "held": is_held}


def _status(at: Services) -> dict[str, Any]:
    try:
        return at.recorder.ask(do="status")
    except RecorderGoneError:
        return {}


def _page(at: Services, code: str = "", *, is_waiting: bool = False) -> str:
    with at.desk().session() as casework:
        note_left(at, casework)
        rows = [(each, _name(casework, each)) for each in waiting_or_out(casework)]
        return render_template(
            "machines.html",
            machines=[each for each in at.machines.listed() if not each.is_revoked],
            rows=rows,
            storage=at.sending.where,
            storage_problem=at.sending.problem,
            code=code,
            is_waiting=is_waiting,
            address=f"{at.settings.address}:{at.machines_port}",
            left_s=at.pairing.left_ns // NS,
            **_tablet(at),
        )


def _tablet(at: Services) -> dict[str, str]:
    """Give what another tablet needs: the page's address and whom it must trust, as a QR code."""
    authority = authority_fingerprint(at.layout)
    address = request.host_url
    told = f"{address}#authority={authority.replace(':', '')}" if authority else address
    drawn = segno.make_qr(told, error="m")
    uri = drawn.svg_data_uri(scale=6, border=4, light="#fff")
    return {"page_address": address, "authority": authority, "qr": uri}


def _name(casework: Session, row: Disclosure) -> str:
    of_it = select(Clip).join(Export, Export.clip_id == Clip.id)
    clips = casework.scalars(of_it.where(Export.id == row.export_id)).all()
    is_one = row.what == "clip" and len(clips) == 1
    return clips[0].name if is_one else row.what.capitalize()
