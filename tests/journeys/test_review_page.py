"""The page of a recording in a real browser: exact to the picture, by finger and by key."""

import random
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from tests.journeys.review_page import Finger, opened, seen, served
from tests.media import drawn
from tests.web.conftest import Place, place

pytestmark = pytest.mark.journey
__all__ = ["place"]

SECONDS = 20
MOST_BYTES = 250_000
TABLET = {"viewport": {"width": 820, "height": 1180}, "has_touch": True}


@pytest.fixture(scope="module")
def shots() -> list[drawn.Shot]:
    return drawn.shots(SECONDS, 5)


@pytest.fixture(scope="module")
def address(place: Place) -> Iterator[str]:
    with served(place) as found:
        yield found


@pytest.fixture(scope="module")
def recording(place: Place, shots: list[drawn.Shot]) -> str:
    return place.keep(bytes(drawn.record(shots, drawn.blocks(SECONDS, 5)).data))


@pytest.fixture
def page(browser: Browser, place: Place, address: str, recording: str) -> Iterator[Page]:
    page = opened(browser, place, address, recording, **TABLET)
    yield page
    for clip in clips(page):
        page.evaluate("id => document.getElementById('watch').store.remove(id)", clip["id"])
    page.context.close()


def clips(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.evaluate(
        "() => document.getElementById('watch').store.clips"
    )
    return found


def go(page: Page, picture: int) -> None:
    page.evaluate("picture => document.getElementById('watch').film.go(picture)", picture)


def middle(page: Page, lane: str) -> float:
    box = page.locator(f"[data-lane={lane}]").bounding_box()
    assert box is not None
    return box["y"] + box["height"] / 2


def x_of(page: Page, picture: int) -> float:
    """Where on the glass a picture begins."""
    box = page.locator(".lanes").bounding_box()
    assert box is not None
    span = page.evaluate("() => document.getElementById('watch').view")
    seconds = page.evaluate("n => document.getElementById('watch').film.seconds(n)", picture)
    return float(box["x"] + (seconds - span["startS"]) * box["width"] / span["lengthS"])


def stepped(page: Page, key: str) -> int:
    page.keyboard.press(key)
    return seen(page)


def test_two_hundred_steps_each_show_the_next_picture(page: Page, shots: list[drawn.Shot]) -> None:
    go(page, 100)
    assert seen(page) == shots[100].number
    forward = [stepped(page, "ArrowRight") for _ in range(100)]
    assert forward == [each.number for each in shots[101:201]]
    back = [stepped(page, "ArrowLeft") for _ in range(100)]
    assert back == [each.number for each in shots[100:200]][::-1]


def test_a_hundred_seeks_land_on_their_picture(page: Page, shots: list[drawn.Shot]) -> None:
    rng, wrong = random.Random(11), []
    for wanted in [0, len(shots) - 1, *(rng.randrange(len(shots)) for _ in range(98))]:
        go(page, wanted)
        found = seen(page)
        if found != shots[wanted].number or page.inner_text("#picture") != str(wanted):
            wrong.append((wanted, shots[wanted].number, found))
    assert wrong == []


def test_many_steps_at_once_end_on_the_last_one(page: Page, shots: list[drawn.Shot]) -> None:
    """A key that is held asks faster than a film can seek: seeks are not queued."""
    page.evaluate(
        """() => {
            const { film } = document.getElementById("watch");
            let count = 0;
            film.video.addEventListener("seeking", () => { film.seeks = ++count; });
            for (let n = 0; n < 60; n += 1) film.step(1);
        }"""
    )
    assert seen(page) == shots[60].number
    assert page.evaluate("() => document.getElementById('watch').film.seeks") <= 3


def test_a_clip_drawn_with_a_finger_has_the_pictures_asked_for(page: Page) -> None:
    y = middle(page, "clips")
    finger = Finger(page)
    # the finger starts and ends on the edges of pictures 40 and 160
    finger.drag((x_of(page, 40), y), (x_of(page, 160), y))
    page.wait_for_function("() => document.getElementById('watch').store.clips.length === 1")
    (clip,) = clips(page)
    assert (clip["first"], clip["last"]) == (40, 159)


def test_its_end_moved_with_a_finger_lands_on_the_picture_under_it(
    page: Page, shots: list[drawn.Shot]
) -> None:
    y = middle(page, "clips")
    finger = Finger(page)
    finger.drag((x_of(page, 100), y), (x_of(page, 180), y))
    handle = page.locator("[data-handle=last]")
    handle.wait_for()
    page.wait_for_function("() => document.getElementById('watch').film.isSettled")
    edge, to = x_of(page, 180), x_of(page, 220)
    finger.drag((edge + 20, y), (to + 20, y))
    page.wait_for_function("() => document.getElementById('watch').store.clips[0]?.last === 219")
    assert clips(page)[0]["first"] == 100
    assert seen(page) == shots[219].number
    handle.focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("() => document.getElementById('watch').store.clips[0].last === 218")
    told = handle.get_attribute("aria-valuetext")
    assert told is not None
    assert re.fullmatch(r"0:0\d\.\d\d · picture 218", told)


def looped(page: Page) -> list[int]:
    """Play pictures 50 to 80 again and again, until they began anew twice; gives what was seen."""
    go(page, 0)
    seen(page)
    painted: list[int] = page.evaluate(
        """() => new Promise((done) => {
            const { film } = document.getElementById("watch"), seen = [];
            let begun = 0;
            const look = (_, frame) => {
                const picture = film.pictureAt(frame.mediaTime);
                if (picture < seen.at(-1)) begun += 1;
                seen.push(picture);
                if (begun === 2) return film.pause(), done(seen);
                return film.video.requestVideoFrameCallback(look);
            };
            film.go(50);
            film.addEventListener("settled", () => {
                film.video.requestVideoFrameCallback(look);
                film.playSpan(50, 80);
            }, { once: true });
        })"""
    )
    return painted


def test_a_clip_that_is_played_again_and_again_shows_only_its_pictures(page: Page) -> None:
    # a browser on a busy computer may turn back late: a fault of ours would be there each time
    strayed: list[set[int]] = []
    while len(strayed) < 5 and (not strayed or strayed[-1]):
        painted = set(looped(page))
        strayed.append((painted - set(range(50, 81))) | ({80} - painted))
    assert not strayed[-1], strayed
    assert page.evaluate("() => document.getElementById('film').preservesPitch") is True


def test_the_page_is_light_before_the_film(
    browser: Browser, place: Place, address: str, recording: str
) -> None:
    page = opened(browser, place, address, recording)
    sizes: dict[str, int] = {}

    def count(response: Any) -> None:
        path = urlsplit(response.url).path
        if path.startswith("/static/") or path == f"/recordings/{recording}":
            sizes[path] = len(response.body())

    page.on("response", count)
    page.reload()
    page.wait_for_selector("#watch[data-ready]")
    page.wait_for_load_state("load")
    assert any(path.endswith("review/timeline.js") for path in sizes), "nothing was counted"
    assert sum(sizes.values()) < MOST_BYTES, sizes
    page.context.close()


def test_keys_stay_with_what_is_typed(page: Page) -> None:
    page.keyboard.press("?")
    page.wait_for_selector("#help[open]")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Escape")
    page.wait_for_selector("#help", state="hidden")
    assert page.inner_text("#picture") == "0"
    go(page, 60)
    page.keyboard.press("c")
    name = page.locator("#name")
    name.fill("m")
    name.press("m")
    name.press("ArrowLeft")
    assert page.inner_text("#picture") == "60"
    made = page.evaluate(
        "() => document.getElementById('watch').store.marks.map(each => each.from)"
    )
    assert "page" not in made
