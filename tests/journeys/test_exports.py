"""Exports as a practitioner orders them: held by a recording, cancelled, a web killed, fetched."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from tests import material
from tests.journeys import outside
from tests.journeys.demo import (
    PAIR_MS,
    PATIENCE_S,
    STOP_MS,
    VIGBOX,
    Demo,
    begin,
    lamp,
    press,
    unlock,
    until,
)
from vigbox.media.masked import GREY

pytestmark = pytest.mark.journey

SIZES = {"tablet": (820, 1180), "across": (1180, 820), "phone": (390, 844)}
NEW_CLIPS = """async (recording) => {
  for (const first of [10, 40, 70]) {
    const body = JSON.stringify({ first, last: first + 19 });
    const token = document.querySelector("meta[name=csrf-token]").content;
    const headers = { "Content-Type": "application/json", "X-CSRFToken": token };
    await fetch(`/recordings/${recording}/clips`, { method: "POST", headers, body });
  }
}"""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    demo = Demo(tmp_path_factory.mktemp("exports") / "data", "--film", str(material.visit()))
    yield demo
    demo.stop()


def companion(*words: str) -> str:
    done = subprocess.run(
        [*VIGBOX, *words], check=False, capture_output=True, text=True, timeout=PATIENCE_S
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def record(page: Page) -> str:
    """Film for some seconds; gives the recording."""
    begin(page)
    page.wait_for_timeout(6000)
    press(page, STOP_MS)
    lamp(page, "ready")
    page.reload()
    page.wait_for_selector("#recordings [data-recording]")
    return page.locator("#recordings [data-recording]").first.get_attribute("data-recording") or ""


def look(page: Page, folder: Path, name: str) -> None:
    """Look at the page in every size and light: nothing is cut off, nothing is small."""
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        for light in ("light", "dark"):
            page.emulate_media(color_scheme=light)
            page.screenshot(path=folder / f"{name}-{size}-{light}.png", full_page=True)
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width
        small = page.evaluate(
            "() => [...document.querySelectorAll('main button, main .button, main .tick')]"
            ".filter((each) => each.getBoundingClientRect().height < 48).length"
        )
        assert small == 0
    page.set_viewport_size({"width": 820, "height": 1180})
    page.emulate_media(color_scheme="light")


def order(
    page: Page, *made: str, whom: str = "", purpose: str = "", only: int | None = None
) -> None:
    for number, each in enumerate(page.locator("[name=clip]").all(), 1):
        each.set_checked(only in (None, number))
    if purpose:
        page.check(f"[name=purpose][value={purpose}]")
    if page.locator("#programs:not([open])").count():
        page.click("#programs summary")
    for each in page.locator("[name=make]").all():
        each.set_checked(each.get_attribute("value") in made)
    if whom:
        page.check(f"[name=machine][value={whom}]")
    page.click("#make")
    page.wait_for_selector("#orders [data-order]")


def test_exports_are_ordered_held_cancelled_taken_up_and_fetched(
    demo: Demo, browser: Browser, tmp_path: Path
) -> None:
    context = browser.new_context(viewport={"width": 820, "height": 1180}, accept_downloads=True)
    page = context.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    unlock(page, demo)
    recording = record(page)
    page.evaluate(NEW_CLIPS, recording)
    home, films = tmp_path / "home", tmp_path / "films"
    _pair(context.new_page(), demo, home)

    page.goto(f"{demo.address}/cases")
    page.click(".case a.what")
    page.click("#exports a")
    page.wait_for_selector("#order")
    _the_gate_speaks_first(page, tmp_path)

    begin(page)
    order(page, "clips", "stills")
    page.wait_for_selector("text=waits until the recording is over")
    order(page, "clips")
    page.wait_for_function("() => document.querySelectorAll('#orders [data-order]').length === 2")
    look(page, tmp_path, "held")
    page.locator("[data-state=waiting] .cancel").first.click()
    page.wait_for_selector("[data-state=cancelled]")
    assert page.locator("[data-state=waiting]").count() == 1

    address, before = page.url, demo.children("web")
    demo.kill("web")
    until("the web is there again", lambda: bool(set(demo.children("web")) - set(before)))
    until("its page answers", lambda: _answers(page, demo))
    lamp(page, "recording")
    press(page, STOP_MS)  # a web that has only just begun may tell of it late
    lamp(page, "ready")
    unlock(page, demo)
    page.goto(address.partition("#")[0])
    page.wait_for_selector("[data-state=made]")

    companion("sync", str(films), "--once", "--home", str(home))
    page.wait_for_selector("text=fetched and verified")  # without anybody's doing
    look(page, tmp_path, "fetched")
    found = sorted(each.name for each in films.glob("DEMO-1/*"))
    assert [each for each in found if each.endswith((".mp4", ".jpg"))] == [
        f"DEMO-1 {each}" for each in (
            "clip 1.mp4", "clip 2.mp4", "clip 3.mp4", "still 1.jpg", "still 2.jpg", "still 3.jpg"
        )
    ]  # fmt: skip
    assert len(outside.pictures(films / "DEMO-1" / "DEMO-1 clip 2.mp4")) == 20

    told = json.loads((films / "DEMO-1" / "about.json").read_text())
    assert {each["purpose"] for each in told["rests_on"]} == {"filming"}
    _covered_it_leaves_for_training(page, tmp_path)
    companion("sync", str(films), "--once", "--home", str(home))
    _it_came_covered(page, films / "DEMO-1")
    _this_browser_gets_it(page, tmp_path)
    assert troubles == []


def _pair(page: Page, demo: Demo, home: Path) -> None:
    page.goto(f"{demo.address}/machines")
    page.click("#pair")
    page.wait_for_selector("text=Hold the box's button")
    press(page, PAIR_MS)
    code = page.inner_text("#code")
    companion("pair", demo.machines, "--code", code, "--home", str(home), "--name", "laptop")
    page.close()


def _answers(page: Page, demo: Demo) -> bool:
    try:
        page.goto(demo.address)
    except Exception:  # noqa: BLE001  # while nobody listens
        return False
    return page.locator("#passphrase").count() == 1


def _the_gate_speaks_first(page: Page, folder: Path) -> None:
    page.locator("[name=clip]").first.check()
    page.check("[name=purpose][value=training]")
    page.wait_for_selector("#gate:has-text('consent to training is missing')")
    assert page.is_disabled("#make")
    page.click("#programs summary")
    look(page, folder, "gate")
    page.click("#programs summary")
    page.locator("[name=purpose]").first.check()
    page.wait_for_selector("#gate", state="hidden")
    assert page.is_enabled("#make")


def _covered_it_leaves_for_training(page: Page, folder: Path) -> None:
    """Nobody has agreed to training: their faces are covered, on the way that the page shows."""
    exports = page.url.partition("#")[0]
    page.check("[name=purpose][value=training]")
    page.locator("[name=clip]").first.check()
    page.wait_for_selector("#ways a")
    look(page, folder, "ways")
    page.click("#ways a")
    page.wait_for_function("() => document.getElementById('picture')?.naturalWidth > 0")
    page.click("#draw")
    page.wait_for_selector("#draw[aria-pressed=true]")
    box = page.locator("#photo").bounding_box()
    assert box
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 300, box["y"] + 200)
    page.mouse.up()
    page.wait_for_selector("#faces li")
    page.click("#make")
    page.wait_for_function("() => !document.querySelector('#looked').disabled")
    for each in page.locator("#people input").all():
        each.check()
    page.click("#looked")
    page.wait_for_selector("#done:not([hidden])")
    page.goto(exports)
    page.wait_for_selector(".order .tick:has-text('faces covered')")
    order(page, "clips", "film", purpose="training", only=1)
    page.wait_for_selector("[data-state=made]:has-text('faces covered')")
    look(page, folder, "covered")


def _it_came_covered(page: Page, films: Path) -> None:
    told = json.loads((films / "about (2).json").read_text())
    assert (told["what"], told["purpose"]) == (
        "clips, film (of clips: 1), faces masked", "training",
    )  # fmt: skip
    assert told["files"] == ["DEMO-1 clip 1, masked.mp4", "DEMO-1 film.mp4"]
    film, exports = films / told["files"][0], page.url
    clip = page.locator("[name=clip]").first.get_attribute("value")
    page.goto(f"{page.url.partition('/cases')[0]}/clips/{clip}/masks")
    facts = page.locator("#masks").evaluate("(one) => ({ ...one.dataset })")
    left, top, width, height = json.loads(facts["state"])["faces"][0]["spans"][0][2:]
    shown = outside.pictures(film, (int(facts["width"]), int(facts["height"])))[
        :, top + 8 : top + height - 8, left + 8 : left + width - 8
    ]
    assert len(shown) == 20
    assert shown.size
    assert np.ptp(shown) <= 6
    assert abs(int(np.median(shown)) - GREY) <= 2
    page.goto(exports)


def _this_browser_gets_it(page: Page, folder: Path) -> None:
    order(page, "clips", whom="browser")
    page.wait_for_selector("[data-state=ready] .files a")
    look(page, folder, "ready")
    with page.expect_download() as begun:
        page.locator(".files a").first.click()
    assert begun.value.suggested_filename == "DEMO-1 clip 1, masked.mp4"
    begun.value.save_as(folder / "clip.mp4")
    assert len(outside.pictures(folder / "clip.mp4")) == 20
    page.wait_for_selector("text=downloaded in the browser")
