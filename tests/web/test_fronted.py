"""What the app believes of whoever stands before it."""

from urllib.parse import quote

import pytest
from flask import Flask, request

from tests.certificates import issue
from tests.web.conftest import Place
from vigbox.delivery.certificates import fingerprint
from vigbox.web.app import create_app
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


@pytest.mark.parametrize(
    ("reached", "host", "code"),
    [
        ("192.0.2.7", "192.0.2.7", 200),
        ("192.0.2.7", "192.0.2.8", 400),
        ("192.0.2.7", "192.0.2.7.bank.example", 400),
        ("192.0.2.7", "bank.example", 400),
        ("192.0.2.7", "vb-7k3q.home.arpa", 200),
        (None, "192.0.2.7", 400),
        ("", "", 400),
    ],
)
def test_a_box_is_also_asked_by_the_address_it_was_reached_at(
    place: Place, reached: str | None, host: str, code: int
) -> None:
    app = create_app(place.services, ["vb-7k3q.home.arpa"], is_https=True)
    app.wsgi_app = Fronted(app.wsgi_app)  # type: ignore[method-assign]  # as Flask documents it
    told = {"Host": host} | ({} if reached is None else {"X-Vigbox-Address": reached})
    answer = app.test_client().get("/unlock", headers=told)
    assert answer.status_code == code
    if code == 400:
        assert 'href="https://vb-7k3q.home.arpa/"' in answer.text
        assert "<form" not in answer.text
