"""The page of a recording in a real browser: photos, full screen, two fingers, and what fails."""

import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from tests.journeys.review_page import Finger, opened, seen, served
from tests.media import drawn
from tests.web.conftest import Place, place
from vigbox.devices.drawn import picture_number

pytestmark = pytest.mark.journey
__all__ = ["place"]

SECONDS = 20
TIMES = " \N{MULTIPLICATION SIGN} "
VOICE_MS = (5130, 9270)
TABLET: dict[str, Any] = {"viewport": {"width": 820, "height": 1180}, "has_touch": True}
PARTS = "() => { const { film, store, view, lanes } = document.getElementById('watch');"
LANES = {
    "state": "ready",
    "progress": 1,
    "why": "",
    "wave": "",
    "motion": "",
    "speech": [VOICE_MS],
    "strip": None,
}


@pytest.fixture(scope="module")
def shots() -> list[drawn.Shot]:
    return drawn.shots(SECONDS, 5)


@pytest.fixture(scope="module")
def address(place: Place) -> Iterator[str]:
    with served(place) as found:
        yield found


@pytest.fixture
def recording(place: Place, shots: list[drawn.Shot]) -> str:
    return place.keep(bytes(drawn.record(shots, drawn.blocks(SECONDS, 5)).data))


@pytest.fixture
def page(browser: Browser, place: Place, address: str, recording: str) -> Iterator[Page]:
    page = opened(browser, place, address, recording, **TABLET)
    yield page
    page.context.close()


def watch(page: Page, told: str) -> Any:  # what a page answers
    return page.evaluate(f"{PARTS} return {told}; }}")


def is_so(page: Page, condition: str) -> None:
    page.wait_for_function(f"{PARTS} return {condition}; }}")


def centre(page: Page, what: str) -> tuple[float, float]:
    box = page.locator(what).bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def x_of(page: Page, seconds: float) -> float:
    box = page.locator(".lanes").bounding_box()
    assert box is not None
    left: float = box["x"] + watch(page, f"view.x({seconds})")
    return left


def photo(page: Page) -> tuple[str, Image.Image]:
    with page.expect_download() as saved:
        page.click("#save-photo")
    found = Image.open(io.BytesIO(saved.value.path().read_bytes()))
    return saved.value.suggested_filename, found


def number_in(image: Image.Image) -> int:
    return picture_number(np.asarray(image.convert("L")))


def test_a_photo_is_the_picture_on_the_screen(page: Page, shots: list[drawn.Shot]) -> None:
    page.evaluate("() => document.getElementById('watch').film.go(137)")
    seen(page)
    page.click("#photo")
    page.wait_for_selector("#photo-sheet .crop:not([hidden])")
    time = page.inner_text("#time")
    name, image = photo(page)
    assert name == f"VIG-7 {time.replace(':', '.')}.jpg"
    assert image.size == (
        watch(page, "film.video.videoWidth"),
        watch(page, "film.video.videoHeight"),
    )
    assert number_in(image) == shots[137].number
    page.wait_for_selector("#photo-sheet", state="hidden")


def test_a_photo_is_cropped_by_finger_and_by_key(page: Page) -> None:
    page.click("#photo")
    page.wait_for_selector("#photo-sheet .crop:not([hidden])")
    width, height = (watch(page, f"film.video.video{each}") for each in ("Width", "Height"))
    page.click("[data-shape='1']")
    assert page.inner_text("[data-at=size]") == TIMES.join((str(height), str(height)))
    x, y = centre(page, "[data-corner=se]")
    Finger(page).drag((x, y), (x - 60, y - 60))
    page.wait_for_function(
        "full => !document.querySelector('[data-at=size]').textContent.startsWith(`${full} `)",
        arg=height,
    )
    across, down = page.inner_text("[data-at=size]").split(TIMES)
    assert across == down
    left = page.locator(".crop").bounding_box()
    page.focus(".crop")
    page.keyboard.press("ArrowRight")
    moved = page.locator(".crop").bounding_box()
    assert left is not None
    assert moved is not None
    assert left["x"] < moved["x"]
    _, image = photo(page)
    assert image.size == (int(across), int(down))
    assert image.width < width
    for corner in page.locator("[data-corner]").all():
        box = corner.bounding_box()
        assert box is None or min(box["width"], box["height"]) >= 48


def test_the_film_fills_the_screen_with_its_buttons(page: Page) -> None:
    page.click("#full")
    page.wait_for_function("() => document.fullscreenElement?.id === 'stage'")
    assert page.locator("#play").is_visible()
    page.click("#play")
    is_so(page, "film.isPlaying")
    page.keyboard.press("f")
    page.wait_for_function("() => !document.fullscreenElement")


