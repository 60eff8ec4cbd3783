"""The pages of a box that is not set up: one step after the other, once, nothing kept early."""

import io
import re
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pypdf
import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.tokens import browsed
from tests.web.conftest import ORIGIN
from vigbox.appliance import settling
from vigbox.appliance.settling import put_in_place
from vigbox.appliance.waiting import prepare
from vigbox.appliance.wifi_state import Problem, WifiState
from vigbox.casework.service_file import ServiceFile
from vigbox.config import Settings
from vigbox.seal.keyring import Keyring
from vigbox.store.durable import save
from vigbox.store.layout import Layout
from vigbox.web import set_up
from vigbox.web.drafts import Drafts, SetUpError
from vigbox.web.fronted import Fronted
from vigbox.web.set_up import SetUp
from vigbox.web.set_up_app import create_set_up_app


@dataclass
class Fresh:
    """A box that is not set up, and its app."""

    layout: Layout
    at: SetUp
    app: Flask

    def client(self) -> FlaskClient:
        return self.app.test_client()


@pytest.fixture
def fresh(tmp_path: Path) -> Fresh:
    settings = Settings(data=tmp_path / "data", run=tmp_path, work_factor=15)
    layout = Layout(settings.data)
    layout.create()
    at = SetUp(layout, settings, prepare(layout, [settings.address]).box)
    return Fresh(layout, at, browsed(create_set_up_app(at, ["localhost"])))


def sent(client: FlaskClient, step: str, **facts: str) -> str:
    """Send a step's form; gives the page that comes of it."""
    return client.post(f"/setup/{step}", data=facts, headers=ORIGIN, follow_redirects=True).text


def begun(fresh: Fresh) -> tuple[FlaskClient, list[str]]:
    """A browser that was shown its passphrase; gives the words."""
    client = fresh.client()
    sent(client, "begin")
    sent(client, "service", controller="Youth service")
    return client, re.findall(r"<li>([a-z-]+)</li>", sent(client, "you", name=" Anna  B "))


def number(page: str) -> int:
    (found,) = re.findall(r"Word (\d+) ", page)
    return int(found)


def written(client: FlaskClient, words: list[str]) -> str:
    page = client.get("/setup/written").text
    return sent(client, "written", word=words[number(page) - 1].upper())


def paper(client: FlaskClient) -> dict[int, str]:
    found = pypdf.PdfReader(io.BytesIO(client.get("/setup/sheet.pdf").data))
    text = "\n".join(each.extract_text() for each in found.pages)
    return {int(n): word for n, word in re.findall(r"(?m)^(\d+) ([a-z-]+)$", text)}


def finished(client: FlaskClient, words: list[str]) -> str:
    return sent(client, "sheet", **proof(client, words))


def proof(client: FlaskClient, words: list[str]) -> dict[str, str]:
    """Read back what is kept; gives what the last form says."""
    page = written(client, words)
    return {"word": paper(client)[number(page)], "erased": "on"}


def test_from_the_first_page_to_a_box_that_the_words_open(fresh: Fresh) -> None:
    client, words = begun(fresh)
    assert "The box is set up" in finished(client, words)
    put_in_place(fresh.layout)
    (path,) = fresh.layout.practitioners.glob("*.age")
    Keyring().unlock(path.read_bytes(), "-".join(words))
    service = ServiceFile(fresh.layout, fresh.at.settings).now
    assert (service.controller, service.language) == ("Youth service", "en")


def test_nothing_is_written_before_the_last_step(fresh: Fresh) -> None:
    before = sorted(fresh.layout.data.rglob("*"))
    client, words = begun(fresh)
    written(client, words)
    paper(client)
    assert sorted(fresh.layout.data.rglob("*")) == before


def test_the_words_are_shown_again_until_one_was_read_back_and_never_after(fresh: Fresh) -> None:
    client, words = begun(fresh)
    assert all(each in client.get("/setup/passphrase").text for each in words)
    assert not any(f">{each}<" in client.get("/setup/written").text for each in words)
    assert "not word" in sent(client, "written", word="wrong")
    assert client.get("/setup/passphrase").status_code == 200
    written(client, words)
    for step in ("passphrase", "written", "you"):
        answer = client.get(f"/setup/{step}")
        assert answer.headers["Location"] == "/setup/sheet"


