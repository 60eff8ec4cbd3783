"""What was made without a case: told on the list, seen nowhere, filed with consent or erased."""

import contextlib
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.unfiled import MADE_AT, Hand, pressed, read
from tests.web.conftest import ORIGIN, Place, a_family, until_settled
from vigbox.casework.desk import Desk
from vigbox.casework.tables import Unfiled
from vigbox.casework.wraps import own_recipients
from vigbox.model import Life, TimeSource, new_id
from vigbox.seal.errors import LockedError, NoMatchError, WrongPassphraseError
from vigbox.seal.keyring import Keyring
from vigbox.seal.signing import SigningKey
from vigbox.store import manifests
from vigbox.store.manifests import Manifest
from vigbox.store.unarmed import UnarmedPresses
from vigbox.web.unarmed import Presses
from vigbox.web.waiting import set_right

PLAIN = b"moofmdat"
RECORDING = re.compile(r"<(?:\w+:)?recording>")


@pytest.fixture
def client(place: Place) -> Iterator[FlaskClient]:
    place.recorder.hand = Hand(place.layout)
    place.recorder.unarmed = place.layout.unarmed
    place.recorder.asked.clear()
    yield place.unlocked()
    place.recorder.hand.scribe.close()
    place.recorder.hand, place.recorder.unarmed, place.recorder.clock = None, None, {}
    place.layout.unarmed.unlink(missing_ok=True)
    place.layout.service.unlink(missing_ok=True)
    place.services.service.read()


@pytest.fixture
def to_all(place: Place) -> list[str]:
    desk = place.desk()
    with desk.session() as session:
        found = [each.text for each in own_recipients(session)]
    desk.close()
    return found


@pytest.fixture
def film(place: Place, to_all: list[str], drawn_film: bytes) -> Manifest:
    return pressed(place.layout, to_all, drawn_film)


def until(is_so: Callable[[], bool]) -> None:
    over, end = threading.Event(), time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < end
        over.wait(0.02)