def test_two_fingers_look_closer_at_what_lies_between_them(page: Page) -> None:
    x, y = centre(page, "[data-lane=strip]")
    under = watch(page, "view.seconds(view.width / 2)")
    Finger(page).pinch(((x - 40, y), (x + 40, y)), ((x - 160, y), (x + 160, y)))
    is_so(page, "view.lengthS < 0.3 * film.lengthS")
    assert abs(watch(page, "view.seconds(view.width / 2)") - under) < 0.2
    Finger(page).pinch(((x - 160, y), (x + 160, y)), ((x - 20, y), (x + 20, y)))
    is_so(page, "view.isWhole")
    assert watch(page, "store.clips.length") == 0


def test_a_finger_that_rests_first_draws_a_clip_too(page: Page) -> None:
    _, y = centre(page, "[data-lane=clips]")
    finger = Finger(page)
    finger.down((x_of(page, 2), y))
    # a long press is told by the browser as a wish for a menu
    page.evaluate(
        """() => new Promise((done) => {
            addEventListener("contextmenu", done, { once: true });
            setTimeout(done, 1500);
        })"""
    )
    for second in (3, 4, 5, 6):
        finger.move((x_of(page, second), y))
    finger.up()
    is_so(page, "store.clips.length === 1")


def test_a_film_that_does_not_come_says_so_and_is_tried_again(
    browser: Browser, place: Place, address: str, recording: str
) -> None:
    page = opened(browser, place, address, recording, **TABLET)
    page.route("**/film-*.mp4", lambda route: route.abort())
    page.reload()
    page.wait_for_selector("#trouble:not([hidden])")
    assert "does not come" in page.inner_text("#trouble p")
    page.unroute("**/film-*.mp4")
    page.click("#again")
    page.wait_for_selector("#trouble", state="hidden")
    page.wait_for_selector("#watch[data-ready]")
    page.click("#play")
    is_so(page, "film.isPlaying && film.shown > 5")
    page.context.close()


def test_a_page_whose_picture_times_did_not_come_begins_anew(
    browser: Browser, place: Place, address: str, recording: str
) -> None:
    page = opened(browser, place, address, recording, **TABLET)
    page.route("**/times-*", lambda route: route.abort())
    page.reload()
    page.wait_for_selector("#trouble:not([hidden])")
    page.unroute("**/times-*")
    page.click("#again")
    page.wait_for_selector("#watch[data-ready]")
    page.context.close()


def test_without_frame_callbacks_steps_show_their_pictures_as_well(
    browser: Browser, place: Place, address: str, recording: str, shots: list[drawn.Shot]
) -> None:
    context = browser.new_context(**TABLET)
    context.add_init_script("delete HTMLVideoElement.prototype.requestVideoFrameCallback;")
    page = context.new_page()
    page.goto(f"{address}/unlock")
    page.fill("#passphrase", place.secrets.passphrase)
    page.click("#unlock")
    page.wait_for_selector("#lock")
    page.goto(f"{address}/recordings/{recording}")
    page.wait_for_selector("#watch[data-ready]")
    assert watch(page, "film.seeker.hasFrameCallback") is False
    numbers = []
    for _ in range(20):
        page.keyboard.press("ArrowRight")
        numbers.append(seen(page))
    assert numbers == [each.number for each in shots[1:21]]
    page.click("#play")
    is_so(page, "film.shown > 60")
    context.close()


def test_an_end_that_is_dragged_near_a_voice_goes_there_and_a_step_moves_it_off(page: Page) -> None:
    page.route("**/lanes", lambda route: route.fulfill(json=LANES))
    page.reload()
    page.wait_for_selector("#watch[data-ready]")
    is_so(page, "lanes.speech.length === 1")
    _, y = centre(page, "[data-lane=clips]")
    Finger(page).drag((x_of(page, 5.25), y), (x_of(page, 9.15), y))
    is_so(page, "store.clips.length === 1")
    clip = watch(page, "store.clips[0]")
    first, end = (watch(page, f"film.times.edgeAt({ms / 1000})") for ms in VOICE_MS)
    assert (clip["first"], clip["last"]) == (first, end - 1)
    page.locator("[data-handle=first]").focus()
    page.keyboard.press("ArrowRight")
    is_so(page, f"store.clips[0].first === {first + 1}")


def test_a_clip_is_made_and_mended_by_start_and_end(page: Page) -> None:
    for picture, what in ((100, "#starts"), (180, "#ends")):
        page.evaluate("n => document.getElementById('watch').film.go(n)", picture)
        page.tap(what)
    is_so(page, "store.clips.length === 1 && store.selected")
    clip = watch(page, "store.clips[0]")
    assert (clip["first"], clip["last"]) == (100, 180)
    page.evaluate("() => document.getElementById('watch').film.go(170)")
    page.tap("#ends")
    is_so(page, "store.clips[0].last === 170")
    assert watch(page, "store.clips[0].first") == 100
