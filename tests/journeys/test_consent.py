"""From asking to keeping, on a tablet: a signature by touch, a film, a child's no, a withdrawal."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page

from tests.casework.test_evidence import PLACE, a_photo
from tests.journeys.demo import (
    PATIENCE_S,
    STOP_MS,
    Demo,
    begin,
    lamp,
    press,
    refused,
    unlock,
    until,
)

pytestmark = pytest.mark.journey

SIZES = ((820, 1180), (1180, 820), (390, 844))
LOOK = os.environ.get("VIGBOX_SCREENSHOTS", "")
"""A folder to keep the screenshots in, for somebody to look at."""


@pytest.fixture
def tablet(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 820, "height": 1180}, has_touch=True)
    yield context
    context.close()


def fits(page: Page, name: str, tmp_path: Path) -> None:
    """Look at a page in every size, light and dark: nothing is wider than the screen."""
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            folder = Path(LOOK) if LOOK else tmp_path
            page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True)
            assert page.evaluate("() => document.documentElement.scrollWidth") <= width
            small = page.evaluate(
                "() => [...document.querySelectorAll('main button, main .button, main .choice, "
                "main summary')].filter(e => e.checkVisibility() && e.getBoundingClientRect()"
                ".height < 47.5).map(e => e.textContent.trim())"
            )
            assert small == []
    page.set_viewport_size({"width": 820, "height": 1180})
    page.emulate_media(color_scheme="light")


def sign(page: Page) -> None:
    """Draw with a finger."""
    page.locator("#pad").scroll_into_view_if_needed()
    box = page.locator("#pad").bounding_box()
    assert box is not None
    touch = page.context.new_cdp_session(page)
    steps = [(0.1 + n / 50, 0.5 + (0.3 if n % 8 < 4 else -0.3)) for n in range(40)]
    points = [
        {"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]} for x, y in steps
    ]
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": points[:1]})
    for each in points[1:]:
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [each]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def open_case(page: Page, demo: Demo, code: str) -> None:
    page.goto(f"{demo.address}/cases")
    page.fill("#code", code)
    initials = page.locator("input[name=initials]")
    initials.nth(0).fill("M")
    initials.nth(1).fill("C")
    page.click("#open-case")
    page.click(f"a:has-text('{code}')")


def test_a_family_is_asked_filmed_and_asked_again(
    demo: Demo, tablet: BrowserContext, tmp_path: Path
) -> None:
    page = tablet.new_page()
    unlock(page, demo)
    open_case(page, demo, "VIG-9")
    _a_shut_gate_leads_to_the_form(page, tmp_path)
    _the_mother_signs_in_dutch(page, tmp_path)
    _the_child_is_answered_for_on_paper(page, tmp_path)
    _they_are_filmed_and_asked_again(demo, page, tmp_path)
    _a_no_is_heard_at_once(demo, page)
    _nothing_of_it_lies_open(demo)


def _a_shut_gate_leads_to_the_form(page: Page, tmp_path: Path) -> None:
    page.click("#to-arming")
    page.locator("input[name=in_shot]").nth(0).check()
    page.locator("input[name=in_shot]").nth(1).check()
    page.click("#arm")
    page.wait_for_selector("#shut:has-text('mother M (not asked yet)')")
    fits(page, "shut", tmp_path)
    page.locator("a.ask").nth(0).click()


def _the_mother_signs_in_dutch(page: Page, tmp_path: Path) -> None:
    page.click("a:has-text('Nederlands') >> visible=true")
    page.wait_for_selector("h1:has-text('Samen filmen')")
    page.locator(".choice:has-text('Ja')").nth(0).click()
    page.locator(".choice:has-text('Nee')").nth(4).click()
    page.click("#keep")
    page.wait_for_selector("[role=alert]:has-text('Nothing was signed')")
    assert page.locator("input[name='answer filming'][value=yes]").is_checked()
    sign(page)
    fits(page, "asking", tmp_path)
    page.click("#keep")
    page.wait_for_selector("#noted")
    page.locator(".evidence summary").first.tap()
    page.wait_for_function(
        "() => { const i = document.querySelector('.evidence img');"
        " return i.complete && i.naturalWidth > 500; }"
    )


def _the_child_is_answered_for_on_paper(page: Page, tmp_path: Path) -> None:
    page.locator("a.ask").nth(1).click()
    page.locator("input[name=by]").first.check()
    page.locator(".choice:has-text('Yes')").nth(0).click()
    page.locator(".choice:has-text('Photo')").click()
    photo = FilePayload(name="IMG_1.jpg", mimeType="image/jpeg", buffer=a_photo())
    page.set_input_files("#photo", photo)
    page.click("#keep")
    page.wait_for_selector("#noted")
    page.locator(".standings summary").first.tap()
    fits(page, "consent", tmp_path)


def _they_are_filmed_and_asked_again(demo: Demo, page: Page, tmp_path: Path) -> None:
    page.click("a:has-text('Arm the box')")
    page.locator("input[name=in_shot]").nth(0).check()
    page.locator("input[name=in_shot]").nth(1).check()
    page.fill("#activity", "Looking at a book")
    page.click("#arm")
    page.wait_for_selector("#armed:has-text('VIG-9')")
    fits(page, "armed", tmp_path)
    page.goto(demo.address)
    begin(page)
    page.wait_for_timeout(2500)
    press(page, STOP_MS)
    lamp(page, "ready")
    page.wait_for_selector(".happy")
    fits(page, "happy", tmp_path)
    page.click(".keep")
    page.wait_for_selector("#recordings")
    assert page.locator(".happy").count() == 0


def _a_no_is_heard_at_once(demo: Demo, page: Page) -> None:
    page.goto(f"{demo.address}/cases")
    page.click("a:has-text('VIG-9')")
    page.click("#to-consent")
    page.locator(".child button").tap()
    page.wait_for_selector("text=the child said no")
    lamp(page, "dark")
    assert not (demo.data / "arming" / "armed.json").exists()
    refused(page)
    page.locator(".child button").tap()
    page.wait_for_selector("#noted")
    page.click("a:has-text('Arm the box')")
    page.click("#again")
    page.wait_for_selector("#armed")
    lamp(page, "ready")


def _nothing_of_it_lies_open(demo: Demo) -> None:
    for folder in (demo.data, demo.temporary):
        for path in folder.rglob("*"):
            if path.is_file():
                data = path.read_bytes()
                for mark in (
                    PLACE,
                    b"IMG_1",
                    b"Looking at a book",
                    b"\xff\xd8\xff\xe0\x00\x10JFIF",
                ):
                    assert mark not in data, path


def test_erase_now_is_one_tap(demo: Demo, tablet: BrowserContext) -> None:
    page = tablet.new_page()
    unlock(page, demo)
    lamp(page, "ready")
    before = set((demo.data / "recordings").glob("*.age"))
    begin(page)
    page.wait_for_timeout(1500)
    press(page, STOP_MS)
    page.wait_for_selector(".happy")
    page.click(".erase-now")
    until(
        "the film is gone",
        lambda: set((demo.data / "recordings").glob("*.age")) == before,
        PATIENCE_S,
    )
