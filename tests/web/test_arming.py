"""Arming from the page: a shut gate says whose consent is missing, and where to ask."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from tests.web.conftest import ORIGIN, Place, a_family
from vigbox.casework.tables import Arm, AuditEvent, Filmed
from vigbox.model import Life, new_id
from vigbox.seal.signing import SigningKey
from vigbox.store import manifests
from vigbox.store.manifests import Manifest
from vigbox.web.disarming import disarm_if_fallen
from vigbox.web.languages import COOKIE


@pytest.fixture
def client(place: Place) -> Iterator[FlaskClient]:
    place.recorder.armed = place.layout.armed
    place.recorder.asked.clear()
    yield place.unlocked()
    place.recorder.armed, place.recorder.clock = None, {}
    place.recorder.room_bytes = 64 << 30
    place.layout.armed.unlink(missing_ok=True)


def a_code() -> str:
    return f"VIG-{new_id()[:6].upper()}"


@pytest.fixture
def family(place: Place) -> tuple[str, int, int]:
    return a_family(place, a_code())


def arm(client: FlaskClient, case: str, *people: int, **more: str) -> tuple[int, str]:
    words = {"in_shot": [str(each) for each in people], "kind": "interaction", **more}
    answer = client.post(f"/cases/{case}/arm", data=words, headers=ORIGIN)
    if answer.status_code == 302:
        answer = client.get(answer.headers["Location"])
    return answer.status_code, " ".join(answer.text.split())


def test_the_box_is_armed_for_who_was_ticked(
    place: Place, client: FlaskClient, family: tuple[str, int, int]
) -> None:
    case, mother, child = family
    status, text = arm(client, case, mother, child, activity="reading <b>")
    assert status == 200
    assert 'id="armed"' in text
    assert "reading &lt;b&gt;" in text
    facts = place.recorder.facts("arm")["arming"]
    desk = place.desk()
    with desk.session() as casework:
        row = casework.get_one(Arm, facts["counter"])
        assert row.in_shot.split() == [str(mother), str(child)]
    desk.close()


@pytest.mark.parametrize("kind", ["interaction", "shared review", "supervision"])
def test_a_shut_gate_says_whose_consent_is_missing_and_where_to_ask(
    place: Place, client: FlaskClient, kind: str
) -> None:
    case, mother, child = a_family(place, a_code(), ())
    status, text = arm(client, case, mother, child, kind=kind)
    assert status == 409
    assert "consent to filming is missing from mother M (not asked yet), child C" in text
    for each in (mother, child):
        assert f"/cases/{case}/consent/ask?who={each}" in text
        assert f'name="in_shot" value="{each}" checked' in text
    assert "arm" not in {each["do"] for each in place.recorder.asked}


def test_nobody_in_shot_arms_nothing(client: FlaskClient, family: tuple[str, int, int]) -> None:
    status, text = arm(client, family[0])
    assert status == 409
    assert "who is in shot" in text


def test_the_same_again_is_one_tap_for_as_long_as_it_is_agreed(
    place: Place, client: FlaskClient, family: tuple[str, int, int]
) -> None:
    case, mother, _ = family
    assert "Arm again" not in client.get(f"/cases/{case}/arm").text
    arm(client, case, mother, activity="a walk")
    assert "Arm again" in client.get("/cases").text
    first = place.recorder.facts("arm")["arming"]["counter"]
    answer = client.post(f"/cases/{case}/arm-again", headers=ORIGIN)
    assert answer.status_code == 302
    assert place.recorder.facts("arm")["arming"]["counter"] == first + 1
    words = {"who": str(mother), "purpose": "filming"}
    client.post(f"/cases/{case}/consent/withdraw", data=words, headers=ORIGIN)
    answer = client.post(f"/cases/{case}/arm-again", headers=ORIGIN)
    assert (answer.status_code, "mother M (withdrawn)" in answer.text) == (409, True)


def test_an_answer_that_was_lost_stands_in_the_way_of_no_later_arming(
    place: Place, client: FlaskClient, family: tuple[str, int, int]
) -> None:
    case, mother, _ = family
    arm(client, case, mother)
    kept = place.recorder.facts("arm")["arming"]["counter"] + 3  # which the database never heard of
    place.recorder.newest = {"arming": kept}
    status, _ = arm(client, case, mother)
    place.recorder.newest = {}
    assert (status, place.recorder.facts("arm")["arming"]["counter"]) == (200, kept + 1)


def test_what_is_armed_no_more_is_called_so_nowhere_and_a_damaged_one_hides_no_case(
    place: Place, client: FlaskClient, family: tuple[str, int, int]
) -> None:
    case, mother, _ = family
    arm(client, case, mother)
    assert "armed until" in client.get("/cases").text
    assert client.get("/first").text.count('class="state done"') == 2
    clock = place.recorder.clock
    later = datetime.now(UTC) + timedelta(days=8)
    place.recorder.clock = {"at": later.isoformat(), "source": "tablet"}
    assert "armed until" not in client.get("/cases").text
    assert client.get("/first").text.count('class="state done"') == 1, "there is a case"
    place.recorder.clock = clock
    place.layout.armed.write_text("{")
    listed = client.get("/cases")
    assert (listed.status_code, f"/cases/{case}" in listed.text) == (200, True)
    place.layout.armed.unlink()


def test_arming_again_without_a_first_time_asks_who(
    client: FlaskClient, family: tuple[str, int, int]
) -> None:
    assert client.post(f"/cases/{family[0]}/arm-again", headers=ORIGIN).status_code == 409


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "A film is being made. Arm the box when it is over."),
        ("nl", "Er wordt een film gemaakt. Zet de box klaar als die voorbij is."),
    ],
)
def test_while_a_film_is_made_the_page_says_that_nothing_else_can_be_armed(
    place: Place,
    client: FlaskClient,
    family: tuple[str, int, int],
    language: str,
    sentence: str,
) -> None:
    case, mother, child = family
    client.set_cookie(COOKIE, language)
    place.recorder.refusals["arm"] = "A film is being made. Arm the box when it is over."
    status, text = arm(client, case, mother, child)
    del place.recorder.refusals["arm"]
    assert (status, sentence in text) == (409, True)
    assert f'name="in_shot" value="{mother}" checked' in text, "what was ticked stays"
    assert not place.do(lambda casework: casework.query(Arm).filter_by(case_id=case).count())


def test_a_full_card_and_an_unsure_clock_are_said_before_the_press(
    place: Place, client: FlaskClient, family: tuple[str, int, int]
) -> None:
    path = f"/cases/{family[0]}/arm"
    calm = client.get(path).text
    assert 'id="room"' not in calm
    assert 'id="clock"' not in calm
    place.recorder.room_bytes = 100_000_000
    place.recorder.clock = {"at": datetime.now(UTC).isoformat(), "source": "unsure"}
    said = client.get(path).text
    assert "room for 3 minutes" in said
    assert "not sure what day it is" in said


def test_a_consent_that_ends_by_its_day_falls_at_the_next_look(
    place: Place, client: FlaskClient, family: tuple[str, int, int]
) -> None:
    case, mother, child = family
    arm(client, case, mother, child)
    desk = place.desk()
    assert not disarm_if_fallen(place.services, desk)
    client.post(f"/cases/{case}/withdraw", data={"code": "wrong"}, headers=ORIGIN)
    words = {"how": "spoken", "answer filming": "yes", "form_language": "en"}
    words["until"] = datetime.now(UTC).astimezone().date().isoformat()
    client.post(f"/cases/{case}/consent/ask?who={mother}", data=words, headers=ORIGIN)
    assert not place.layout.armed.exists(), "the statement went beyond the day"
    arm(client, case, mother, child)
    assert place.layout.armed.exists()
    later = datetime.now(UTC) + timedelta(days=2)
    place.recorder.clock = {"at": later.isoformat(), "source": "tablet"}
    assert 'id="armed"' not in client.get(f"/cases/{case}/arm").text
    assert disarm_if_fallen(place.services, desk)
    assert not place.layout.armed.exists()
    desk.close()


def a_film(place: Place, case: str, arming: int, follows: str = "") -> str:
    key = SigningKey.from_text(place.layout.recorder_key.read_text())
    at = f"2026-11-21T19:4{1 if follows else 0}:00+00:00"
    film = Manifest(
        new_id(), case, ("r",), "b", at, 10**10, Life.FINISHED,
        arming=arming, follows=follows,
    )  # fmt: skip
    manifests.write(place.layout, film, key)
    place.layout.film(film.recording).write_bytes(b"age")
    return film.recording


@pytest.fixture
def press(
    place: Place, client: FlaskClient, family: tuple[str, int, int]
) -> Iterator[tuple[str, str]]:
    case, mother, child = family
    arm(client, case, mother, child)
    counter = place.recorder.facts("arm")["arming"]["counter"]
    first = a_film(place, case, counter)
    parts = first, a_film(place, case, counter, first)
    yield parts
    for each in parts:
        place.layout.manifest(each).unlink(missing_ok=True)
        place.layout.film(each).unlink(missing_ok=True)


def filmed(place: Place, recording: str) -> Filmed | None:
    desk = place.desk()
    with desk.session() as casework:
        found = casework.get(Filmed, recording)
        casework.expunge_all()
    desk.close()
    return found


def test_after_a_film_the_family_is_asked_until_it_answers(
    place: Place, client: FlaskClient, press: tuple[str, str]
) -> None:
    for _ in range(2):
        assert client.get("/").text.count("Happy to keep this?") == 1, "once a press, as a reminder"
    answer = client.post(f"/recordings/{press[0]}/keep", headers=ORIGIN)
    assert answer.status_code == 302
    assert "Happy to keep this?" not in client.get("/").text
    for each in press:
        row = filmed(place, each)
        assert row is not None
        assert row.kept_at
        assert (row.kind, len(row.in_shot.split())) == ("interaction", 2)
    desk = place.desk()
    with desk.session() as casework:
        found = casework.query(AuditEvent).where(AuditEvent.what == "happy to keep it")
        assert {each.about for each in found} >= set(press)
    desk.close()


def test_erase_now_takes_every_part_at_once(
    place: Place, client: FlaskClient, press: tuple[str, str]
) -> None:
    client.get("/")
    place.recorder.asked.clear()
    assert client.post(f"/recordings/{press[0]}/erase-now", headers=ORIGIN).status_code == 302
    assert [each["do"] for each in place.recorder.asked].count("erase") == 2
    assert [filmed(place, each) for each in press] == [None, None]


@pytest.mark.parametrize("what", ["keep", "erase-now"])
def test_a_film_that_is_not_there_is_told(client: FlaskClient, what: str) -> None:
    assert client.post(f"/recordings/{new_id()}/{what}", headers=ORIGIN).status_code == 404


def test_an_older_film_is_not_asked_about(
    place: Place, client: FlaskClient, family: tuple[str, int, int]
) -> None:
    film = a_film(place, family[0], 0)
    assert "Happy to keep this?" not in client.get("/").text
    place.layout.manifest(film).unlink()
