"""Guesses from the page: slowed down, told, and given three more at the box."""

import pytest

from tests.web.conftest import ORIGIN, Place


@pytest.fixture
def worn_out(place: Place) -> Place:
    """So many wrong words that somebody has to wait."""
    client = place.client()
    for _ in range(30):
        answer = client.post(
            "/unlock",
            data={"passphrase": "abacus-abdomen-abide-ability-able-abrasion"},
            headers=ORIGIN,
        )
        if answer.status_code != 403:
            assert answer.status_code == 429
            return place
    raise AssertionError("guesses are never refused")


def test_whoever_guesses_has_to_wait_and_the_right_words_too(worn_out: Place) -> None:
    words = {"passphrase": worn_out.secrets.passphrase}
    answer = worn_out.client().post("/unlock", data=words, headers=ORIGIN)
    assert answer.status_code == 429
    assert "Recording goes on" in answer.text
    assert worn_out.services.door.guesses.standing().wait_ns > 0


def test_the_page_asks_for_the_button_and_a_hold_lets_the_right_words_in(worn_out: Place) -> None:
    client = worn_out.client()
    assert "Hold its button" in client.get("/unlock").text
    ask = {"path": "/unlock/hold", "headers": ORIGIN}
    assert client.post(**ask).json == {"granted": False}
    worn_out.recorder.holds += 1
    assert client.post(**ask).json == {"granted": True}
    assert place_asked(worn_out) == "await_hold", "the same hold is not for pairing as well"
    assert "Hold its button" not in client.get("/unlock").text
    words = {"passphrase": worn_out.secrets.passphrase}
    assert client.post("/unlock", data=words, headers=ORIGIN).status_code == 302


def place_asked(place: Place) -> str:
    asked: str = place.recorder.asked[-1]["do"]
    return asked


def test_the_sheet_is_never_refused(worn_out: Place) -> None:
    sheet = {"identity": worn_out.secrets.recovery}
    assert worn_out.client().post("/recover", data=sheet, headers=ORIGIN).status_code == 302


def test_a_slip_of_the_finger_is_told_and_costs_no_guess(place: Place) -> None:
    words = place.secrets.passphrase.split("-")
    slipped = "-".join([*words[:2], words[2] + "q", *words[3:]])
    before = place.layout.guesses.read_bytes() if place.layout.guesses.exists() else b""
    answer = place.client().post("/unlock", data={"passphrase": slipped}, headers=ORIGIN)
    assert answer.status_code == 403
    assert "is not one of the words" in answer.text
    after = place.layout.guesses.read_bytes() if place.layout.guesses.exists() else b""
    assert after == before


def test_words_may_be_typed_with_spaces(place: Place) -> None:
    place.layout.guesses.unlink(missing_ok=True)
    typed = place.secrets.passphrase.replace("-", "  ").upper()
    answer = place.client().post("/unlock", data={"passphrase": typed}, headers=ORIGIN)
    assert answer.status_code == 302
