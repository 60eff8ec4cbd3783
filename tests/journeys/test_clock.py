"""A real browser tells the box its time by unlocking it; the recording says which clock it was."""

from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests.journeys.demo import Demo, after, chromium, unlock, until
from vigbox.devices.drawn_panel import Hand
from vigbox.store import manifests
from vigbox.store.layout import Layout
from vigbox.web.recorder_link import RecorderLink

pytestmark = pytest.mark.journey


def test_an_unlock_in_a_browser_sets_an_unsure_clock(tmp_path: Path) -> None:
    demo = Demo(tmp_path / "data")
    link = RecorderLink(demo.run / "recorder.sock")
    try:
        before = link.ask(do="status")["clock"]["source"]
        hand = Hand(demo.run / "panel.sock")
        hand.press(is_down=True)
        until("a finger's time has passed", after(0.2))
        hand.press(is_down=False)
        until("it films", lambda: link.ask(do="status")["length_ns"] > 2e9)
        recording = link.ask(do="status")["recording"]
        link.ask(do="stop")
        until("it is over", lambda: link.ask(do="status")["mode"] == "idle")
        assert manifests.read(Layout(demo.data).manifest(recording)).clock == before
        with sync_playwright() as playwright, chromium(playwright) as browser:
            page = browser.new_page()
            unlock(page, demo)
            until("it is sure", lambda: link.ask(do="status")["clock"]["source"] != "unsure")
            page.goto(demo.address)
            assert page.get_by_text("date and time not sure").count() == (before == "unsure")
    finally:
        demo.stop()
    assert (demo.data / "recorder" / "floor.json").exists()
