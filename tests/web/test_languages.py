"""Pages in the language that was wished, chosen on any page, kept by the browser."""

import pytest

from tests.web.conftest import ORIGIN, Place
from vigbox import config
from vigbox.web import languages


def test_the_pages_speak_what_the_settings_allow() -> None:
    assert tuple(languages.LANGUAGES) == config.LANGUAGES


@pytest.mark.parametrize(
    ("wish", "language", "word"),
    [("de", "de", "Fälle"), ("nl-BE,nl;q=0.9", "nl", "Casussen"), ("fr", "en", "Cases"),
     ("", "en", "Cases")],
)  # fmt: skip
def test_a_page_is_told_in_the_browsers_language(
    place: Place, wish: str, language: str, word: str
) -> None:
    page = place.unlocked().get("/cases", headers={"Accept-Language": wish}).text
    assert f'<html lang="{language}">' in page
    assert f">{word}</a>" in page


def test_a_choice_is_kept_and_leads_back(place: Place) -> None:
    client = place.unlocked()
    answer = client.post("/language", data={"language": "nl", "back": "/cases"}, headers=ORIGIN)
    assert answer.headers["Location"] == "/cases"
    assert '<html lang="nl">' in client.get("/cases", headers={"Accept-Language": "de"}).text


@pytest.mark.parametrize("back", ["https://elsewhere.example", "//elsewhere.example", "/\\x", ""])
def test_a_choice_leads_nowhere_else(place: Place, back: str) -> None:
    answer = place.client().post("/language", data={"language": "xx", "back": back}, headers=ORIGIN)
    assert answer.headers["Location"] == "/"
    assert "Set-Cookie" not in answer.headers
