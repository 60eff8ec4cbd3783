"""Who may open, from the page: each in a browser of their own."""

import contextlib
import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader
from werkzeug.test import TestResponse

from tests.paper import word_on_paper
from tests.web.conftest import ORIGIN, Place, until_settled
from vigbox.casework import practitioners, wraps
from vigbox.casework.practitioners import listed
from vigbox.casework.recovery import asked_of, current
from vigbox.seal.identities import X25519Identity
from vigbox.store.durable import save


def post(client: FlaskClient, path: str, **data: str) -> TestResponse:
    return client.post(path, data=data, headers=ORIGIN)


def who(place: Place, name: str) -> str:
    with contextlib.closing(place.desk()) as desk, desk.session() as casework:
        found = listed(casework, "practitioner", "supervisor")
        return next(each.id for each in found if each.name == name)


def words_on(answer: TestResponse) -> str:
    found = re.search('id="passphrase">([a-z-]+)<', answer.text)
    assert found, answer.text
    return found[1]


def let_in(place: Place, passphrase: str) -> FlaskClient:
    client = place.client()
    assert post(client, "/unlock", passphrase=passphrase).status_code == 302
    return client


@pytest.fixture
def anna(place: Place) -> FlaskClient:
    return place.unlocked()


@pytest.fixture
def berta(place: Place, anna: FlaskClient) -> FlaskClient:
    return let_in(place, words_on(post(anna, "/keys/practitioners", name="Berta", cases="on")))


@pytest.fixture(autouse=True)
def without_berta(place: Place, anna: FlaskClient) -> object:
    yield
    with contextlib.suppress(StopIteration):
        post(anna, f"/keys/practitioners/{who(place, 'Berta')}/remove")


def test_new_words_are_shown_on_one_answer_alone(place: Place, anna: FlaskClient) -> None:
    passphrase = words_on(post(anna, "/keys/practitioners", name="Berta"))
    assert passphrase not in anna.get("/keys/").text
    assert "Berta" in anna.get("/keys/").text
    assert let_in(place, passphrase).get("/keys/").status_code == 200


def test_a_name_that_is_taken_is_told_and_shows_no_words(anna: FlaskClient) -> None:
    answer = post(anna, "/keys/practitioners", name="Practitioner")
    assert answer.status_code == 400
    assert "not yet taken" in answer.text
    assert 'id="passphrase"' not in answer.text


def test_each_sees_their_own_cases(place: Place, anna: FlaskClient) -> None:
    words = words_on(post(anna, "/keys/practitioners", name="Berta"))
    berta = let_in(place, words)
    assert "What soothes him?" in anna.get(f"/cases/{place.case}").text
    assert "What soothes him?" not in berta.get(f"/cases/{place.case}").text
    post(anna, f"/cases/{place.case}/share", **{"with": who(place, "Berta")})
    assert "What soothes him?" in berta.get(f"/cases/{place.case}").text
    form = anna.get(f"/cases/{place.case}/consent-form").text
    assert "Berta</strong>, works with you" in form


def test_whoever_is_removed_is_out_at_once(
    place: Place, anna: FlaskClient, berta: FlaskClient
) -> None:
    assert berta.get("/keys/").status_code == 200
    assert post(anna, f"/keys/practitioners/{who(place, 'Berta')}/remove").status_code == 302
    assert berta.get("/keys/").status_code == 302
    assert anna.get("/keys/").status_code == 200, "the others stay"
    assert anna.get("/").status_code == 200, "and their database has another key"


def test_who_removes_themselves_is_led_to_the_door(place: Place, berta: FlaskClient) -> None:
    answer = post(berta, f"/keys/practitioners/{who(place, 'Berta')}/remove")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/unlock")


