"""Watching while the box films, in a real browser: the film grows under whoever watches."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.journeys.demo import PATIENCE_S, Demo, lamp, unlock

pytestmark = pytest.mark.journey

MOST_SEAM_MS = 200
LONG = PATIENCE_S * 1000

WATCH = """() => {
    const page = document.getElementById("watch"), { film } = page;
    const seen = [], seams = [];
    let shown = null;
    const look = (video) => video.requestVideoFrameCallback((_, frame) => {
        if (video !== film.video) return;
        const now = { at: performance.now(), picture: film.pictureAt(frame.mediaTime) };
        const before = seen.at(-1);
        if (before && before.video !== video)
            seams.push({ gap: now.at - before.at, pictures: now.picture - before.picture });
        seen.push({ ...now, video });
        look(video);
    });
    const take = () => {
        if (film.video !== shown) look(film.video);
        shown = film.video;
    };
    film.addEventListener("state", take);
    take();
    Object.assign(page, { seen, seams });
}"""
"""Notes every picture that is painted, and each time that another element took over: how long
after the last picture of the one before the first of the next came, and how many pictures on."""

AT_REST = "film.video.paused && film.pictureAt(film.video.currentTime) === film.shown"

STOP = """() => fetch("/box/stop", {
  method: "POST",
  headers: { "X-CSRFToken": document.querySelector("meta[name=csrf-token]").content },
})"""


@pytest.fixture
def demo(tmp_path: Any) -> Iterator[Demo]:
    demo = Demo(tmp_path / "data")
    yield demo
    demo.stop()


def film(page: Page, told: str) -> Any:  # what a page answers
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


def test_the_film_grows_while_it_is_played(
    browser: Browser, demo: Demo, record_property: Callable[[str, object], None]
) -> None:
    page = filming(browser, demo)
    page.evaluate(WATCH)
    before = film(page, "last")
    page.click("#play")
    # a late processor makes a seam longer, and each one only if the fault is ours
    good = f"seams.some(each => each.gap <= {MOST_SEAM_MS} && each.pictures <= 6)"
    is_so(page, f"seams.length >= 3 && film.last > {before} + 150 && ({good} || seams.length > 12)")
    seams = page.evaluate("() => document.getElementById('watch').seams")
    gaps = sorted(round(each["gap"]) for each in seams)
    record_property("figure", f"ms between two videos: {gaps}; wanted: {MOST_SEAM_MS} at most")
    assert all(each["pictures"] >= -2 for each in seams), seams
    assert any(each["gap"] <= MOST_SEAM_MS and each["pictures"] <= 6 for each in seams), seams
    page.click("#play")
    # the last picture may be painted after the pause
    is_so(page, f"film.isSettled && {AT_REST}")
    place, last = film(page, "shown"), film(page, "last")
    # at rest the place is kept, to the picture, while the film goes on to grow
    is_so(page, f"film.last > {last} + 100")
    assert film(page, "shown") == place
    assert page.locator("video:not(.spare)").count() == 1
    is_so(page, AT_REST)
    page.click("#now")
    is_so(page, f"film.isPlaying && film.shown > {last} - 30")
    page.evaluate(STOP)
    page.wait_for_selector(".growing.is-over", timeout=LONG)
    assert page.locator("#erase").count() == 1
    is_so(page, "film.video.ended || film.shown === film.last")
    # the strip and the voices follow by themselves
    page.wait_for_selector("#progress", state="hidden", timeout=LONG)
    page.context.close()


def test_a_film_that_is_cut_while_watched_plays_to_its_last_whole_fragment(
    browser: Browser, demo: Demo
) -> None:
    page = filming(browser, demo)
    watched = page.url
    page.click("#now")
    is_so(page, "film.isPlaying")
    demo.kill("recorder")
    page.wait_for_selector(".growing.is-over", timeout=LONG)
    assert "was cut" in page.inner_text("#growing")
    is_so(page, "film.shown === film.last && !film.isPlaying")
    assert film(page, "video.error") is None
    assert film(page, "lengthS") > 8
    page.evaluate(STOP)
    page.goto(watched)
    page.wait_for_selector("#watch[data-ready]")
    page.context.close()