def test_a_name_typed_again_keeps_the_words_that_were_written_down(fresh: Fresh) -> None:
    client, words = begun(fresh)
    again = sent(client, "you", name="Anna")
    assert re.findall(r"<li>([a-z-]+)</li>", again) == words


@pytest.mark.parametrize("name", ["", "   ", "A\x07", "\u2028"])
def test_a_name_is_needed(fresh: Fresh, name: str) -> None:
    client = fresh.client()
    sent(client, "begin")
    sent(client, "service", controller="Youth service")
    assert "Type the name" in sent(client, "you", name=name)
    assert client.get("/setup/passphrase").headers["Location"] == "/setup/you"


def test_what_a_service_may_not_say_is_told_and_stays_in_the_form(fresh: Fresh) -> None:
    client = fresh.client()
    sent(client, "begin")
    shown = sent(client, "service", controller="x" * 121, address="North 1")
    assert "may have 120 letters" in shown
    assert "North 1" in shown


def test_no_step_is_skipped(fresh: Fresh) -> None:
    client = fresh.client()
    for path in ("/setup/service", "/setup/sheet", "/setup/done"):
        assert client.get(path).headers["Location"] == "/"
    assert client.get("/setup/sheet.pdf").status_code == 404
    sent(client, "begin")
    assert client.get("/setup/sheet").headers["Location"] == "/setup/service"
    sent(client, "sheet", word="wrong")
    assert not fresh.layout.settled.exists()
    client, _words = begun(fresh)
    assert client.get("/setup/sheet.pdf").status_code == 404
    sent(client, "sheet", word="wrong")
    assert not fresh.layout.settled.exists()


def test_a_browser_sees_nothing_of_another_s(fresh: Fresh) -> None:
    client, words = begun(fresh)
    other = fresh.client()
    for step in ("passphrase", "written", "sheet"):
        assert other.get(f"/setup/{step}").headers["Location"] == "/"
    assert other.get("/setup/sheet.pdf").status_code == 404
    _other, theirs = begun(fresh)
    assert theirs != words
    written(client, words)


def test_the_sheet_can_be_written_by_hand(fresh: Fresh) -> None:
    client, words = begun(fresh)
    page = written(client, words)
    (draft,) = fresh.at.drafts._drafts.values()
    assert draft.keys is not None
    shown = re.search(r'id="secret">([A-Z0-9\s-]+)<', page)
    assert shown
    assert "".join(shown[1].split()) == draft.keys.sheet.secret
    numbered = dict(enumerate(re.findall(r"<li>([a-z-]+)</li>", page), 1))
    assert numbered == paper(client)
    assert client.get("/setup/sheet").headers["Cache-Control"] == "no-store"


def test_a_file_of_the_sheet_must_be_gone_before_it_counts(fresh: Fresh) -> None:
    client, words = begun(fresh)
    last = proof(client, words)
    told = sent(client, "sheet", word=last["word"])
    assert "First erase the sheet" in told
    assert not fresh.layout.settled.exists()
    wrong = sent(client, "sheet", word="wrong", erased="on")
    assert re.search(r'name="erased" required checked', wrong), "said once is enough"
    assert "The box is set up" in sent(client, "sheet", **last)


def test_an_answer_that_was_lost_is_no_other_tablet(fresh: Fresh) -> None:
    client, words = begun(fresh)
    last = proof(client, words)
    before = client.get_cookie("vigbox")
    assert before
    sent(client, "sheet", **last)
    # neither the answer nor the cookie in it arrives
    client.set_cookie("vigbox", before.value)
    assert "The box is set up" in client.get("/setup/sheet", follow_redirects=True).text
    assert "The box is set up" in sent(client, "sheet", **last), "nor when it is sent again"
    put_in_place(fresh.layout)
    assert "The box is set up" in client.get("/setup/done").text


