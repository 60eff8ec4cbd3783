"""What was erased from this box, and the certificate of each erasure."""

from flask import Blueprint, Response, abort, render_template

from vigbox.casework import audit
from vigbox.casework.erasure import erasures, facts_of
from vigbox.casework.tables import Case, Erasure
from vigbox.export.certificate import Certificate, certificate
from vigbox.model import now_at
from vigbox.web.services import services
from vigbox.web.tongue import Spoken

pages = Blueprint("erasures", __name__)


@pages.get("/erasures")
def page() -> str:
    """List the erasures, the newest first."""
    with services().desk().session() as casework:
        rows = [(each, facts_of(each)) for each in erasures(casework)]
    return render_template("erasures.html", rows=rows)


@pages.get("/erasures/<erasure>/certificate.pdf")
def pdf(erasure: str) -> Response:
    """Give the certificate; one that is not over says so in big letters."""
    at = services()
    with at.desk().session() as casework:
        found = casework.get(Erasure, erasure) or abort(404, "There is no such erasure.")
        case = casework.query(Case.id).filter_by(code=found.case_code).scalar() or ""
        audit.note(casework, "certificate printed", found.id, case)
        told = Certificate(
            number=found.id,
            box=at.public.box,
            code=found.case_code,
            why=found.why,
            began_at=found.began_at,
            finished_at=found.finished_at,
            facts=facts_of(found),
            made_at=now_at(),
            service=at.service.controller().line,
            # only root can look: after an update that stayed there is none
            is_kept_aside=at.updating.status.get("state", "done") != "done",
        )
    name = f"erasure-{told.code}-{told.began_at[:10]}.pdf"
    return Response(
        certificate(told, Spoken()),
        mimetype="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{name}"'},
    )
