"""Every page for everybody: judged by axe-core, by keyboard alone, in long words, in the dark."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.journeys import axe
from tests.journeys.review_page import served
from tests.media import drawn
from tests.web.conftest import Place, place

pytestmark = pytest.mark.journey
__all__ = ["place"]

SECONDS = 20
SIZES = {"phone": (390, 844), "tablet": (820, 1180)}
LIGHTS = ("light", "dark", "room")
LOOKS = list(itertools.product(SIZES, LIGHTS))
LOCKED = ["/unlock", "/recover", "/trust", "/trust/plain"]
PAGES = [
    "/",
    "/cases",
    "/keys/",
    "/machines",
    "/imports",
    "/box/look",
    "/box/check",
    "/first",
    "/nowhere",
]

OVERFLOW = """() => [...document.querySelectorAll("body *")].filter((each) => {
    const box = each.getBoundingClientRect();
    return box.width && box.right > innerWidth + 1 && !each.closest("svg, .lanes, .drawn-box");
}).map((each) => `${each.tagName} ${each.className} ${each.textContent.trim().slice(0, 40)}`)"""
SMALL = """() => [...document.querySelectorAll("button, a.button, summary, input, select, nav a")]
    .filter((each) => each.checkVisibility() && each.getBoundingClientRect().height < 44
        && !each.closest("label") && getComputedStyle(each).clipPath === "none")
    .map((each) => `${each.tagName} ${each.className} ${each.textContent.trim().slice(0, 40)}`)"""
SETTLED = """() => document.getAnimations().every((each) =>
    each.playState !== "running" || each.effect.getTiming().iterations === Infinity)"""
TROUBLES = """
window.troubles = [];
addEventListener("error", (event) => window.troubles.push(event.message));
addEventListener("unhandledrejection", (event) => window.troubles.push(String(event.reason)));
"""
"""Whatever a page's scripts stumble over, one that does not parse included."""
FOCUS = """() => {
    const each = document.activeElement, style = getComputedStyle(each), box = each.getBoundingClientRect();
    const before = getComputedStyle(each, "::before");
    const ring = [style, before].some((one) => one.outlineStyle !== "none" && parseFloat(one.outlineWidth) >= 2);
    return {
        isNowhere: each === document.body || each === document.documentElement,
        ring, inView: box.bottom > 0 && box.top < innerHeight,
        name: each.id || each.ariaLabel || each.textContent.trim().slice(0, 40) || each.tagName,
    };
}"""  # noqa: E501


@pytest.fixture(scope="module")
def address(place: Place) -> Iterator[str]:
    with served(place) as found:
        yield found


@pytest.fixture(scope="module")
def recording(place: Place) -> str:
    shots = drawn.shots(SECONDS, 5)
    return place.keep(bytes(drawn.record(shots, drawn.blocks(SECONDS, 5)).data))


def opened(browser: Browser, address: str, size: str, light: str, language: str = "en") -> Page:
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        has_touch=True,
        color_scheme="light" if light == "light" else "dark",
        locale=language,
    )
    if light == "room":
        context.add_cookies([{"name": "vigbox-light", "value": "room", "url": address}])
    context.add_init_script(TROUBLES)
    return context.new_page()


def unlock(page: Page, place: Place, address: str) -> None:
    page.goto(f"{address}/unlock")
    page.fill("#passphrase", place.secrets.passphrase)
    page.click("#unlock")
    page.wait_for_selector("#lock")


def watch(page: Page, address: str, recording: str) -> None:
    """Open a recording, with a mark, a clip, and the clip's editor open."""
    page.goto(f"{address}/recordings/{recording}")
    page.wait_for_selector("#watch[data-ready]")
    page.evaluate("() => document.getElementById('watch').film.go(200)")
    page.click("#make-clip")
    page.wait_for_selector(".clip .editor details")
    page.evaluate("() => document.getElementById('watch').film.go(400)")
    page.click("#mark")
    page.wait_for_selector(".clips-panel .mark")
    for summary in page.locator(".clip .editor summary").all():
        summary.click()
    page.locator("[data-heading]").first.click()


def tidy(page: Page) -> None:
    page.evaluate("""async () => {
        const { store } = document.getElementById("watch");
        for (const clip of [...store.clips]) await store.remove(clip.id);
        for (const mark of [...store.marks]) await store.removeMark(mark.id);
    }""")


def judged(page: Page) -> dict[str, list[Any]]:
    page.wait_for_load_state()
    # what fades in is judged when it is there
    page.wait_for_function(SETTLED)
    page.wait_for_function("() => document.querySelector('.lamp .word')?.textContent !== '…'")
    found: dict[str, list[Any]] = {
        each["id"]: [each["help"], *each["nodes"]] for each in axe.violations(page)
    }
    found["too wide"] = page.evaluate(OVERFLOW)
    found["errors"] = page.evaluate("() => window.troubles")
    found["too small"] = page.evaluate(SMALL)
    return {key: each for key, each in found.items() if each}


