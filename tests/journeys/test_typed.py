"""What somebody typed is not lost: not by a lock, and not by a second tap."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.journeys.review_page import served
from tests.web.conftest import Place, place

pytestmark = pytest.mark.journey
__all__ = ["place"]

LISTED = ".list .code:has-text('{}')"
QUESTION = "What does he do when I wait?"


@pytest.fixture(scope="module")
def address(place: Place) -> Iterator[str]:
    with served(place) as found:
        yield found


@pytest.fixture
def page(browser: Browser, place: Place, address: str) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 820, "height": 1180})
    found = context.new_page()
    unlock(found, place, address)
    found.goto(f"{address}/cases")
    yield found
    context.close()


def unlock(page: Page, place: Place, address: str) -> None:
    page.goto(f"{address}/unlock")
    page.fill("#passphrase", place.secrets.passphrase)
    page.click("#unlock")
    page.wait_for_selector("#lock")


def type_a_case(page: Page, code: str) -> None:
    page.fill("#code", code)
    page.fill("#question", QUESTION)


def test_a_lock_covers_what_was_typed_until_the_box_is_unlocked(
    page: Page, place: Place, address: str
) -> None:
    type_a_case(page, "TYPED-1")
    place.services.door.lock()
    page.wait_for_selector("#covered:not([hidden])")
    assert not page.is_visible("main")
    with page.context.expect_page() as other:
        page.click("#covered a")
    unlock(other.value, place, address)
    page.wait_for_selector("#covered", state="hidden")
    assert page.input_value("#question") == QUESTION
    page.click("#new button.main")
    page.wait_for_selector(LISTED.format("TYPED-1"))


def test_a_page_on_which_nothing_was_typed_goes_to_the_door(page: Page, place: Place) -> None:
    place.services.door.lock()
    page.wait_for_url("**/unlock")


def test_a_form_that_was_sent_to_a_locked_box_stays_until_it_can_be_sent_again(
    page: Page, place: Place, address: str
) -> None:
    type_a_case(page, "TYPED-2")
    place.services.door.lock()
    page.evaluate("() => document.querySelector('#new').requestSubmit()")
    page.wait_for_selector("#again")
    page.wait_for_function("() => document.querySelector('.lamp .word').textContent !== '…'")
    page.wait_for_timeout(2500)
    assert page.is_visible("#again")
    unlock(page.context.new_page(), place, address)
    page.click("#send-again")
    page.wait_for_selector(LISTED.format("TYPED-2"))


def test_a_second_tap_sends_nothing_more(page: Page) -> None:
    sent = []

    def late(route: Route) -> None:
        if route.request.method == "POST":
            sent.append(route.request.url)
            page.wait_for_timeout(800)
        route.continue_()

    type_a_case(page, "TYPED-3")
    page.route("**/cases*", late)
    page.evaluate(
        """() => {
            const button = document.querySelector("#new button.main");
            button.click();
            setTimeout(() => button.click(), 300);
        }"""
    )
    page.wait_for_selector(LISTED.format("TYPED-3"))
    assert len(sent) == 1
