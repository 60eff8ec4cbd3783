"""The page's token: nothing changes without it, and nothing that was typed is lost for its sake."""

import io
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

import vigbox.demo
import vigbox.web
from tests.tokens import Browser
from tests.web.conftest import ORIGIN, Place
from tests.web.test_guard import IN_PLACE, WRITE
from vigbox.web.tokens import HEADER

PAGE = {**ORIGIN, "Sec-Fetch-Mode": "navigate"}


def stranger(client: FlaskClient) -> FlaskClient:
    """The same browser with a page from before: it knows no token of this session."""
    assert isinstance(client, Browser)
    client.is_ours = False
    return client


@pytest.mark.parametrize("path", WRITE)
def test_nothing_is_changed_without_a_token(place: Place, path: str) -> None:
    client = stranger(place.unlocked())
    before = [each["do"] for each in place.recorder.asked if each["do"] != "status"]
    answer = client.open(path, method=IN_PLACE.get(path, "POST"), headers=ORIGIN)
    assert answer.status_code == 400
    assert "Load it again" in answer.text
    assert before == [each["do"] for each in place.recorder.asked if each["do"] != "status"]


def test_another_session_s_token_is_none_of_ours(place: Place) -> None:
    told = place.client()
    assert isinstance(told, Browser)
    foreign = told.get("/unlock").text
    (token,) = set(re.findall(r'name="csrf_token" value="([^"]+)"', foreign))
    client = stranger(place.unlocked())
    client.get("/cases")
    answer = client.post("/cases", data={"code": "VIG-99", "csrf_token": token}, headers=ORIGIN)
    assert answer.status_code == 400


def test_a_script_is_given_a_new_token_with_the_refusal(place: Place) -> None:
    client = stranger(place.unlocked())
    refused = client.post("/box/start", headers=ORIGIN)
    fresh = refused.headers[HEADER]
    assert client.post("/box/start", headers={**ORIGIN, HEADER: fresh}).status_code != 400


def test_an_old_page_is_answered_with_what_was_typed_and_a_token_that_counts(place: Place) -> None:
    client = stranger(place.unlocked())
    words = '<b>What soothes "him"?</b>\nAnd her?'
    typed = {"code": "VIG-8", "question": words, "csrf_token": "old"}
    shown = client.post("/cases?from=here", data=typed, headers=PAGE)
    assert shown.status_code == 400
    assert 'action="/cases?from=here"' in shown.text
    assert "&lt;b&gt;What soothes &#34;him&#34;?&lt;/b&gt;\nAnd her?</textarea>" in shown.text
    (token,) = set(re.findall(r'name="csrf_token" value="([^"]+)"', shown.text))
    again = client.post("/cases", data={**typed, "csrf_token": token}, headers=PAGE)
    assert again.status_code == 302, again.text


def test_secrets_are_typed_again_and_not_sent_back(place: Place) -> None:
    client = stranger(place.client())
    shown = client.post("/unlock", data={"passphrase": place.secrets.passphrase}, headers=PAGE)
    assert place.secrets.passphrase not in shown.text
    assert 'name="passphrase" type="password"' in shown.text


def test_a_locked_page_keeps_what_was_typed_and_sends_it_after_an_unlock(place: Place) -> None:
    client = place.unlocked()
    client.post("/lock", headers=ORIGIN)
    typed = {"code": "VIG-9", "question": "What soothes him?"}
    shown = client.post("/cases", data=typed, headers=PAGE)
    assert shown.status_code == 403
    assert "unlock the box in another tab" in shown.text
    assert "What soothes him?" in shown.text
    (token,) = set(re.findall(r'name="csrf_token" value="([^"]+)"', shown.text))
    client.post("/unlock", data={"passphrase": place.secrets.passphrase}, headers=ORIGIN)
    stranger(client)
    assert (
        client.post("/cases", data={**typed, "csrf_token": token}, headers=PAGE).status_code == 302
    )


class Unread(io.BytesIO):
    """A body that is still on its way: whoever reads it would wait."""

    def read(self, _size: int | None = -1, /) -> bytes:
        raise AssertionError("it is waited for")

    readinto = read  # type: ignore[assignment]  # neither gives anything


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/updates/state"),
        ("PUT", "/updates/0"),
        ("PUT", "/imports/x/0"),
        ("GET", "/cases/x/consent/ask"),
        ("POST", "/cases/x/consent/ask"),
    ],
)
def test_a_locked_page_waits_for_no_body_that_is_passed_on_as_it_arrives(
    place: Place, method: str, path: str
) -> None:
    told = PAGE | {"Content-Type": "application/x-www-form-urlencoded"}
    body = Unread(b"code=VIG-8")
    answer = place.client().open(path, method=method, headers=told, input_stream=body)
    assert answer.headers["Location"] == "/unlock"


def test_a_locked_page_with_nothing_typed_leads_to_the_door(place: Place) -> None:
    answer = place.client().post("/cases", data={"code": ""}, headers=PAGE)
    assert answer.headers["Location"] == "/unlock"


def test_machines_need_none(place: Place) -> None:
    client = stranger(place.client())
    assert client.post("/api/pair/begin", json={}).status_code not in (302, 403)


def test_every_form_that_changes_something_carries_a_token() -> None:
    forms = re.compile(
        r"<form\b((?:\{\{.*?\}\}|\{%.*?%\}|[^>{])*)>(\{\{ token\(\) \}\})?", re.DOTALL
    )
    without = [
        f"{path.name}: {told.strip()}"
        for package in (vigbox.web, vigbox.demo)
        for path in Path(next(iter(package.__path__))).rglob("*.html")
        for told, token in forms.findall(path.read_text())
        if 'method="post"' in told and not token
    ]
    assert without == []


def test_every_script_sends_its_changes_with_a_token() -> None:
    change = re.compile(r"\bfetch\([^;]*?method(?!: \"HEAD\")")
    without = [
        path.name
        for package in (vigbox.web, vigbox.demo)
        for path in Path(next(iter(package.__path__))).rglob("*.js")
        if path.name != "send.js" and change.search(path.read_text())
    ]
    assert without == []