def told(wrong: dict[str, Any]) -> None:
    """Fail with a line for each page that something is wrong with."""
    lines = "\n".join(f"{path}: {each}" for path, each in wrong.items() if each)
    assert not lines, lines


@pytest.mark.parametrize(("size", "light"), LOOKS)
def test_every_page_passes_axe(
    browser: Browser, place: Place, address: str, recording: str, size: str, light: str
) -> None:
    page, wrong = opened(browser, address, size, light), {}
    for path in LOCKED:
        page.goto(address + path)
        wrong[path] = judged(page)
    unlock(page, place, address)
    for path in [*PAGES, f"/cases/{place.case}", f"/cases/{place.case}/consent-form"]:
        page.goto(address + path)
        wrong[path] = judged(page)
    watch(page, address, recording)
    wrong["watch"] = judged(page)
    page.click("#keys")
    wrong["help"] = judged(page)
    page.keyboard.press("Escape")
    tidy(page)
    page.goto(f"{address}/machines")
    page.click("#pair")
    wrong["pairing"] = judged(page)
    page.context.close()
    told(wrong)


@pytest.mark.parametrize("language", ["nl", "de"])
@pytest.mark.parametrize("size", SIZES)
def test_long_words_fit(
    browser: Browser, place: Place, address: str, recording: str, size: str, language: str
) -> None:
    page, wrong = opened(browser, address, size, "light", language), {}
    unlock(page, place, address)
    for path in ["/", "/keys/", "/machines", "/imports", "/box/look"]:
        page.goto(address + path)
        wrong[path] = page.evaluate(OVERFLOW)
    watch(page, address, recording)
    wrong["watch"] = page.evaluate(OVERFLOW)
    tidy(page)
    page.context.close()
    told(wrong)


def test_by_keyboard_alone(browser: Browser, place: Place, address: str, recording: str) -> None:
    page = opened(browser, address, "tablet", "light")
    page.goto(f"{address}/unlock")
    page.wait_for_function("() => document.activeElement?.id === 'passphrase'")
    page.keyboard.type(place.secrets.passphrase)
    page.keyboard.press("Enter")
    page.wait_for_selector("#lock")
    reach(page, f"[data-recording='{recording}'] a")
    page.keyboard.press("Enter")
    page.wait_for_selector("#watch[data-ready]")
    reach(page, ".playhead")
    for _ in range(30):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("m")
    page.wait_for_selector("[data-flag]", state="attached")
    reach(page, "#make-clip")
    page.keyboard.press("Enter")
    page.wait_for_selector(".clip .editor .principles")
    reach(page, "[data-heading]")
    page.keyboard.press("Space")
    page.wait_for_selector("[data-heading][aria-pressed=true]")
    tidy(page)
    reach(page, ".brand", "Shift+Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('Recordings')")
    page.context.close()


def reach(page: Page, selector: str, key: str = "Tab") -> None:
    """Press a key until the focus is there; each place on the way is seen, and marked."""
    for _ in range(80):
        page.keyboard.press(key)
        at = page.evaluate(FOCUS)
        if at["isNowhere"]:
            continue  # past the last place: the next one is the first again
        assert at["ring"], f"the focus cannot be seen on {at['name']}"
        assert at["inView"], f"the focus is out of sight on {at['name']}"
        if page.evaluate("where => document.activeElement.matches(where)", selector):
            return
    raise AssertionError(f"{selector} cannot be reached by keyboard")


def test_who_wants_no_motion_sees_none(browser: Browser, address: str) -> None:
    page = browser.new_context(reduced_motion="reduce").new_page()
    page.goto(f"{address}/unlock")
    page.wait_for_selector(".lamp[data-lamp=ready]")
    assert page.evaluate("() => document.getAnimations().length") == 0
    page.context.close()


def test_a_dark_room_is_chosen_on_the_page_and_kept(
    browser: Browser, place: Place, address: str, recording: str
) -> None:
    page = opened(browser, address, "tablet", "light")
    unlock(page, place, address)
    page.goto(f"{address}/recordings/{recording}")
    page.click("button[name=light][value=room]")
    page.wait_for_selector("#watch[data-ready]")
    brightest = page.evaluate(BRIGHTEST)
    assert brightest <= 60, "something large shines in a dark room"
    assert page.evaluate("() => getComputedStyle(document.body).backgroundColor") == "rgb(0, 0, 0)"
    assert page.get_attribute("button[value=room]", "aria-current") == "true"
    page.click("button[name=light][value=light]")
    page.wait_for_selector("button[value=light][aria-current]")
    page.wait_for_selector("#watch[data-ready]")
    assert page.evaluate(BRIGHTEST) > 200
    page.context.close()


BRIGHTEST = """() => Math.max(...[...document.querySelectorAll("body, body *")]
    .filter((each) => each.checkVisibility() && each.getBoundingClientRect().width > 40)
    .map((each) => getComputedStyle(each).backgroundColor)
    .map((each) => each.match(/^rgb\\((\\d+), (\\d+), (\\d+)\\)$/)).filter(Boolean)
    .map(([, r, g, b]) => (Number(r) + Number(g) + Number(b)) / 3))"""
