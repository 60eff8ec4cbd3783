"""Ask before review: a press without a case, seen by nobody, filed with consent; one declined."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

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
from tests.journeys.test_consent import fits, open_case, sign

pytestmark = pytest.mark.journey


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 820, "height": 1180}, has_touch=True)
    yield context.new_page()
    context.close()


def unfiled(demo: Demo) -> list[str]:
    """The films on the card that have a key of their own."""
    return [each.name.split(".")[0] for each in (demo.data / "recordings").glob("*.key.age")]


def choose_policy(page: Page, demo: Demo, policy: str) -> None:
    page.goto(f"{demo.address}/service")
    page.locator(f"label:has(input[value='{policy}'])").tap()
    page.click("#save")
    page.wait_for_selector("#saved")


def disarm(demo: Demo) -> None:
    """The demonstration comes armed; its time is over."""
    (demo.data / "arming" / "armed.json").unlink(missing_ok=True)


def film(page: Page) -> None:
    """Press and hold on the box, with the page locked."""
    begin(page)
    page.wait_for_timeout(2500)
    press(page, STOP_MS)
    lamp(page, "ready")


def lock(page: Page) -> None:
    page.click("#lock")
    page.wait_for_selector("#passphrase")


def test_an_unarmed_press_is_sealed_listed_and_filed_with_consent(
    demo: Demo, page: Page, tmp_path: Path
) -> None:
    unlock(page, demo)
    disarm(demo)
    lamp(page, "dark")
    refused(page)  # as ever, without the setting
    assert unfiled(demo) == []
    choose_policy(page, demo, "ask before review")
    fits(page, "policy", tmp_path)
    lock(page)
    film(page)
    (recording,) = unfiled(demo)
    _it_is_told_and_not_shown(demo, page, recording, tmp_path)
    _no_address_plays_it(demo, page, recording)
    _it_is_filed(demo, page, recording, tmp_path)
    _it_plays(demo, page, recording)


def _it_is_told_and_not_shown(demo: Demo, page: Page, recording: str, tmp_path: Path) -> None:
    unlock(page, demo)
    page.wait_for_selector(f"#unfiled [data-recording='{recording}']:has-text('length 0:0')")
    page.wait_for_selector("#unfiled .due:has-text('If nobody files it, it is erased')")
    assert (
        page.locator("#unfiled img, #unfiled video, #unfiled audio, #unfiled canvas").count() == 0
    )
    page.wait_for_selector("#idle-word:has-text('No case is armed')")
    fits(page, "unfiled", tmp_path)


def _no_address_plays_it(demo: Demo, page: Page, recording: str) -> None:
    for rest in ("", "/film-1.mp4", "/newest", "/times-1", "/lanes", "/strip.jpg", "/picture-1.jpg",
                 "/review"):  # fmt: skip
        answer = page.request.get(f"{demo.address}/recordings/{recording}{rest}")
        assert answer.status == 404, rest
    assert not (demo.data / "lanes" / f"{recording}.age").exists()


def _it_is_filed(demo: Demo, page: Page, recording: str, tmp_path: Path) -> None:
    open_case(page, demo, "VIG-31")
    page.goto(demo.address)
    page.locator("#unfiled .file").tap()
    page.click("#choose a:has-text('VIG-31')")
    page.locator("input[name=in_shot]").nth(0).check()
    fits(page, "filing", tmp_path)
    page.click("#file")
    page.wait_for_selector("#shut:has-text('mother M (not asked yet)')")
    page.locator("a.ask").nth(0).click()
    page.locator(".choice:has-text('Yes')").nth(0).click()
    sign(page)
    page.click("#keep")
    page.wait_for_selector("#noted")
    page.goto(demo.address)
    page.locator("#unfiled .file").tap()
    page.click("#choose a:has-text('VIG-31')")
    page.locator("input[name=in_shot]").nth(0).check()
    page.click("#file")
    page.wait_for_selector(f"#recordings [data-recording='{recording}']:has-text('VIG-31')")
    assert page.locator("#unfiled").count() == 0


def _it_plays(demo: Demo, page: Page, recording: str) -> None:
    page.goto(f"{demo.address}/recordings/{recording}")
    page.wait_for_function(
        "() => { const v = document.querySelector('video');"
        " return v && v.readyState >= 2 && v.duration > 1.5 && v.videoWidth > 0; }"
    )


def test_one_that_is_declined_is_erased(demo: Demo, page: Page) -> None:
    unlock(page, demo)
    disarm(demo)
    choose_policy(page, demo, "ask before review")
    lock(page)
    before = set(unfiled(demo))
    film(page)
    (recording,) = set(unfiled(demo)) - before
    unlock(page, demo)
    page.locator(f"#unfiled [data-recording='{recording}'] .file").tap()
    page.click("#erase")
    page.wait_for_selector("h1:has-text('Recordings')")
    until(
        "nothing of it is left",
        lambda: not list((demo.data / "recordings").glob(f"{recording}*")),
        PATIENCE_S,
    )
    page.goto(f"{demo.address}/erasures")
    page.wait_for_selector("text=unfiled")
    choose_policy(page, demo, "before filming")
    lamp(page, "dark")
    refused(page)
