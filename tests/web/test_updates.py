"""An update on the page: brought in parts, shown, asked for; root does the rest."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.appliance.updates import made
from tests.tokens import browsed
from tests.web.conftest import ORIGIN, Place
from vigbox.appliance.updates.judge import Installed
from vigbox.appliance.updates.place import this_boot
from vigbox.appliance.updates.release import MAGIC
from vigbox.casework.tables import AuditEvent
from vigbox.seal.signing import SigningKey
from vigbox.store.uploads import PART_BYTES
from vigbox.web.app import create_app
from vigbox.web.updating import Updating

KEY = SigningKey.generate()
PACKAGE = bytes(range(256)) * 9000
HERE = Installed("0.1.0", "arm64", "0008")


def update_of(key: SigningKey = KEY, **facts: Any) -> bytes:
    told = {"arch": "arm64", "schema": "0008", "changes": "- The lamp is calmer <b>now</b>."}
    return made.update_of(PACKAGE, key, **told | facts)


@pytest.fixture
def updating(place: Place) -> Iterator[Updating]:
    found = replace(
        place.services.updating, trusted=lambda: [KEY.verify_key], installed=lambda _: HERE
    )
    found.forget()
    found.place.told.unlink(missing_ok=True)
    yield found
    found.forget()
    for each in (found.place.told, found.place.wish):
        each.unlink(missing_ok=True)


@pytest.fixture
def client(place: Place, updating: Updating) -> FlaskClient:
    app = browsed(create_app(replace(place.services, updating=updating), ["localhost"]))
    client = app.test_client()
    passphrase = place.secrets.passphrase
    assert (
        client.post("/unlock", data={"passphrase": passphrase}, headers=ORIGIN).status_code == 302
    )
    return client


def bring(client: FlaskClient, data: bytes) -> Any:
    answer = None
    for at in range(0, len(data), PART_BYTES):
        answer = client.put(f"/updates/{at}", data=data[at : at + PART_BYTES], headers=ORIGIN)
        if answer.status_code != 200:
            break
    assert answer is not None
    return answer


def tell(updating: Updating, **facts: object) -> None:
    updating.place.told.write_text(json.dumps(facts))


def shown(page: str) -> str:
    return page.split('name="digest" value="', 1)[1].split('"', 1)[0]


def test_an_update_is_brought_in_parts_shown_and_asked_for(
    client: FlaskClient, updating: Updating, place: Place
) -> None:
    data = update_of()
    assert len(data) > PART_BYTES
    answer = bring(client, data)
    assert answer.json == {"offset": len(data), "part_bytes": PART_BYTES}
    page = client.get("/updates").text
    assert "This box has version 0.1.0." in page
    assert "Version 0.2.0" in page
    assert "calmer &lt;b&gt;now&lt;/b&gt;" in page
    assert updating.place.arrived.read_bytes() == data
    form = {"source": "page", "digest": shown(page)}
    assert client.post("/updates/install", data=form, headers=ORIGIN).status_code == 302
    wish = json.loads(updating.place.wish.read_text())
    assert wish == {"install": "page", "digest": form["digest"]}
    assert 'id="under-way"' in client.get("/updates").text
    desk = place.desk()
    with desk.session() as casework:
        events = casework.scalars(select(AuditEvent).where(AuditEvent.about == "0.2.0")).all()
        assert [each.what for each in events] == ["update asked for"]
    desk.close()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (update_of(SigningKey.generate()), "not signed by a key that this box trusts"),
        (update_of(arch="amd64"), "for amd64, and this box is arm64"),
        (update_of(version="0.0.1"), "older than 0.1.0"),
    ],
)
def test_what_may_not_be_installed_is_said_and_not_offered(
    client: FlaskClient, data: bytes, why: str
) -> None:
    bring(client, data)
    page = client.get("/updates").text
    assert why in page
    assert "install-page" not in page


def test_a_film_is_no_update(client: FlaskClient, updating: Updating) -> None:
    answer = bring(client, b"\0" * 100)
    assert answer.status_code == 422
    assert "no update of vigbox" in answer.json["error"]
    assert updating.size_bytes == 0


def test_a_damaged_update_is_found_before_root_is_asked(
    client: FlaskClient, updating: Updating
) -> None:
    data = bytearray(update_of())
    data[-1] ^= 1
    bring(client, bytes(data))
    form = {"source": "page", "digest": shown(client.get("/updates").text)}
    answer = client.post("/updates/install", data=form, headers=ORIGIN)
    assert answer.status_code == 409
    assert "damaged" in answer.text
    assert not updating.place.wish.exists()


def test_only_what_was_shown_is_installed(client: FlaskClient, updating: Updating) -> None:
    bring(client, update_of())
    before = shown(client.get("/updates").text)
    bring(client, update_of(version="0.3.0"))
    form = {"source": "page", "digest": before}
    assert client.post("/updates/install", data=form, headers=ORIGIN).status_code == 409
    assert not updating.place.wish.exists()


def test_a_part_that_does_not_follow_is_told_where_to_go_on(client: FlaskClient) -> None:
    client.put("/updates/0", data=MAGIC + b"more", headers=ORIGIN)
    answer = client.put("/updates/5", data=b"x", headers=ORIGIN)
    assert answer.status_code == 409
    assert answer.json == {"offset": len(MAGIC) + 4, "part_bytes": PART_BYTES}


def test_too_much_at_once_is_not_taken(client: FlaskClient) -> None:
    data = MAGIC + b"x" * PART_BYTES
    assert client.put("/updates/0", data=data, headers=ORIGIN).status_code == 413


def test_what_is_let_be_is_gone(client: FlaskClient, updating: Updating) -> None:
    bring(client, update_of())
    assert client.post("/updates/forget", headers=ORIGIN).status_code == 302
    assert updating.size_bytes == 0


def test_a_stick_s_update_is_offered_and_asked_for(client: FlaskClient, updating: Updating) -> None:
    tell(updating, state="offered", version="0.4.0", source="stick", changes="", digest="d")
    page = client.get("/updates").text
    assert "Version 0.4.0" in page
    form = {"source": "stick", "digest": shown(page)}
    assert client.post("/updates/install", data=form, headers=ORIGIN).status_code == 302
    wish = json.loads(updating.place.wish.read_text())
    assert wish == {"install": "stick", "digest": "d"}


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"state": "done", "version": "0.1.0"}, "0.1.0 was installed and is well"),
        ({"state": "gone back", "version": "0.2.0", "before": "0.1.0", "why": "X."},
         "Nothing was lost. X."),
        ({"state": "gone back", "version": "0.2.0", "before": "0.1.0", "why": "X.",
          "is_database_put_back": True}, "what was noted since is kept aside on the box. X."),
        ({"state": "refused", "why": "It is too old."}, "It is too old."),
        ({"state": "waiting", "version": "0.2.0"}, "waits until nothing is filmed"),
        ({"state": "proving", "version": "0.2.0"}, "makes sure that all is well"),
    ],
)  # fmt: skip
def test_how_it_went_is_said(
    client: FlaskClient, updating: Updating, facts: dict[str, Any], said: str
) -> None:
    tell(updating, **facts)
    assert said in client.get("/updates").text
    under_way = facts["state"] in ("waiting", "proving")
    assert client.get("/updates/state").json == {"state": facts["state"], "under_way": under_way}


def test_nothing_is_taken_or_asked_while_one_is_under_way(
    client: FlaskClient, updating: Updating
) -> None:
    tell(updating, state="installing", version="0.2.0")
    assert bring(client, update_of()).status_code == 422
    form = {"source": "stick", "digest": "d"}
    assert client.post("/updates/install", data=form, headers=ORIGIN).status_code == 409


@pytest.mark.parametrize("state", ["installing", "proving", "going back"])
def test_what_another_boot_told_shuts_the_page_no_more(
    client: FlaskClient, updating: Updating, state: str
) -> None:
    told = {"state": state, "version": "0.2.0", "before": "0.1.0"}
    tell(updating, **told, boot="another")
    assert client.get("/updates/state").json == {"state": state, "under_way": False}
    assert 'id="give"' in client.get("/updates").text
    assert bring(client, update_of()).status_code == 200
    tell(updating, **told, boot=this_boot())
    assert client.get("/updates/state").json == {"state": state, "under_way": True}
    assert 'id="give"' not in client.get("/updates").text


def test_while_a_version_proves_itself_the_box_stays_locked(
    place: Place, updating: Updating
) -> None:
    app = browsed(create_app(replace(place.services, updating=updating), ["localhost"]))
    form = {"passphrase": place.secrets.passphrase}
    tell(updating, state="proving", boot=this_boot(), locked_until_s=1e12)
    answer = app.test_client().post("/unlock", data=form, headers=ORIGIN)
    assert answer.status_code == 503
    assert "Unlock it in two minutes" in answer.text
    sheet = {"identity": place.secrets.recovery}
    assert app.test_client().post("/recover", data=sheet, headers=ORIGIN).status_code == 503
    # a word that outlived its boot, or its time, keeps nobody out
    over = {"boot": this_boot(), "locked_until_s": 0}
    for facts in ({"boot": "another", "locked_until_s": 1e12}, over):
        tell(updating, state="proving", **facts)
        assert app.test_client().post("/unlock", data=form, headers=ORIGIN).status_code == 302


def test_a_box_that_is_no_package_says_so(place: Place) -> None:
    page = place.unlocked().get("/updates").text
    assert "not installed as a Debian package" in page
    assert 'id="give"' not in page


def test_nobody_brings_an_update_to_a_locked_box(place: Place, updating: Updating) -> None:
    answer = place.client().put("/updates/0", data=update_of()[:100], headers=ORIGIN)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/unlock")
    assert updating.size_bytes == 0


def test_the_page_health_tells_how_the_last_update_went(
    client: FlaskClient, updating: Updating
) -> None:
    told = {"version": "0.2.0", "before": "0.1.0", "why": "The page does not answer."}
    for state, said in (
        ("gone back", "went back to 0.1.0: The page does not answer."),
        ("refused", "was not installed: The page does not answer."),
        ("proving", "Version 0.2.0 is being installed."),
    ):
        tell(updating, state=state, **told)
        assert said in client.get("/health").text
    tell(updating, state="done", **told)
    assert 'data-about="update"' not in client.get("/health").text