def text_of(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return " ".join(answer.text.split())


def file(client: FlaskClient, film: Manifest, case: str, *people: int) -> tuple[int, str]:
    words = {"case": case, "in_shot": [str(each) for each in people]}
    answer = client.post(f"/unfiled/{film.recording}/file", data=words, headers=ORIGIN)
    return answer.status_code, " ".join(answer.text.split())


def test_the_list_tells_when_it_was_made_and_how_long_it_is(
    client: FlaskClient, film: Manifest
) -> None:
    text = text_of(client, "/")
    (card,) = re.findall(rf'<li class="card" data-recording="{film.recording}">.*?</li>', text)
    assert "0:10" in card
    assert "Erase now" in card
    assert not re.search("<(img|video|audio|canvas|svg)", card)
    assert f"/recordings/{film.recording}" not in text


def test_no_address_gives_anything_of_it(
    place: Place, client: FlaskClient, film: Manifest, drawn_film: bytes
) -> None:
    rules = [each for each in place.app.url_map.iter_rules() if RECORDING.search(each.rule)]
    asked = 0
    for rule in rules:
        path = re.sub(r"<int:\w+>", "1", RECORDING.sub(film.recording, rule.rule))
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            if method == "POST" and path.startswith(("/unfiled/", "/bin/")):
                continue  # told below; the bin's own erases whatever is named
            answer = client.open(path, method=method, headers=ORIGIN)
            own_page = path == f"/unfiled/{film.recording}"
            assert (answer.status_code == 200) is own_page, path
            assert answer.status_code in (200, 302, 303, 400, 404, 405, 409), path
            assert drawn_film[:64] not in answer.data, path
            asked += 1
    assert asked > 10
    assert place.layout.film(film.recording).exists(), "and nothing of it was touched"
    assert not place.layout.lane(film.recording).exists()
    assert read(place.layout, film.recording) == film


def test_filed_with_consent_it_plays(place: Place, client: FlaskClient, film: Manifest) -> None:
    case, mother, child = a_family(place, f"F-{new_id()[:6].upper()}")
    page = text_of(client, f"/unfiled/{film.recording}?case={case}")
    assert f'name="in_shot" value="{mother}"' in page
    assert file(client, film, case, mother, child)[0] == 302
    watch = client.get(f"/recordings/{film.recording}/newest")
    assert watch.status_code == 200
    played = client.get(watch.get_json()["film"], headers={"Range": "bytes=0-99"})
    assert (played.status_code, played.data[4:8]) == (206, b"ftyp")
    assert f"/unfiled/{film.recording}" not in text_of(client, "/")
    assert client.get(f"/unfiled/{film.recording}").status_code == 404


def test_without_consent_it_says_whose_is_missing(
    place: Place, client: FlaskClient, film: Manifest
) -> None:
    case, mother, child = a_family(place, f"N-{new_id()[:6].upper()}", ())
    status, text = file(client, film, case, mother, child)
    assert status == 409
    assert "consent to filming is missing from mother M (not asked yet), child C" in text
    assert f"/cases/{case}/consent/ask?who={mother}" in text
    assert client.get(f"/recordings/{film.recording}").status_code == 404


def test_an_unsure_clock_is_flagged(place: Place, client: FlaskClient, to_all: list[str]) -> None:
    unsure = pressed(place.layout, to_all, clock=TimeSource.UNSURE)
    assert "date and time not sure" in text_of(client, "/")
    assert 'id="clock"' in text_of(client, f"/unfiled/{unsure.recording}")


def test_erase_now_takes_all_of_the_press(
    place: Place, client: FlaskClient, film: Manifest, to_all: list[str]
) -> None:
    later = MADE_AT + timedelta(minutes=1)
    part = pressed(place.layout, to_all, made_at=later, follows=film.recording)
    answer = client.post(f"/unfiled/{film.recording}/erase", headers=ORIGIN)
    assert answer.status_code == 302
    for each in (film, part):
        assert not list(place.layout.recordings.glob(f"{each.recording}*"))


def settle(client: FlaskClient, place: Place, **words: str) -> str:
    known = place.services.service.version
    answer = client.post("/service", data={"known": known, **words}, headers=ORIGIN)
    if answer.status_code == 302:
        return ""
    return " ".join(answer.text.split())


def test_the_setting_reaches_the_recorder_signed_and_is_taken_back(
    place: Place, client: FlaskClient, to_all: list[str]
) -> None:
    public = place.services.public
    presses = UnarmedPresses(place.layout.unarmed, public.arming, public.box)
    assert settle(client, place, consent_policy="ask before review") == ""
    kept = presses.read()
    assert kept is not None
    assert set(kept.recipients) == set(to_all)
    assert settle(client, place, consent_policy="before filming") == ""
    kept = presses.read()
    assert kept is not None
    assert kept.recipients == ()


def test_who_comes_to_the_box_can_file_what_is_made_from_then_on(
    place: Place, client: FlaskClient, film: Manifest
) -> None:
    settle(client, place, consent_policy="ask before review")
    before = place.layout.film_identity(film.recording).read_bytes()
    answer = client.post("/keys/practitioners", data={"name": "Berta"}, headers=ORIGIN)
    assert answer.status_code == 200
    public = place.services.public
    kept = UnarmedPresses(place.layout.unarmed, public.arming, public.box).read()
    desk = place.desk()
    with desk.session() as session:
        now = {each.text for each in own_recipients(session)}
    desk.close()
    assert kept is not None
    assert set(kept.recipients) == now
    assert len(now) == 3
    assert place.layout.film_identity(film.recording).read_bytes() != before, "and what waits"


def test_a_recorder_that_is_away_is_said(place: Place, client: FlaskClient) -> None:
    place.recorder.refusals["unarmed"] = "the card failed: it is full. Try again."
    text = settle(client, place, consent_policy="ask before review")
    place.recorder.refusals.clear()
    assert "This is kept, but the box could not be told" in text
    assert not place.layout.unarmed.exists()
    place.unlocked()  # the next unlock tries again
    until(place.layout.unarmed.exists)


@pytest.fixture
def dora(client: FlaskClient) -> Iterator[str]:
    """A colleague whose passphrase may be renewed; gives it."""
    answer = client.post("/keys/practitioners", data={"name": "Dora"}, headers=ORIGIN)
    yield words_on(answer)
    client.post(f"/keys/practitioners/{who_is(client, 'Dora')}/remove", headers=ORIGIN)


def who_is(client: FlaskClient, name: str) -> str:
    page = client.get("/keys/").text
    return str(re.findall(rf"{name}.*?/keys/practitioners/(\w+)/remove", page, re.DOTALL)[0])


def words_on(answer: TestResponse) -> str:
    (words,) = re.findall('id="passphrase">([a-z-]+)<', answer.text)
    return str(words)


def forgets(place: Place, client: FlaskClient) -> TestResponse:
    """Dora forgot her passphrase: the sheet gives her a new one."""
    sheet = place.client()
    sheet.post("/recover", data={"identity": place.secrets.recovery}, headers=ORIGIN)
    return sheet.post(f"/keys/practitioners/{who_is(client, 'Dora')}/renew", headers=ORIGIN)


def opens(place: Place, passphrase: str, film: Manifest) -> bool:
    """Tell whether somebody opens the key of a film that waits."""
    keyring = Keyring()
    for path in place.layout.practitioners.glob("*.age"):
        with contextlib.suppress(WrongPassphraseError):
            keyring.unlock(path.read_bytes(), passphrase)
    try:
        return bool(keyring.open(place.layout.film_identity(film.recording).read_bytes()))
    except (NoMatchError, LockedError):
        return False


def test_a_forgotten_passphrase_is_renewed_with_the_films_that_wait(
    place: Place, client: FlaskClient, film: Manifest, dora: str
) -> None:
    assert opens(place, dora, film)
    renewed = words_on(forgets(place, client))
    assert opens(place, renewed, film)


@pytest.mark.parametrize("what", ["unarmed", "file", "nonce"])
def test_a_recorder_that_is_away_keeps_the_passphrase_as_it_is(
    place: Place, client: FlaskClient, film: Manifest, dora: str, what: str
) -> None:
    settle(client, place, consent_policy="ask before review")
    place.recorder.refusals[what] = "the card failed: it is full. Try again."
    answer = forgets(place, client)
    place.recorder.refusals.clear()
    assert answer.status_code == 400
    assert "the one of before still counts" in answer.text
    assert opens(place, dora, film), "and opens what waits"
    assert opens(place, words_on(forgets(place, client)), film)


def test_nothing_is_renewed_while_a_film_without_a_case_is_made(
    place: Place, client: FlaskClient, film: Manifest, dora: str
) -> None:
    key = SigningKey.from_text(place.layout.recorder_key.read_text("ascii"))
    manifests.write(place.layout, replace(film, life=Life.RECORDING), key)
    assert "Stop it first, then change the passphrase" in forgets(place, client).text
    manifests.write(place.layout, film, key)
    assert opens(place, dora, film)


def test_what_cannot_be_told_after_the_renewal_is_told_later_and_lost_to_nobody(
    place: Place, client: FlaskClient, film: Manifest, to_all: list[str], dora: str
) -> None:
    assert place.recorder.hand is not None
    another, old = pressed(place.layout, to_all), who_is(client, "Dora")

    def cut() -> None:  # the first film after the old identity has gone, and no other
        if not place.layout.practitioner(old).exists():
            place.recorder.refusals["file"] = "the card failed: it is full. Try again."

    place.recorder.hand.before = cut
    answer = forgets(place, client)
    place.recorder.hand.before, place.recorder.refusals = lambda: None, {}
    assert "could not be told" in answer.text
    renewed = words_on(answer)
    assert opens(place, renewed, film)
    assert opens(place, renewed, another)
    assert not opens(place, dora, film), "whose file is gone"


def test_what_an_unlock_sets_right_waits_for_a_passphrase_that_changes(
    place: Place,
    client: FlaskClient,
    film: Manifest,
    to_all: list[str],
    dora: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Presses, "tried", lambda _: "and nothing is mended afterwards")
    hand, old = place.recorder.hand, who_is(client, "Dora")
    unlocks: list[tuple[threading.Thread, Desk]] = []
    waited: list[bool] = []
    assert hand is not None
    another, sheet = pressed(place.layout, to_all), place.client()
    sheet.post("/recover", data={"identity": place.secrets.recovery}, headers=ORIGIN)
    until_settled()
    assert opens(place, dora, another)
    asked = len(hand.asked)

    def unlock() -> None:  # when one of the two follows already and the other does not yet
        if len(hand.asked) == asked + 1 and not unlocks:
            desk = place.desk()
            late = threading.Thread(target=set_right, args=(place.services, desk, None))
            unlocks.append((late, desk))
            late.start()
            late.join(1)
            waited.append(late.is_alive())

    hand.before = unlock
    answer = sheet.post(f"/keys/practitioners/{old}/renew", headers=ORIGIN)
    for late, desk in unlocks:
        late.join()
        desk.close()
    hand.before = lambda: None
    assert waited == [True]
    renewed = words_on(answer)
    assert [opens(place, renewed, each) for each in (film, another)] == [True, True]


def test_a_locked_page_switches_nothing_on(place: Place, client: FlaskClient) -> None:
    client.post("/lock", headers=ORIGIN)
    place.recorder.asked.clear()
    known = place.services.service.version
    words = {"known": known, "consent_policy": "ask before review"}
    assert client.post("/service", data=words, headers=ORIGIN).headers["Location"] == "/unlock"
    assert "unarmed" not in {each["do"] for each in place.recorder.asked}


def test_what_nobody_files_is_erased_after_its_days_and_not_sooner(
    place: Place, client: FlaskClient, film: Manifest
) -> None:
    def unlock_on(day: str, source: str = "network") -> None:
        place.recorder.clock = {"at": f"{day}T10:00:00+00:00", "source": source}
        place.recorder.asked.clear()
        place.unlocked()
        until_settled()

    def due() -> str:
        desk = place.desk()
        with desk.session() as session:
            row = session.get(Unfiled, film.recording)
            found = row.due_on if row else "gone"
        desk.close()
        return found

    unlock_on("2091-01-01")
    until(lambda: due() == "2091-01-08")
    assert "If nobody files it, it is erased on" in text_of(client, "/")
    unlock_on("2091-01-09", "unsure")
    unlock_on("2091-01-07")
    assert due() == "2091-01-08"
    assert place.layout.film(film.recording).exists()
    unlock_on("2091-01-08")
    until(lambda: not place.layout.manifest(film.recording).exists())
    until(lambda: due() == "gone")
