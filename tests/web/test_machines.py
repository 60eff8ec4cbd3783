"""The page of machines: a code only for somebody who is unlocked and holds the box's button."""

import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from tests.certificates import issue
from tests.web.conftest import ORIGIN, Place
from vigbox.appliance.certificates import authority_fingerprint
from vigbox.seal.identities import X25519Identity

CODE = re.compile(r'id="code">(\d{3} \d{3})<')


@pytest.fixture
def client(place: Place) -> Iterator[FlaskClient]:
    client = place.unlocked()
    yield client
    place.services.pairing.close()
    place.recorder.is_pairing_asked = False


def asked(client: FlaskClient) -> str:
    answer = client.post("/machines/pair", headers=ORIGIN)
    assert answer.status_code == 200
    return answer.text


def hold(place: Place) -> None:
    place.recorder.holds += 1
    place.recorder.is_pairing_asked = True


def test_without_a_held_button_it_says_to_hold_it(place: Place, client: FlaskClient) -> None:
    assert "Hold the box's button for 5 seconds" in asked(client)
    assert not place.services.pairing.is_open
    assert client.get("/machines/pairing").get_json()["held"] is False


def test_a_held_button_opens_the_window_once(place: Place, client: FlaskClient) -> None:
    hold(place)
    assert client.get("/machines/pairing").get_json()["held"] is True
    assert CODE.search(asked(client))
    assert place.services.pairing.is_open
    assert client.get("/machines/pairing").get_json()["held"] is False
    place.services.pairing.close()
    assert not CODE.search(asked(client)), "one hold is one window"
    hold(place)
    assert CODE.search(asked(client))


def test_a_locked_page_opens_nothing_and_the_hold_stays(place: Place, client: FlaskClient) -> None:
    hold(place)
    answer = place.client().post("/machines/pair", headers=ORIGIN)
    assert (answer.status_code, answer.location) == (302, "/unlock")
    assert not place.services.pairing.is_open
    assert CODE.search(asked(client))


def test_the_code_is_shown_on_no_other_answer(place: Place, client: FlaskClient) -> None:
    hold(place)
    found = CODE.search(asked(client))
    assert found
    for path in ("/machines", "/machines/pairing", "/status"):
        assert found[1] not in client.get(path).text


def test_a_lock_closes_the_window(place: Place, client: FlaskClient) -> None:
    hold(place)
    asked(client)
    client.post("/lock", headers=ORIGIN)
    assert not place.services.pairing.is_open


def test_a_revoked_machine_is_gone_from_the_list(place: Place, client: FlaskClient) -> None:
    recipient = str(X25519Identity.generate().recipient)
    machine, _ = place.services.machines.add("old laptop", recipient, issue)
    assert "old laptop" in client.get("/machines").text
    client.post(f"/machines/{machine.id}/revoke", headers=ORIGIN)
    assert "old laptop" not in client.get("/machines").text
    assert place.services.machines.get(machine.id).is_revoked


def test_another_tablet_is_told_the_address_and_whom_to_trust(
    place: Place, client: FlaskClient
) -> None:
    page = client.get("/machines").text.replace("<wbr>", "")
    authority = authority_fingerprint(place.layout)
    assert f'id="authority">{authority}<' in page
    assert 'src="data:image/svg+xml' in page


def test_anybody_gets_the_authority_and_no_key_with_it(place: Place) -> None:
    answer = place.client().get("/authority.crt")
    pem = place.client().get("/authority.pem")
    assert pem.text == place.layout.authority.read_text()
    assert answer.mimetype == "application/x-x509-ca-cert"
    assert b"PRIVATE" not in answer.data
