"""Two colleagues, a lost passphrase, a guesser and a family that withdraws: in real browsers."""

import contextlib
import io
import re

import pytest
from playwright.sync_api import Browser, Error, Page
from pypdf import PdfReader

from tests.journeys.demo import PAIR_MS, STOP_MS, Demo, begin, lamp, press, unlock
from tests.paper import word_on_paper
from vigbox.store.layout import Layout

pytestmark = pytest.mark.journey


@pytest.fixture(scope="module")
def anna(demo: Demo, browser: Browser) -> Page:
    """The first practitioner's tablet, with one recording made."""
    page = browser.new_page()
    page.goto(demo.address)
    begin(page)
    unlock(page, demo)
    page.wait_for_function(
        "() => (document.querySelector('[data-growing]')?.textContent ?? '0:00') !== '0:00'"
    )
    press(page, STOP_MS)
    lamp(page, "ready")
    return page


def a_tablet(browser: Browser, demo: Demo, passphrase: str) -> Page:
    page = browser.new_page()
    page.goto(demo.address)
    page.fill("#passphrase", passphrase)
    page.click("#unlock")
    return page


def watches(page: Page, demo: Demo) -> bool:
    page.goto(demo.address)
    page.click("#recordings a")
    page.wait_for_selector("#watch[data-ready], .problem, h1:has-text('cannot')")
    return page.locator("#watch[data-ready]").count() == 1


def test_a_colleague_watches_what_is_shared_until_she_is_removed(
    demo: Demo, browser: Browser, anna: Page
) -> None:
    anna.goto(f"{demo.address}/keys/")
    anna.fill("#name", "Berta")
    anna.click("#add")
    berta = a_tablet(browser, demo, anna.inner_text("#passphrase"))
    berta.wait_for_selector("h1:has-text('Recordings')")
    assert watches(berta, demo)
    anna.goto(f"{demo.address}/keys/")
    anna.click("#practitioners li:has-text('Berta') summary")
    anna.click("button.remove:has-text('Berta')")
    anna.wait_for_selector("#practitioners li:has-text('Berta')", state="detached")
    with contextlib.suppress(Error):  # her page may be on its way there by itself
        berta.goto(demo.address)
    berta.wait_for_selector("#passphrase")
    assert watches(anna, demo)
    berta.close()


def test_a_new_sheet_is_proved_by_the_paper_and_gives_a_new_passphrase(
    demo: Demo, browser: Browser, anna: Page
) -> None:
    anna.goto(f"{demo.address}/keys/")
    anna.click("#new-sheet")
    label = anna.inner_text("label[for=word]")
    sheet = anna.request.get(f"{demo.address}/keys/sheet.pdf").body()
    paper = PdfReader(io.BytesIO(sheet)).pages[0].extract_text()
    number = re.findall("[0-9]+", label)[0]
    anna.fill("#word", word_on_paper(paper, number))
    anna.check("[name=erased]")
    anna.click("#prove")
    anna.wait_for_selector("#sheet .done")
    secret = re.search("AGE-SECRET-KEY-1[0-9A-Z]{58}", "".join(paper.split()))
    assert secret, paper
    page = browser.new_page()
    page.goto(f"{demo.address}/recover")
    page.fill("#identity", secret[0])
    page.click("#recover")
    page.wait_for_selector("text=Unlocked with the recovery sheet")
    page.click("button.renew")
    demo.passphrase = page.inner_text("#passphrase")
    again = a_tablet(browser, demo, demo.passphrase)
    again.wait_for_selector("h1:has-text('Recordings')")
    assert watches(again, demo)
    page.close()
    again.close()


def test_a_guesser_waits_and_the_held_button_lets_the_right_words_in(
    demo: Demo, browser: Browser
) -> None:
    page = browser.new_page()
    page.goto(f"{demo.address}/unlock")
    for _ in range(9):
        page.fill("#passphrase", "abacus-abdomen-abide-ability-able-abrasion")
        page.click("#unlock")
        page.wait_for_selector(".problem")
        if page.locator("#hold").count():
            break
    page.wait_for_selector("#hold:not([hidden])")
    page.wait_for_timeout(1500)
    press(page, PAIR_MS)
    page.wait_for_selector("#hold", state="detached")
    page.fill("#passphrase", demo.passphrase)
    page.click("#unlock")
    page.wait_for_selector("h1:has-text('Recordings')")
    page.close()


def test_a_family_withdraws_and_nothing_of_it_is_left(demo: Demo, browser: Browser) -> None:
    page = a_tablet(browser, demo, demo.passphrase)
    page.wait_for_selector("h1:has-text('Recordings')")
    begin(page)  # it is filmed at that very moment
    page.goto(f"{demo.address}/cases")
    page.click(".case a")
    page.click("#withdraw summary")
    page.fill("#code", "DEMO-1")
    page.click("#erase")
    page.wait_for_selector("text=filming this family now")
    press(page, STOP_MS)
    lamp(page, "ready")
    page.goto(f"{demo.address}/cases")
    page.click(".case a")
    page.click("#withdraw summary")
    page.fill("#code", "DEMO-1")
    page.click("#erase")
    page.wait_for_selector("#erased")
    layout = Layout(demo.data)
    assert not list(layout.recordings.iterdir())
    assert not list((layout.data / "identities" / "cases").iterdir())
    assert not layout.armed.exists()
    lamp(page, "dark")
    page.goto(demo.address)
    page.wait_for_selector("text=No recordings yet")
    page.close()
