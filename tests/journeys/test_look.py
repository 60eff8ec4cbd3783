"""Aiming the camera in a real browser: before a film and during one, until the lock."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.journeys.demo import PATIENCE_S, Demo, lamp, unlock, until

pytestmark = pytest.mark.journey


def moves(page: Page) -> None:
    """Wait until the picture is another one."""
    page.wait_for_function("() => Number(document.getElementById('picture')?.dataset.number) > 0")
    number = page.get_attribute("#picture", "data-number")
    page.wait_for_function(
        "before => document.getElementById('picture').dataset.number !== before", arg=number
    )


def test_somebody_aims_films_and_locks(demo: Demo, browser: Browser, tmp_path: Path) -> None:
    page = browser.new_page(viewport={"width": 820, "height": 1180})
    unlock(page, demo)
    page.click("#look")
    moves(page)
    lamp(page, "framing")
    page.wait_for_selector("text=Sound: good")
    page.screenshot(path=tmp_path / "tablet.png")
    page.click("#start")
    lamp(page, "recording")
    moves(page)
    page.click("#stop")
    page.wait_for_selector("h1:has-text('Recordings')")
    lamp(page, "ready")
    page.click("#look")
    moves(page)
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme="dark")
    page.screenshot(path=tmp_path / "phone.png")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    page.click("#lock")
    page.wait_for_selector("#passphrase")
    lamp(page, "ready")
    page.goto(f"{demo.address}/box/look")
    page.wait_for_selector("#passphrase")


def test_a_page_that_is_left_closes_the_camera(demo: Demo, browser: Browser) -> None:
    page, other = browser.new_page(), browser.new_page()
    unlock(page, demo)
    page.click("#look")
    other.goto(demo.address)
    lamp(other, "framing")
    page.close(run_before_unload=False)
    shown = other.locator(".lamp")
    until("green", lambda: shown.get_attribute("data-lamp") == "ready", PATIENCE_S)
