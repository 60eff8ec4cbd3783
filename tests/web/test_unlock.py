from tests.web.conftest import ORIGIN, Place


def test_the_passphrase_opens_and_lock_closes(place: Place) -> None:
    client = place.unlocked()
    assert client.get("/").status_code == 200
    client.post("/lock", headers=ORIGIN)
    assert client.get("/").status_code == 302


def test_a_wrong_passphrase_opens_nothing_and_is_not_shown_again(place: Place) -> None:
    client = place.client()
    answer = client.post(
        "/unlock", data={"passphrase": "abacus-abdomen-abide-ability-able-abrasion"}, headers=ORIGIN
    )
    assert answer.status_code == 403
    assert "does not unlock this box" in answer.text
    assert "abacus-abdomen-abide-ability-able-abrasion" not in answer.text
    assert client.get("/").status_code == 302


def test_words_may_be_typed_with_capitals_and_spaces_around(place: Place) -> None:
    typed = f"  {place.secrets.passphrase.title()} "
    answer = place.client().post("/unlock", data={"passphrase": typed}, headers=ORIGIN)
    assert answer.status_code == 302


def test_another_browser_stays_outside(place: Place) -> None:
    place.unlocked()
    assert place.client().get("/").status_code == 302


def test_lock_is_for_everybody(place: Place) -> None:
    one, other = place.unlocked(), place.unlocked()
    one.post("/lock", headers=ORIGIN)
    assert other.get("/").status_code == 302


def test_a_cookie_of_ones_own_opens_nothing(place: Place) -> None:
    place.unlocked()
    client = place.client()
    client.set_cookie("vigbox", "eyJ0b2tlbiI6IngifQ.aaaaaa.bbbbbb")
    assert client.get("/").status_code == 302


def test_asking_how_things_stand_does_not_open(place: Place) -> None:
    assert place.client().get("/status").json["is_locked"] is True  # type: ignore[index]
    assert place.unlocked().get("/status").json["is_locked"] is False  # type: ignore[index]
