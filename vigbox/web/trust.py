"""The certificate authority of this box, for a tablet that shall trust it; plain HTTP gives it too.

Whoever stands between could hand out another: a person compares its SHA-256 with the one that the
page of machines and the label show.
"""

from flask import Blueprint, Response, abort

from vigbox.web.services import services

pages = Blueprint("trust", __name__)


@pages.get("/authority.crt")
def authority() -> Response:
    """Give the authority's certificate, PEM; 404 while there is none."""
    try:
        found = services().layout.authority.read_bytes()
    except OSError:
        abort(404, "This box has no certificate authority yet. Unlock it once.")
    return Response(found, mimetype="application/x-x509-ca-cert")
