"""The settings' page: what is saved, what is refused, and what the rest of the box sees."""

import io
import json
import subprocess
import tomllib
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.web.conftest import ORIGIN, Place, a_family
from vigbox.casework.prompts import SHIPPED
from vigbox.casework.service import POLICIES
from vigbox.casework.tables import AuditEvent

FORM: dict[str, object] = {
    "controller": "Youth care Amstel",
    "address": "Kade 1\r\nAmsterdam",
    "data_protection": "dpo@example.org",
    "complaints": "",
    "retention_mode": "temporary tool",
    "retention_days": "30",
    "consent_policy": "before filming",
    "consent_days": "",
    "vocabulary": "verp",
    "prompts": "vig",
    "language": "en",
    "languages": ["en", "nl"],
}


@pytest.fixture
def client(place: Place) -> Iterator[FlaskClient]:
    yield place.unlocked()
    for path in (place.layout.service, place.layout.own_vocabulary, place.layout.own_prompts):
        path.unlink(missing_ok=True)
    place.services.service.read()


def save(place: Place, client: FlaskClient, **changed: object) -> TestResponse:
    form = FORM | {"known": place.services.service.version} | changed
    return client.post("/service", data=form, headers=ORIGIN)


def audited(place: Place) -> list[str]:
    desk = place.desk()
    with desk.session() as casework:
        rows = select(AuditEvent.what).where(AuditEvent.about == "service")
        told = list(casework.scalars(rows))
    desk.close()
    return told


