"""What the page says beside its own lamp, for every word that the recorder may say."""

import json
from html import unescape

import pytest
from playwright.sync_api import Browser, expect

from tests.web.conftest import Place
from tests.web.tablets import looks_right, served, unlocked
from vigbox.model import Lamp

NO_CAMERA = (
    "there is no camera. Switch the box off, check the camera's cable at both ends, and switch it "
    "on again."
)


def words(place: Place) -> dict[str, str]:
    shown = place.unlocked().get("/health").text
    found: dict[str, str] = json.loads(unescape(shown.split("data-words='", 1)[1].split("'", 1)[0]))
    return found


def test_every_word_of_the_lamp_has_its_own_on_the_page(place: Place) -> None:
    found = words(place)
    assert set(Lamp) <= set(found)
    assert len({found[each] for each in Lamp}) == len(Lamp)


@pytest.mark.parametrize("lamp", [Lamp.READY_HINT, Lamp.HINT])
def test_a_hint_names_the_page_that_says_what_is_meant(
    browser: Browser, place: Place, lamp: Lamp
) -> None:
    place.recorder.lamp = lamp
    with served(place.app) as address:
        page = unlocked(browser, place, address)
        expect(page.locator(f".lamp[data-lamp={lamp}]")).to_have_text(
            words(place)[lamp], timeout=60_000
        )
        expect(page.locator(".lamp")).to_contain_text("ee Health", timeout=60_000)
        looks_right(page, f"lamp-{lamp}")
        ring = page.locator(".lamp .dot").evaluate("(dot) => getComputedStyle(dot).boxShadow")
        assert "217, 138, 0" in ring, "told by a ring, not by a colour of the dot"
        page.context.close()


@pytest.mark.parametrize(
    ("kind", "is_refused"),
    [("card", True), ("unarmed", True), ("camera", False), ("looking", False)],
)
def test_a_start_tries_a_camera_of_which_no_good_is_known_as_the_button_does(
    browser: Browser, place: Place, kind: str, *, is_refused: bool
) -> None:
    place.recorder.not_ready = (NO_CAMERA, kind)
    with served(place.app) as address:
        page = unlocked(browser, place, address)
        for path, told in (("/", "#idle-word"), ("/box/look", "#look-problem")):
            page.goto(address + path)
            expect(page.locator(told)).to_contain_text("There is no camera.")
            expect(page.locator("#start")).to_be_enabled(enabled=not is_refused)
        page.context.close()
