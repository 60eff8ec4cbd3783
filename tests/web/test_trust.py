"""The page that hands out the box's authority, and what it hands out."""

import plistlib
import re

import pytest
from cryptography import x509

from tests.web.conftest import ORIGIN, Place
from vigbox.appliance.authority import name_of
from vigbox.appliance.certificates import authority_fingerprint
from vigbox.web.trust import profile_of


def authority(place: Place) -> x509.Certificate:
    return x509.load_pem_x509_certificate(place.layout.authority.read_bytes())


@pytest.mark.parametrize("path", ["/trust", "/trust/plain"])
def test_a_locked_box_shows_its_fingerprint_and_each_system_s_steps(
    place: Place, path: str
) -> None:
    shown = place.client().get(path).text
    assert authority_fingerprint(place.layout).replace(":", " ") in shown
    for system in ("ipad", "android", "computer"):
        assert f'id="{system}"' in shown
    assert shown.count("<svg") > 8
    assert f"https://{name_of(place.services.public.box)}/trust" in shown


def test_a_tablet_with_a_sim_card_is_told_first_to_switch_mobile_data_off(place: Place) -> None:
    shown = place.client().get("/trust/plain").text
    for system in ("ipad", "android"):
        steps = shown.partition(f'id="{system}"')[2].partition("</details>")[0].split("<li>")
        assert "mobile data off" in steps[1]
        assert 'aria-label="Mobile data"' in steps[1]


def test_the_page_over_plain_http_keeps_no_cookie_and_needs_its_own_folder_alone(
    place: Place,
) -> None:
    answer = place.client().get("/trust/plain?language=nl")
    assert "Set-Cookie" not in answer.headers
    assert 'lang="nl"' in answer.text
    assert "<form" not in answer.text
    assert "<script" not in answer.text
    loaded = re.findall(r'(?:src|href)="(/static/[^"]+)"', answer.text)
    assert loaded
    assert all(each.startswith("/static/trust/") for each in loaded)


def test_the_certificate_comes_in_either_shape(place: Place) -> None:
    client = place.client()
    der, pem = (client.get(f"/authority.{each}").data for each in ("crt", "pem"))
    assert x509.load_der_x509_certificate(der) == authority(place)
    assert x509.load_pem_x509_certificate(pem) == authority(place)


def test_the_profile_holds_the_authority_and_nothing_else(place: Place) -> None:
    answer = place.client().get("/authority.mobileconfig")
    assert answer.mimetype == "application/x-apple-aspen-config"
    profile = plistlib.loads(answer.data)
    (root,) = profile["PayloadContent"]
    assert (profile["PayloadType"], root["PayloadType"]) == (
        "Configuration",
        "com.apple.security.root",
    )
    assert x509.load_der_x509_certificate(root["PayloadContent"]) == authority(place)
    assert profile["PayloadUUID"] != root["PayloadUUID"]


def test_one_authority_gives_the_same_profile_each_time(place: Place) -> None:
    with place.app.test_request_context():
        one, two = (profile_of(authority(place), "vb-7k3q.home.arpa") for _ in range(2))
    assert one == two


def test_only_what_proved_trust_is_told_to_come_by_https_alone(place: Place) -> None:
    client = place.client()
    for path in ("/trust", "/unlock", "/status"):
        assert "Strict-Transport-Security" not in client.get(path).headers
    answer = client.post("/trust/proved", headers=ORIGIN)
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