def test_what_is_settled_holds_at_once_and_is_audited(place: Place, client: FlaskClient) -> None:
    before = len(audited(place))
    answer = save(place, client)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/service?saved=1")
    facts = tomllib.loads(place.layout.service.read_text())
    assert (facts["retention_days"], facts["address"]) == (30, "Kade 1\nAmsterdam")
    assert place.services.vocabulary.key == "verp"
    page = client.get("/service").text
    assert "Youth care Amstel" in page
    assert 'lang="de">Deutsch</button>' not in page.partition("<footer")[2]
    (told,) = audited(place)[before:]
    assert "retention days as the box to 30" in told
    assert "Amstel" not in told


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"retention_days": "sixty"}, "days must be a whole number, not &#39;sixty&#39;"),
        ({"retention_days": "99999"}, "whole number up to 3650"),
        ({"retention_days": "٦٠"}, "days must be a whole number"),
        ({"consent_policy": "never"}, "must be one of before filming, ask before review"),
        ({"erase_after_sync": "all"}, "must be one of keep, exports, films"),
        ({"vocabulary": "own"}, "no file of your own vocabulary"),
        ({"languages": ["de"]}, "must be among those it offers"),
        ({"controller": "x" * 200}, "may have 120 letters"),
        ({"known": "0" * 64}, "on another tablet meanwhile"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_was_changed(
    place: Place, client: FlaskClient, changed: dict[str, object], told: str
) -> None:
    save(place, client)
    before, events = place.layout.service.read_bytes(), audited(place)
    answer = save(place, client, **changed)
    assert answer.status_code == 400
    assert "Nothing was changed" in answer.text
    assert told in answer.text
    assert place.layout.service.read_bytes() == before
    assert audited(place) == events


def test_a_damaged_file_is_told_on_the_page(place: Place, client: FlaskClient) -> None:
    place.layout.service.write_text("colour = 'blue'")
    place.services.service.read()
    page = client.get("/service").text
    assert "&#39;colour&#39; must be one of" in page
    assert "erases nothing by its age" in page
    assert client.get("/").status_code == 200
    assert save(place, client).status_code == 302
    assert 'id="trouble"' not in client.get("/service").text


def test_both_consent_policies_can_be_chosen_and_say_what_they_do(
    place: Place, client: FlaskClient
) -> None:
    for chosen in POLICIES:
        assert save(place, client, consent_policy=chosen, unfiled_days="9").status_code == 302
        page = client.get("/service").text
        for each in POLICIES:
            (line,) = (one for one in page.splitlines() if f'value="{each}"' in one)
            assert (" checked>" in line) is (each == chosen)
        assert 'id="unfiled_days"' in page
        assert 'value="9"' in page
    assert "Nobody can see anything of it until it is filed" in page
    save(place, client)


def test_prompts_of_ones_own_come_and_go_as_a_file(place: Place, client: FlaskClient) -> None:
    shipped = client.get("/service/prompts.toml").data
    assert shipped == (SHIPPED / "vig.toml").read_bytes()
    ours = shipped.replace(b"What do you see here?", b"What do you notice?")
    for data, status in ((b"key = ", 400), (ours, 302)):
        files = {"file": (io.BytesIO(data), "prompts.toml")}
        answer = client.post("/service/prompts", data=files, headers=ORIGIN)
        assert answer.status_code == status, answer.text
    assert "What do you notice?" in client.get("/service").text
    assert client.get("/service/prompts.toml").data == ours
    assert client.post("/service/elsewhere", headers=ORIGIN).status_code == 404
    assert client.get("/service/elsewhere.toml").status_code == 404
    assert place.services.prompts.prompts[0].ask.label("en") == "What do you notice?"


def test_a_language_that_is_not_offered_is_not_spoken(place: Place, client: FlaskClient) -> None:
    save(place, client)
    client.post("/language", data={"language": "de"}, headers=ORIGIN)
    assert '<html lang="en">' in client.get("/service").text


def test_the_recovery_sheet_settles_nothing(place: Place, client: FlaskClient) -> None:
    spare = place.client()
    answer = spare.post("/recover", data={"identity": place.secrets.recovery}, headers=ORIGIN)
    assert answer.status_code == 302
    before = audited(place)
    for answer in (save(place, spare), spare.post("/service/prompts", headers=ORIGIN)):
        assert answer.status_code == 400
        assert "only a practitioner of the box" in answer.text
    assert audited(place) == before
    assert not place.layout.service.exists()
    assert client.get("/service").status_code == 200


def test_forms_and_certificates_say_who_answers(place: Place, client: FlaskClient) -> None:
    case, mother, _ = a_family(place, "SAYS-1")
    asked = f"/cases/{case}/consent/ask?who={mother}"
    assert "responsible" not in client.get(asked).text, "a service that said nothing"
    save(place, client)
    for path in (asked, f"/cases/{case}/consent-form"):
        page = client.get(path).text
        assert "Youth care Amstel, Kade 1, Amsterdam" in page, path
        assert "dpo@example.org" in page
        assert "not content" not in page, "what was not said has no heading"
    client.post(f"/cases/{case}/withdraw", data={"code": "SAYS-1"}, headers=ORIGIN)
    page = client.get(f"/cases/{case}").text
    path = page.partition("certificate.pdf")[0].rpartition('"')[2] + "certificate.pdf"
    assert "Youth care Amstel, Kade 1, Amsterdam" in printed(client, path)


@pytest.mark.parametrize(("state", "is_told"), [("gone back", True), ("done", False)])
def test_a_certificate_tells_what_an_update_may_have_kept_aside(
    place: Place, client: FlaskClient, state: str, *, is_told: bool
) -> None:
    case, *_ = a_family(place, f"SAYS-{len(state)}")
    client.post(f"/cases/{case}/withdraw", data={"code": f"SAYS-{len(state)}"}, headers=ORIGIN)
    page = client.get(f"/cases/{case}").text
    path = page.partition("certificate.pdf")[0].rpartition('"')[2] + "certificate.pdf"
    assert "kept aside" not in printed(client, path)
    told = place.services.updating.place.told
    told.write_text(json.dumps({"state": state}))
    assert ("kept aside" in printed(client, path)) == is_told
    told.unlink()


def printed(client: FlaskClient, path: str) -> str:
    paper = subprocess.run(
        ["pdftotext", "-", "-"], input=client.get(path).data, capture_output=True, check=True
    )
    return " ".join(paper.stdout.decode().split())