def test_words_are_changed_by_whoever_knows_them(place: Place, berta: FlaskClient) -> None:
    path = f"/keys/practitioners/{who(place, 'Berta')}/renew"
    answer = post(berta, path, passphrase="abacus-abdomen-abide-ability-able-abrasion")
    assert answer.status_code == 400
    assert 'id="passphrase"' not in answer.text
    passphrase = words_on(post(place.unlocked(), "/keys/practitioners", name="Carla"))
    carla = let_in(place, passphrase)
    fresh = words_on(
        post(carla, f"/keys/practitioners/{who(place, 'Carla')}/renew", passphrase=passphrase)
    )
    assert carla.get("/keys/").status_code == 200
    assert post(place.client(), "/unlock", passphrase=passphrase).status_code == 403
    assert let_in(place, fresh).get("/keys/").status_code == 200
    post(place.unlocked(), f"/keys/practitioners/{who(place, 'Carla')}/remove")


@pytest.fixture
def carla(place: Place, anna: FlaskClient) -> Iterator[str]:
    """A colleague's passphrase."""
    yield words_on(post(anna, "/keys/practitioners", name="Carla"))
    post(place.unlocked(), f"/keys/practitioners/{who(place, 'Carla')}/remove")


def renewed(place: Place, client: FlaskClient, passphrase: str) -> TestResponse:
    path = f"/keys/practitioners/{who(place, 'Carla')}/renew"
    return post(client, path, passphrase=passphrase)


def after(
    monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str, what: Callable[[], object]
) -> None:
    """Let something happen right after a step, the first time."""
    step = getattr(module, name)

    def then(*given: object) -> object:
        monkeypatch.setattr(module, name, step)
        came = step(*given)
        what()
        return came

    monkeypatch.setattr(module, name, then)


