"""The practitioners' machines: pair one, revoke one, see what each has fetched."""

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from vigbox.casework import audit
from vigbox.casework.tables import Clip, Export
from vigbox.model import NS
from vigbox.web.fetched import note_fetched
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
        note_fetched(at, casework)
        exports = casework.scalars(select(Export).order_by(Export.made_at.desc()))
        rows = [(each, casework.get(Clip, each.clip_id)) for each in exports]
        return render_template(
            "machines.html",
            machines=[each for each in at.machines.listed() if not each.is_revoked],
            rows=rows,
            code=code,
            address=request.host_url.rstrip("/"),
            left_s=at.pairing.left_ns // NS,
        )
