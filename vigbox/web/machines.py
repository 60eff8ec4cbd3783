"""The practitioners' machines: pair one, revoke one, see what each has fetched."""

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vigbox.casework import audit
from vigbox.casework.disclosures import note_fetched, waiting_or_out
from vigbox.casework.practice import Disclosure
from vigbox.casework.tables import Clip, Export
from vigbox.model import NS
from vigbox.web.services import Services, services

pages = Blueprint("machines", __name__)


@pages.get("/machines")
def page() -> str:
    """List machines and exports."""
    return _page(services(), code=None)


@pages.post("/machines/pair")
def pair() -> str:
    """Open the pairing window and show its code, on this answer alone."""
    at = services()
    return _page(at, code=at.pairing.open())


@pages.post("/machines/<machine>/revoke")
def revoke(machine: str) -> Response:
    """Refuse a machine from now on."""
    at = services()
    at.machines.revoke(machine)
    with at.desk().session() as casework:
        audit.note(casework, "machine revoked", machine)
    return redirect(url_for(".page"))


@pages.get("/machines/pairing")
def pairing() -> dict[str, int]:
    """Tell the page's script how the pairing goes."""
    at = services()
    paired = sum(not each.is_revoked for each in at.machines.listed())
    return {"left_s": at.pairing.left_ns // NS, "paired": paired}


def _page(at: Services, code: str | None) -> str:
    with at.desk().session() as casework:
        note_fetched(casework, at.outbox.is_verified)
        rows = [(each, _name(casework, each)) for each in waiting_or_out(casework)]
        return render_template(
            "machines.html",
            machines=[each for each in at.machines.listed() if not each.is_revoked],
            rows=rows,
            code=code,
            address=request.host_url.rstrip("/"),
            left_s=at.pairing.left_ns // NS,
        )


def _name(casework: Session, row: Disclosure) -> str:
    of_it = select(Clip).join(Export, Export.clip_id == Clip.id)
    clips = casework.scalars(of_it.where(Export.id == row.export_id)).all()
    is_one = row.what == "clip" and len(clips) == 1
    return clips[0].name if is_one else row.what.capitalize()