def test_a_colleague_who_locks_before_new_words_count_leaves_the_old_ones(
    place: Place, carla: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = let_in(place, carla)
    after(monkeypatch, practitioners, "keep_identity", place.services.door.lock)
    answer = renewed(place, client, carla)
    assert answer.status_code == 409
    assert 'id="passphrase"' not in answer.text
    assert let_in(place, carla).get("/keys/").status_code == 200


def test_a_colleague_who_locks_once_new_words_count_hides_them_from_nobody(
    place: Place, carla: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = let_in(place, carla)
    after(monkeypatch, practitioners, "_take_place", place.services.door.lock)
    answer = renewed(place, client, carla)
    assert "counts already" in answer.text
    assert "status.js" not in answer.text, "it leaves for the door"
    assert client.get("/keys/").status_code == 302
    assert let_in(place, words_on(answer)).get("/keys/").status_code == 200
    assert post(place.client(), "/unlock", passphrase=carla).status_code == 403


def test_a_card_that_fails_at_any_moment_of_a_change_leaves_words_that_somebody_knows(
    place: Place, carla: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = 0

    def fail(path: Path, data: bytes) -> None:
        nonlocal written
        written -= 1
        if written < 0:
            raise OSError("the card is full")
        save(path, data)

    monkeypatch.setattr(wraps, "save", fail)
    seen = set()
    for count in range(5):
        client, written = let_in(place, carla), 1 << 20
        until_settled()
        written = count
        answer = renewed(place, client, carla)
        seen.add(answer.status_code)
        if answer.status_code == 200:
            carla = words_on(answer)
        written = 1 << 20
        assert "the card is full" in answer.text or count == 4
        assert let_in(place, carla).get("/keys/").status_code == 200
    assert seen == {200, 400}


def test_a_colleague_cannot_change_them(place: Place, anna: FlaskClient) -> None:
    post(anna, "/keys/practitioners", name="Berta")
    answer = post(anna, f"/keys/practitioners/{who(place, 'Berta')}/renew")
    assert answer.status_code == 400
    assert "by its owner" in answer.text


def test_the_sheet_lets_in_and_gives_new_words(place: Place, anna: FlaskClient) -> None:
    post(anna, "/keys/practitioners", name="Berta")
    client = place.client()
    spaced = " ".join(re.findall(".{1,5}", place.secrets.recovery)).lower()
    answer = post(client, "/recover", identity=spaced)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/keys/")
    assert "Unlocked with the recovery sheet" in client.get("/keys/").text
    words = words_on(post(client, f"/keys/practitioners/{who(place, 'Berta')}/renew"))
    assert let_in(place, words).get("/keys/").status_code == 200


@pytest.mark.parametrize("text", ["", "nonsense", "AGE-SECRET-KEY-1QQ"])
def test_what_is_no_sheet_says_so(place: Place, text: str) -> None:
    answer = post(place.client(), "/recover", identity=text)
    assert answer.status_code == 403
    assert 'role="alert"' in answer.text


def test_the_sheet_of_another_box_lets_nobody_in(place: Place) -> None:
    client = place.client()
    answer = post(client, "/recover", identity=X25519Identity.generate().secret_text())
    assert answer.status_code == 403
    assert "not the recovery sheet of this box" in answer.text
    assert client.get("/keys/").status_code == 302


def test_the_first_sheet_is_proved_by_its_word(place: Place, anna: FlaskClient) -> None:
    with contextlib.closing(place.desk()) as desk, desk.session() as casework:
        number = asked_of(current(casework))
    assert "not proved yet" in anna.get("/keys/").text
    answer = post(anna, "/keys/sheet/prove", number=str(number), word="nonsense")
    assert answer.status_code == 400
    word = place.secrets.sheet.words[number - 1]
    post(anna, "/keys/sheet/prove", number=str(number), word=word)
    assert "proved" in anna.get("/keys/").text
    assert "not proved yet" not in anna.get("/keys/").text


def test_a_new_sheet_is_printed_then_proved_by_what_the_paper_says(
    place: Place, anna: FlaskClient
) -> None:
    assert anna.get("/keys/sheet.pdf").status_code == 404
    post(anna, "/keys/sheet")
    found = re.search("Word ([0-9]+) on the paper", anna.get("/keys/").text)
    assert found
    printed = anna.get("/keys/sheet.pdf")
    assert printed.headers["Cache-Control"] == "no-store"
    paper = PdfReader(io.BytesIO(printed.data)).pages[0].extract_text()
    word = word_on_paper(paper, found[1])
    left = post(anna, "/keys/sheet/prove", word=word)
    assert (left.status_code, "First erase the sheet" in left.text) == (400, True)
    assert post(anna, "/keys/sheet/prove", word=word, erased="on").status_code == 302
    assert anna.get("/keys/sheet.pdf").status_code == 404
    answer = post(place.client(), "/recover", identity=place.secrets.recovery)
    assert answer.status_code == 403, "the sheet of before opens nothing any more"


def test_a_new_sheet_can_be_written_by_hand(anna: FlaskClient) -> None:
    assert 'id="secret"' not in anna.get("/keys/").text
    post(anna, "/keys/sheet")
    answer = anna.get("/keys/")
    assert answer.headers["Cache-Control"] == "no-store"
    shown = re.search(r'id="secret">([A-Z0-9\s-]+)<', answer.text)
    assert shown
    paper = PdfReader(io.BytesIO(anna.get("/keys/sheet.pdf").data)).pages[0].extract_text()
    assert "".join(shown[1].split()) in "".join(paper.split())
    post(anna, "/keys/sheet/forget")
    assert 'id="secret"' not in anna.get("/keys/").text


def test_a_sheet_that_waits_goes_when_the_box_locks(place: Place, anna: FlaskClient) -> None:
    post(anna, "/keys/sheet")
    post(anna, "/lock")
    assert place.unlocked().get("/keys/sheet.pdf").status_code == 404


def test_a_supervisor_is_shown_on_the_case_and_on_its_consent_form(
    place: Place, anna: FlaskClient
) -> None:
    recipient = str(X25519Identity.generate().recipient)
    post(anna, "/keys/supervisors", name="Sonja", recipient=recipient)
    path = f"/cases/{place.case}"
    assert "Sonja" not in anna.get(f"{path}/consent-form").text
    post(anna, f"{path}/share", **{"with": who(place, "Sonja")})
    assert "Sonja</strong>, supervisor" in anna.get(f"{path}/consent-form").text
    assert re.search(r"checked>\s*Sonja", re.sub(r"\s+", " ", anna.get(path).text))
    post(anna, f"/keys/supervisors/{who(place, 'Sonja')}/remove")
    assert "Sonja" not in anna.get(f"{path}/consent-form").text
