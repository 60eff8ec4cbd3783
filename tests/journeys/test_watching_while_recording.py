"""Watching while the box films, in a real browser: the film grows under whoever watches."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.journeys.demo import PATIENCE_S, Demo, chromium, lamp, unlock

pytestmark = pytest.mark.journey

MOST_SEAM_MS = 200
LONG = PATIENCE_S * 1000

WATCH = """() => {
    const page = document.getElementById("watch"), { film } = page;
    Object.assign(page, { seen: [], seams: [], stops: 0 });
    let video = film.video, at = performance.now();
    const look = () => {
        const now = performance.now();
        if (film.video !== video) {
            page.seams.push({ gap: now - at, from: page.seen.at(-1)[1] });
            video = film.video;
        }
        film.video.requestVideoFrameCallback((paint, frame) => {
            at = performance.now();
            page.seen.push([at, film.pictureAt(frame.mediaTime)]);
            look();
        });
    };
    film.addEventListener("state", () => { if (film.video !== video) look(); });
    look();
}"""
"""Notes when each picture was painted, and every time that another element took over."""


@pytest.fixture
def demo(tmp_path: Any) -> Iterator[Demo]:
    demo = Demo(tmp_path / "data")
    yield demo
    demo.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright, chromium(playwright) as found:
        yield found


def film(page: Page, told: str) -> Any:  # noqa: ANN401  # what a page answers
    return page.evaluate(f"() => document.getElementById('watch').film.{told}")


def is_so(page: Page, condition: str) -> None:
    page.wait_for_function(
        f"() => {{ const {{ film, seen, seams }} = document.getElementById('watch');"
        f" return {condition}; }}",
        timeout=LONG,
    )


def filming(browser: Browser, demo: Demo) -> Page:
    """Start a recording and open its page once there is something of it."""
    page = browser.new_page(viewport={"width": 820, "height": 1180})
    unlock(page, demo)
    page.click("#start")
    lamp(page, "recording")
    page.wait_for_function(
        "() => (document.querySelector('[data-growing]')?.textContent ?? '0:00') >= '0:08'",
        timeout=LONG,
    )
    page.click("#recordings .open")
    page.wait_for_selector("#watch[data-ready]")
    return page


def test_the_film_grows_while_it_is_played(browser: Browser, demo: Demo) -> None:
    page = filming(browser, demo)
    page.evaluate(WATCH)
    before = film(page, "last")
    page.click("#play")
    is_so(page, f"seams.length >= 3 && film.last > {before} + 150")
    seams = page.evaluate("() => document.getElementById('watch').seams")
    seen = page.evaluate("() => document.getElementById('watch').seen")
    print(seams)
    gaps = [
        (later[0] - earlier[0], later[1] - earlier[1])
        for earlier, later in zip(seen, seen[1:], strict=False)
    ]
    print(sorted(gaps, reverse=True)[:12], sorted(gaps, key=lambda each: each[1])[:5])
    page.screenshot(path="/tmp/p-growing.png")
    assert max(gap for gap, _ in gaps) <= MOST_SEAM_MS
