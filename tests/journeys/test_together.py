"""What is typed in a shared review goes first, and then what was tapped is done, the very same."""

import threading
from collections.abc import Iterator
from itertools import count
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.journeys.review_page import served
from tests.web.conftest import Place, drawn_film, place
from tests.web.together import Together, together

pytestmark = pytest.mark.journey
__all__ = ["drawn_film", "place"]

NUMBERS = count(1)
AWAY = "<!doctype html><title>nginx, while the web is away</title>"
WORDS = "She waits for him. I did not know that."


@pytest.fixture
def shared(place: Place, drawn_film: bytes) -> Together:
    made = together(place, drawn_film, f"WORDS-{next(NUMBERS)}")
    made.begin()
    return made


@pytest.fixture
def page(browser: Browser, place: Place, shared: Together) -> Iterator[Page]:
    with served(place) as address:
        page = browser.new_context(viewport={"width": 820, "height": 1180}).new_page()
        page.goto(f"{address}/unlock")
        page.fill("#passphrase", place.secrets.passphrase)
        page.click("#unlock")
        page.wait_for_selector("#lock")
        page.goto(f"{address}{shared.path}")
        yield page
        page.context.close()


def test_a_tap_right_after_the_last_letter_keeps_the_words_and_is_done(
    page: Page, shared: Together
) -> None:
    def late(route: Route) -> None:
        threading.Event().wait(0.5)
        route.continue_()

    page.route("**/words", late)
    page.locator("#words-1").press_sequentially(WORDS)
    page.evaluate("() => document.activeElement.blur()")
    page.click("footer button[value=nl]")
    page.wait_for_function("() => document.documentElement.lang === 'nl'")
    assert shared.said()[0] == WORDS


def test_a_box_that_is_away_is_told_in_words_of_the_page(page: Page) -> None:
    page.route("**/stage", lambda route: route.fulfill(status=503, body=AWAY))
    page.click("[data-do=blank]")
    page.wait_for_selector("#stage-problem:visible")
    assert page.inner_text("#stage-problem").startswith("The box does not answer.")


def test_a_film_that_nobody_can_stop_any_more_does_not_run_on(
    browser: Browser, place: Place, shared: Together
) -> None:
    with served(place) as address:
        page = browser.new_context().new_page()
        code = urlsplit(shared.send("code").get_json()["address"]).path
        page.goto(address + code)
        page.click("#join")
        page.wait_for_selector("#film[src]", state="attached")
        page.evaluate(
            "() => { window.stops = 0;"
            " document.getElementById('film').pause = () => { stops += 1; }; }"
        )
        page.route("**/state", lambda route: route.fulfill(status=503, body=AWAY))
        page.wait_for_function("() => stops > 0")
        page.context.close()