def test_a_last_step_sent_twice_is_done_once(fresh: Fresh, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second comes while the first is at work, as an impatient reload does."""
    client, words = begun(fresh)
    last = proof(client, words)
    cookie = client.get_cookie("vigbox")
    assert cookie
    again = fresh.client()
    again.set_cookie("vigbox", cookie.value)
    with ThreadPoolExecutor(1) as beside:
        later: list[Future[str]] = []

        def settle(*given: Any) -> None:
            if not later:
                later.append(beside.submit(sent, again, "sheet", **last))
            settling.settle(*given)

        monkeypatch.setattr(set_up, "settle", settle)
        assert "The box is set up" in sent(client, "sheet", **last)
        assert "The box is set up" in later[0].result(60)
    put_in_place(fresh.layout)
    assert len(list(fresh.layout.practitioners.glob("*.age"))) == 1


def test_a_set_up_that_failed_is_nobodys(fresh: Fresh, monkeypatch: pytest.MonkeyPatch) -> None:
    client, words = begun(fresh)

    def fail(*_given: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(set_up, "settle", fail)
    assert "The card failed: No space left" in finished(client, words)
    save(fresh.layout.settled, b"")  # by somebody else
    assert "done with another tablet" in client.get("/", follow_redirects=True).text


OWN, OFFICE = "10.42.0.1", "192.0.2.7"
UP = WifiState("vb-7k3q", OWN, is_up=True)
DOWN = WifiState(problems=(Problem("no-radio"),))


def by(address: str) -> dict[str, str]:
    """As nginx says it: the address by which the box was reached."""
    return {"X-Vigbox-Address": address}


@pytest.mark.parametrize(
    ("wifi", "reached", "code"), [(UP, OWN, 200), (UP, OFFICE, 403), (DOWN, OFFICE, 200)]
)
def test_while_its_wi_fi_is_up_a_box_is_set_up_there_alone(
    fresh: Fresh, wifi: WifiState, reached: str, code: int
) -> None:
    fresh.at.wifi = lambda: wifi
    client = fronted(fresh)
    page = client.get("/", headers=by(reached))
    assert page.status_code == code
    assert ("Join the box" in page.text) is (code == 403)
    assert ('id="begin"' in page.text) is (code == 200)
    begun = client.post("/setup/begin", headers=HTTPS | by(reached))
    assert begun.status_code == (302 if code == 200 else 403)
    assert len(fresh.at.drafts._drafts) == (code == 200)


@pytest.mark.parametrize("step", ["begin", "service", "you", "written", "sheet"])
def test_nobody_goes_on_by_a_cable(fresh: Fresh, step: str) -> None:
    fresh.at.wifi = lambda: UP
    client = fronted(fresh)
    client.post("/setup/begin", headers=HTTPS | by(OWN))
    assert client.get("/setup/service", headers=by(OWN)).status_code == 200
    for headers in (by(OFFICE), {}):
        assert client.post(f"/setup/{step}", headers=HTTPS | headers).status_code == 403
        assert client.get("/setup/sheet.pdf", headers=headers).status_code == 403
    (draft,) = fresh.at.drafts._drafts.values()
    assert draft.service is None


def test_trust_is_handed_out_by_a_cable_too(fresh: Fresh) -> None:
    fresh.at.wifi = lambda: UP
    client = fronted(fresh)
    for path in ("/trust", "/trust/plain", "/authority.pem"):
        assert client.get(path, headers=by(OFFICE)).status_code == 200
    fresh.layout.box.write_text("{}")
    assert client.get("/", headers=by(OFFICE)).headers["Location"] == "/setup/done"


HTTPS = {"Origin": "https://localhost"}


def fronted(fresh: Fresh) -> FlaskClient:
    """A browser that comes through nginx."""
    fresh.app.wsgi_app = Fronted(fresh.app.wsgi_app)  # type: ignore[method-assign]  # as Flask documents it
    client = fresh.client()
    client.environ_base["wsgi.url_scheme"] = "https"
    return client


def test_a_second_person_is_refused_and_told_what_it_may_mean(fresh: Fresh) -> None:
    first, words = begun(fresh)
    second, theirs = begun(fresh)
    last = proof(second, theirs)
    finished(first, words)
    answer = second.post("/setup/sheet", data=last, headers=ORIGIN)
    assert answer.status_code == 409
    assert "set up already" in answer.text
    told = second.get("/", follow_redirects=True).text
    assert "done with another tablet" in told
    assert "data-follows" not in told, "it would leave before anybody read it"
    assert "done with another tablet" not in first.get("/", follow_redirects=True).text
    put_in_place(fresh.layout)
    (path,) = fresh.layout.practitioners.glob("*.age")
    Keyring().unlock(path.read_bytes(), "-".join(words))


@pytest.mark.parametrize(
    "path",
    ["/", "/setup/service", "/setup/you", "/setup/passphrase", "/setup/written", "/setup/sheet",
     "/setup/sheet.pdf"],
)  # fmt: skip
def test_a_box_with_a_box_json_shows_no_step_and_takes_none(fresh: Fresh, path: str) -> None:
    client, words = begun(fresh)
    fresh.layout.box.write_text("{}")
    assert client.get(path).headers["Location"] == "/setup/done"
    for step in ("begin", "service", "you", "written", "sheet"):
        answer = client.post(f"/setup/{step}", data={"word": words[0]}, headers=ORIGIN)
        assert answer.status_code == 409
    assert fresh.layout.box.read_text() == "{}"
    assert not list(fresh.layout.practitioners.iterdir())


@pytest.mark.parametrize(
    "left", ["recordings/0.mp4.age", "identities/cases/0.age", "arming/armed.json"]
)
def test_a_box_whose_box_json_is_missing_is_offered_to_nobody(fresh: Fresh, left: str) -> None:
    client, words = begun(fresh)
    last = proof(client, words)
    (fresh.layout.data / left).write_bytes(b"of this box")
    before = files(fresh.layout.data)
    for path in ("/", "/setup/sheet", "/setup/done"):
        answer = client.get(path)
        assert answer.status_code == 409
        assert "This box is not new" in answer.text
        assert "call whoever looks after the box" in answer.text
        assert 'id="begin"' not in answer.text
    answer = client.post("/setup/sheet", data=last, headers=ORIGIN)
    assert answer.status_code == 409
    assert files(fresh.layout.data) == before


def test_a_box_that_lost_its_id_is_offered_to_nobody(fresh: Fresh) -> None:
    client, _ = begun(fresh)
    fresh.layout.chosen_id.unlink()
    before = files(fresh.layout.data)
    answer = client.get("/")
    assert answer.status_code == 409
    assert "This box is not new" in answer.text
    assert "it gets no new name" in answer.text
    assert files(fresh.layout.data) == before


def files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_every_answer_is_guarded_as_the_box_s_own_pages_are(fresh: Fresh) -> None:
    client = fresh.client()
    answer = client.get("/")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 400
    foreign = {"Origin": "http://evil.example"}
    assert client.post("/setup/begin", headers=foreign).status_code == 403
    sent(client, "begin")
    client.is_ours = False  # type: ignore[attr-defined]  # the token is in the form that is too large
    large = client.post("/setup/service", data={"address": "x" * 70_000}, headers=ORIGIN)
    assert large.status_code == 413
    stranger = fresh.app.test_client()
    stranger.is_ours = False  # type: ignore[attr-defined]
    assert stranger.post("/setup/begin", headers=ORIGIN).status_code == 400
    page = stranger.post("/setup/begin", headers={**ORIGIN, "Sec-Fetch-Mode": "navigate"})
    assert (page.status_code, "Not sent yet" in page.text) == (400, True)


def test_the_pages_speak_what_the_tablet_chose_and_the_service_keeps_it(fresh: Fresh) -> None:
    client = fresh.client()
    client.post("/language", data={"language": "nl", "back": "/"}, headers=ORIGIN)
    assert 'lang="nl"' in client.get("/").text
    sent(client, "begin")
    sent(client, "service", controller="Jeugdhulp")
    (draft,) = fresh.at.drafts._drafts.values()
    assert draft.service is not None
    assert draft.service.language == "nl"


def test_drafts_that_nobody_touches_make_room() -> None:
    now = 0.0
    drafts = Drafts(lambda: now)
    for _ in range(12):
        with_passphrase(drafts, drafts.begin())
    with pytest.raises(SetUpError, match="too many"):
        drafts.begin()
    now = 3601.0
    token = drafts.begin()
    assert drafts.of(token) is not None
    assert drafts.of(None) is None


def with_passphrase(drafts: Drafts, token: str) -> None:
    draft = drafts.of(token)
    assert draft is not None
    draft.begin_keys("Anna", post_quantum=False)


def test_the_oldest_draft_without_a_passphrase_gives_way() -> None:
    now = 0.0
    drafts = Drafts(lambda: now)
    kept = drafts.begin()
    with_passphrase(drafts, kept)
    idle = []
    for _ in range(11):
        now += 1
        idle.append(drafts.begin())
    now += 1
    drafts.of(idle[0])
    begun = [drafts.begin(), drafts.begin()]
    assert all(drafts.of(each) for each in (kept, idle[0], *idle[3:], *begun))
    assert (drafts.of(idle[1]), drafts.of(idle[2])) == (None, None)
