"""A box out of its carton: set up on its page, unlocked, looked at, armed, and a recording made."""

import io
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pypdf
import pytest
from playwright.sync_api import Page, sync_playwright
from werkzeug.serving import make_server

from tests.journeys import family
from tests.journeys.demo import STOP_MS, Demo, begin, chromium, press
from tests.journeys.test_access import judged, opened, told
from tests.web.tablets import served
from vigbox.appliance.waiting import prepare
from vigbox.appliance.wifi_state import WifiState
from vigbox.config import Settings
from vigbox.store.durable import save
from vigbox.store.layout import Layout
from vigbox.web.set_up import SetUp
from vigbox.web.set_up_app import create_set_up_app

pytestmark = pytest.mark.journey


def read_sheet(page: Page, demo: Demo) -> list[str]:
    """The numbered words, as they stand on the paper."""
    paper = page.request.get(f"{demo.address}/setup/sheet.pdf").body()
    text = "\n".join(each.extract_text() for each in pypdf.PdfReader(io.BytesIO(paper)).pages)
    numbered = re.findall(r"(?m)^(\d+) ([a-z-]+)$", text)
    return [word for _, word in sorted((int(number), word) for number, word in numbered)]


def asked(page: Page) -> int:
    return int(re.findall(r"\d+", page.inner_text("label[for=word]"))[0])


def set_up(page: Page, demo: Demo) -> list[str]:
    """Walk the pages as a practitioner does; gives the words on the paper."""
    page.goto(demo.address)
    page.click("#begin")
    page.fill("#controller", "Youth service, North")
    page.click("#next")
    page.fill("#name", "Anna")
    page.click("#next")
    words = page.locator("#words li").all_inner_texts()
    page.click("#written")
    assert page.locator("#words").count() == 0
    page.fill("#word", "wrong")
    page.click("#next")
    assert "not word" in page.inner_text(".problem")
    page.fill("#word", words[asked(page) - 1])
    page.click("#next")
    page.check("[name=erased]")
    page.fill("#word", read_sheet(page, demo)[asked(page) - 1])
    page.click("#finish")
    return words


def test_a_box_is_set_up_on_its_page_and_films(tmp_path: Path) -> None:
    data = tmp_path / "data"
    demo = Demo(data, "--fresh")
    try:
        with sync_playwright() as playwright, chromium(playwright) as browser:
            page, late = browser.new_page(), browser.new_context().new_page()
            late.goto(demo.address)
            words = set_up(page, demo)
            page.wait_for_selector("#passphrase")
            page.fill("#passphrase", " ".join(words))
            page.click("#unlock")
            page.wait_for_selector("#first")
            look(page)
            film(page, demo)
            late.click("#begin")
            late.goto(demo.address)
            assert "Your passphrase, six words" in late.inner_text("main")
    finally:
        demo.stop()
    assert not (data / "web" / "setup").exists()
    assert "BEGIN PRIVATE" not in (data / "identities" / "authority.age").read_text("latin-1")


def look(page: Page) -> None:
    """Picture and sound, before anything is filmed."""
    page.click("#check")
    page.wait_for_function("() => Number(document.getElementById('picture')?.dataset.number) > 2")
    assert "It answers" in page.inner_text("#findings")
    page.click("#done")


def film(page: Page, demo: Demo) -> None:
    """The first case is opened, agreed to and armed; a press films."""
    page.click("#open-case")
    case = family.open_case(page, demo, "VIG-1", "What soothes her?")
    family.consent(page, case)
    page.goto(f"{case}/arm")
    for place in (0, 1):
        page.locator("input[name=in_shot]").nth(place).check()
    page.click("#arm")
    page.wait_for_selector("#armed")
    page.goto(f"{demo.address}/first")
    assert page.locator("#first .done").count() == 2
    page.click("#recordings")
    begin(page)
    page.wait_for_function(
        "() => (document.querySelector('#running-length')?.textContent ?? '') >= '0:02'"
    )
    press(page, STOP_MS)
    page.wait_for_selector(".open")


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[str]:
    """The pages of a box that is not set up, alone; gives their address."""
    settings = Settings(data=tmp_path / "data", run=tmp_path, work_factor=15)
    layout = Layout(settings.data)
    layout.create()
    at = SetUp(layout, settings, prepare(layout, ["127.0.0.1"]).box)
    server = make_server("127.0.0.1", 0, create_set_up_app(at, ["127.0.0.1"]), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_end_that_does_not_come_is_told_after_a_minute(fresh: str, tmp_path: Path) -> None:
    layout = Layout(tmp_path / "data")
    save(layout.settled, b"")
    with sync_playwright() as playwright, chromium(playwright) as browser:
        page = browser.new_page()
        page.clock.install()
        page.goto(fresh)
        page.wait_for_url("**/setup/done")
        page.clock.run_for(50_000)
        assert page.locator("#late").is_hidden()
        page.clock.run_for(11_000)
        assert "Switch the box off and on" in page.inner_text("#late")


def test_whoever_was_overtaken_stays_to_read_it(fresh: str, tmp_path: Path) -> None:
    save(Layout(tmp_path / "data").settled, b"")
    with sync_playwright() as playwright, chromium(playwright) as browser:
        page = browser.new_page()
        page.clock.install()
        # the box's own pages are there
        page.route("**/unlock", lambda route: route.fulfill(status=200))
        with page.expect_response("**/unlock"):
            page.goto(fresh)
        page.clock.run_for(120_000)
        assert page.url.endswith("/setup/done")
        assert "done with another tablet" in page.inner_text("main")
        assert page.locator("#late").is_hidden()


def test_a_new_box_that_is_asked_by_a_cable_can_be_read(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data", run=tmp_path, work_factor=15)
    layout = Layout(settings.data)
    layout.create()
    up = WifiState("vb-7k3q", "10.42.0.1", is_up=True)
    at = SetUp(layout, settings, prepare(layout, ["127.0.0.1"]).box, wifi=lambda: up)
    with (
        served(create_set_up_app(at, ["localhost"])) as address,
        sync_playwright() as playwright,
        chromium(playwright) as browser,
    ):
        page = opened(browser, address, "phone", "light")
        page.goto(address)
        assert "vb-7k3q" in page.inner_text("main")
        told({"outside": judged(page)})


@pytest.mark.parametrize(("size", "light"), [("phone", "light"), ("tablet", "dark")])
def test_every_step_can_be_read_and_touched(fresh: str, size: str, light: str) -> None:
    wrong = {}
    with sync_playwright() as playwright, chromium(playwright) as browser:
        page = opened(browser, fresh, size, light)
        page.goto(fresh)
        wrong["welcome"] = judged(page)
        page.click("#begin")
        for step, fields in (("service", {"#controller": "North"}), ("you", {"#name": "Anna"})):
            wrong[step] = judged(page)
            for field, value in fields.items():
                page.fill(field, value)
            page.click("#next")
        wrong["passphrase"] = judged(page)
        words = page.locator("#words li").all_inner_texts()
        page.click("#written")
        wrong["written"] = judged(page)
        page.fill("#word", words[asked(page) - 1])
        page.click("#next")
        page.click("#by-hand summary")
        wrong["sheet"] = judged(page)
        page.goto(f"{fresh}/trust")
        for each in page.locator("summary").all():
            each.click()
        wrong["trust"] = judged(page)
    told(wrong)
