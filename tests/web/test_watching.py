"""Watching together in two real browsers: the code, play, slow, freeze, words, and the end."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.journeys.demo import PATIENCE_S
from tests.web import tablets
from tests.web.conftest import Place
from tests.web.tablets import PICTURES, SIZES, served, unlocked
from tests.web.together import SPANS, Together, together

pytestmark = pytest.mark.journey

PLAYS = (
    "() => { const f = document.querySelector('#film'); return !f.paused && f.currentTime > 0; }"
)
STANDS = "() => document.querySelector('#film').paused"


@pytest.fixture(scope="module")
def address(place: Place) -> Iterator[str]:
    with served(place.app) as address:
        yield address


@pytest.fixture
def shared(place: Place, drawn_film: bytes) -> Together:
    return together(place, drawn_film, "LOOK-1" if _no_case(place, "LOOK-1") else "LOOK-2")


def _no_case(place: Place, code: str) -> bool:
    return code not in place.unlocked().get("/cases").text


def practitioner(browser: Browser, place: Place, address: str, shared: Together) -> Page:
    page = unlocked(browser, place, address)
    page.goto(f"{address}/cases/{shared.case}")
    page.click("#to-reviews")
    page.click(".prepare")
    page.click("#begin")
    page.wait_for_selector("#film")
    shared.review = page.url.rsplit("/", 1)[1]
    return page


def pictures(page: Page, name: str) -> None:
    if not PICTURES:
        return
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            page.screenshot(path=Path(PICTURES) / f"{name}-{scheme}-{width}.png", full_page=True)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1180, "height": 820})


def fits(page: Page) -> None:
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        tablets.fits(page, ("main button", ".bar button", ".bar a"))
    page.set_viewport_size({"width": 1180, "height": 820})


def test_a_second_device_follows_until_the_end(
    browser: Browser, place: Place, address: str, shared: Together
) -> None:
    page = practitioner(browser, place, address, shared)
    screen = a_second_device(browser, page)
    follows(page, screen)
    goes_on_to_the_next(page, screen)
    takes_words_down(page)
    has_no_way_out(screen, address, f"{address}/reviews/{shared.review}/screen")
    page.click("#end")
    page.wait_for_selector("#after")
    screen.wait_for_selector("#over:not([hidden])")
    assert not screen.evaluate("() => document.querySelector('#film').hasAttribute('src')")
    pictures(screen, "over")
    pictures(page, "after")
    fits(page)
    screen.goto(f"{address}/reviews/{shared.review}/screen")
    assert screen.url == f"{address}/unlock"
    page.click("#printable")
    page.wait_for_selector(".family")
    assert "He waits for me!" in page.inner_text(".family")
    pictures(page, "family")
    page.context.close()
    screen.context.close()


def a_second_device(browser: Browser, page: Page) -> Page:
    page.click("#screens summary")
    page.click("#code")
    page.wait_for_selector("#qr:not([hidden])")
    pictures(page, "code")
    screen = browser.new_context(viewport={"width": 820, "height": 1180}).new_page()
    screen.set_default_timeout(PATIENCE_S * 1000)
    screen.goto(page.inner_text("#address"))
    screen.click("#join")
    screen.wait_for_url("**/reviews/*/screen")
    screen.click("#tap")
    page.wait_for_selector("#screen.done")
    return screen


def follows(page: Page, screen: Page) -> None:
    page.click("#play")
    screen.wait_for_function(PLAYS)
    page.wait_for_selector(".moment[data-clip='1'] .seen:not([hidden])")
    page.click("[data-do=speed][data-value='25']")
    screen.wait_for_function("() => document.querySelector('#film').playbackRate === 0.25")
    page.click("[data-do=loop]")
    screen.wait_for_function("() => document.querySelector('#film').loop")
    page.click("[data-do=freeze]")
    screen.wait_for_function(STANDS)
    page.click("[data-do=blank]")
    screen.wait_for_selector("body[data-blank]")
    pictures(screen, "blank")
    page.click("[data-do=blank]")
    screen.wait_for_selector("body:not([data-blank])")


def goes_on_to_the_next(page: Page, screen: Page) -> None:
    page.click("[data-do=clip][data-value='2']")
    screen.wait_for_function("() => document.querySelector('#film').src.includes('clip-2.mp4')")
    screen.wait_for_function("() => document.querySelector('#film').readyState >= 2")
    first, end = SPANS[1]
    lasts_s = screen.evaluate("() => document.querySelector('#film').duration")
    assert lasts_s == pytest.approx((end - first) / 25, abs=0.5)
    pictures(screen, "screen")


def takes_words_down(page: Page) -> None:
    page.fill("#words-1", "He waits for me!")
    page.fill("#answer-strengths", "I wait, and he comes.")
    page.click("[data-goal] [data-rate='7']")
    page.wait_for_selector("[data-for='words-1']:has-text('kept')")
    page.wait_for_selector("[data-for='answer-strengths']:has-text('kept')")
    page.wait_for_selector("[data-rate='7'][aria-pressed=true]")
    pictures(page, "room")
    fits(page)
    page.reload()
    assert page.input_value("#words-1") == "He waits for me!"


def has_no_way_out(screen: Page, address: str, home: str) -> None:
    for path in ("/", "/cases", "/unlock", home.removesuffix("/screen")[len(address) :], "/no"):
        screen.goto(f"{address}{path}")
        assert screen.url == home
    screen.go_back()
    screen.wait_for_url(home)


def test_the_same_tablet_plays_and_only_the_practitioner_leads_out(
    browser: Browser, place: Place, address: str, shared: Together
) -> None:
    page = practitioner(browser, place, address, shared)
    page.click("#screens summary")
    other_tab = page.context.new_page()
    other_tab.goto(f"{address}/cases")
    page.bring_to_front()
    page.fill("#pin", "2468")
    page.click("#enter")
    page.wait_for_url("**/screen")
    other_tab.wait_for_url("**/screen")
    other_tab.close()
    page.wait_for_selector("body:not([data-blank])")
    page.click("#play")
    page.wait_for_function(PLAYS)
    page.keyboard.press("f")
    page.wait_for_function(STANDS)
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => document.querySelector('#film').src.includes('clip-2.mp4')")
    pictures(page, "same")
    fits(page)
    home = page.url
    for path in ("/", "/cases", f"/reviews/{shared.review}"):
        page.goto(f"{address}{path}")
        assert page.url == home
    page.go_back()
    page.wait_for_function("() => location.pathname.endsWith('/screen')")
    page.goto(home)
    page.click("#leave")
    pictures(page, "leave")
    fits(page)
    page.fill("#pin", "1111")
    page.click("#out")
    page.wait_for_selector(".told")
    page.fill("#pin", "2468")
    page.click("#out")
    page.wait_for_url(f"**/reviews/{shared.review}")
    page.wait_for_selector("#end")
    page.context.close()
