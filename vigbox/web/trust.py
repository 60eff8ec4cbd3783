"""Trust in the box: its certificate authority for tablets and computers, with every step drawn.

Over plain HTTP as well, which nginx serves at ``/`` of port 80: whoever stands between could hand
out another authority, so a person compares its SHA-256 with the one on the label. HTTPS alone is
asked for from then on (RFC 6797) only when the browser proved that it trusts the authority: it
starts a service worker, which browsers refuse behind a warning that was clicked through.
"""

import plistlib
import uuid
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from flask import Blueprint, Response, abort, render_template, request
from flask_babel import force_locale
from flask_babel import gettext as _

from vigbox.appliance.authority import name_of
from vigbox.appliance.certificates import authority_fingerprint
from vigbox.store.identity import known_id
from vigbox.store.layout import Layout
from vigbox.web import languages

_HTTPS_ALONE: Final = "max-age=31536000"
_PROFILE: Final = "application/x-apple-aspen-config"
_CERTIFICATE: Final = "application/x-x509-ca-cert"
_SPACE: Final = uuid.UUID("8f0d7c1e-53f0-4c52-9d43-6d2b3f1f7f10")
"""Ours: one authority's profile has the same ids each time, so that a second takes its place."""


def create_trust(layout: Layout) -> Blueprint:
    """Make the pages, for a box that is set up or waits for it."""
    pages = Blueprint("trust", __name__)

    @pages.get("/trust")
    def page() -> str:
        return _page(layout, is_plain=False)

    @pages.get("/trust/plain")
    def plain() -> str:
        return _page(layout, is_plain=True)

    @pages.post("/trust/proved")
    def proved() -> Response:
        return Response(status=204, headers={"Strict-Transport-Security": _HTTPS_ALONE})

    @pages.get("/authority.crt")
    def der() -> Response:
        return Response(_authority(layout).public_bytes(Encoding.DER), mimetype=_CERTIFICATE)

    @pages.get("/authority.pem")
    def pem() -> Response:
        return Response(_authority(layout).public_bytes(Encoding.PEM), mimetype=_CERTIFICATE)

    @pages.get("/authority.mobileconfig")
    def profile() -> Response:
        made = profile_of(_authority(layout), _name(layout))
        return Response(made, mimetype=_PROFILE)

    return pages


def profile_of(authority: x509.Certificate, name: str) -> bytes:
    """Make the profile that an iPad or iPhone installs: the authority, and nothing else.

    As Apple's "Configuration Profile Reference" has it, ``com.apple.security.root``; unsigned.
    """
    der, short = authority.public_bytes(Encoding.DER), name.partition(".")[0]
    told = _("Lets this tablet trust the pages of the box %(name)s.", name=name)
    ids = [str(uuid.uuid5(_SPACE, f"{each} {der.hex()}")).upper() for each in ("root", "profile")]
    root = {
        "PayloadType": "com.apple.security.root",
        "PayloadVersion": 1,
        "PayloadIdentifier": f"org.vigbox.{short}.authority",
        "PayloadUUID": ids[0],
        "PayloadDisplayName": f"vigbox {short}",
        "PayloadCertificateFileName": f"{short}.crt",
        "PayloadContent": der,
    }
    return plistlib.dumps(
        {
            "PayloadType": "Configuration",
            "PayloadVersion": 1,
            "PayloadIdentifier": f"org.vigbox.{short}",
            "PayloadUUID": ids[1],
            "PayloadDisplayName": f"vigbox {short}",
            "PayloadDescription": told,
            "PayloadContent": [root],
        }
    )


def _page(layout: Layout, *, is_plain: bool) -> str:
    wish = request.args.get("language", "")
    # a page over plain HTTP keeps no cookie: its language is in its address
    with force_locale(wish if wish in languages.LANGUAGES else languages.spoken()):
        _authority(layout)
        return render_template(
            "trust.html",
            name=_name(layout),
            short=_name(layout).partition(".")[0],
            fingerprint=authority_fingerprint(layout),
            is_plain=is_plain,
            language=languages.spoken(),
            tongues=languages.LANGUAGES,
        )


def _name(layout: Layout) -> str:
    return name_of(known_id(layout))


def _authority(layout: Layout) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(layout.authority.read_bytes())
    except (OSError, ValueError):
        abort(404, "This box has no certificate authority yet. Unlock it once.")
