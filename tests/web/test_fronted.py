"""What the app believes of whoever stands before it."""

from urllib.parse import quote

import pytest
from flask import Flask, request

from tests.certificates import issue
from vigbox.delivery.certificates import fingerprint
from vigbox.web.fronted import CERTIFICATE, Fronted

SHOWN = issue("1" * 32)


def seen(**headers: str) -> tuple[str, str | None]:
    """Give the scheme and the certificate that an app behind the front sees."""
    app = Flask("app")
    found: list[tuple[str, str | None]] = []

    @app.get("/")
    def page() -> str:
        found.append((request.scheme, request.environ.get(CERTIFICATE)))
        assert not [each for each in request.headers if "vigbox" in each[0].lower()]
        return ""

    app.wsgi_app = Fronted(app.wsgi_app)  # type: ignore[method-assign]  # as Flask documents it
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    assert app.test_client().get("/", headers=told).status_code == 200
    return found[0]


def test_a_verified_certificate_is_known_by_its_hash() -> None:
    told = {"X_Vigbox_Verified": "SUCCESS", "X_Vigbox_Certificate": quote(SHOWN)}
    assert seen(**told) == ("https", fingerprint(SHOWN))


@pytest.mark.parametrize("verified", ["", "NONE", "FAILED:certificate has expired", "success"])
def test_one_that_was_not_verified_is_nobodys(verified: str) -> None:
    told = {"X_Vigbox_Verified": verified, "X_Vigbox_Certificate": quote(SHOWN)}
    assert seen(**told) == ("https", None)


@pytest.mark.parametrize("certificate", ["", "nonsense", "%00", "-----BEGIN CERTIFICATE-----"])
def test_what_is_no_certificate_is_nobodys(certificate: str) -> None:
    told = {"X_Vigbox_Verified": "SUCCESS", "X_Vigbox_Certificate": certificate}
    assert seen(**told)[1] is None
