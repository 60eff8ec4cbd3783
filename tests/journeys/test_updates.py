"""An update on the page in a real browser: brought in parts, shown, asked for, and followed."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright
from werkzeug.serving import make_server

from tests.journeys.demo import chromium
from tests.web import conftest, test_updates
from tests.web.conftest import Place
from vigbox.web.app import create_app
from vigbox.web.updating import Updating

pytestmark = pytest.mark.journey

place = conftest.place
"""A box that is set up, with a recorder's twin."""


@pytest.fixture
def updating(place: Place) -> Updating:
    return replace(
        place.services.updating,
        trusted=lambda: [test_updates.KEY.verify_key],
        installed=lambda _: test_updates.HERE,
    )


@pytest.fixture
def address(place: Place, updating: Updating) -> Iterator[str]:
    app = create_app(replace(place.services, updating=updating), ["127.0.0.1"])
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def page(address: str, place: Place) -> Iterator[Page]:
    with sync_playwright() as playwright, chromium(playwright) as browser:
        page = browser.new_page(viewport={"width": 820, "height": 1180})
        page.goto(f"{address}/unlock")
        page.fill("#passphrase", place.secrets.passphrase)
        page.click("#unlock")
        page.wait_for_url(f"{address}/")
        yield page


def shoot(page: Page, folder: Path, name: str) -> None:
    """Keep what it looks like, and make sure that it is as wide as the screen."""
    for width, height in ((820, 1180), (1180, 820), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        for light in ("light", "dark"):
            page.emulate_media(color_scheme="dark" if light == "dark" else "light")
            page.screenshot(path=folder / f"{name}-{width}-{light}.png", full_page=True)
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width
        for button in page.locator("main button:visible").all():
            box = button.bounding_box()
            assert box is not None
            assert box["height"] >= 48


def test_an_update_is_brought_shown_asked_for_and_followed(
    page: Page, address: str, updating: Updating, tmp_path: Path
) -> None:
    file = tmp_path / "vigbox_0.2.0_arm64.update"
    file.write_bytes(test_updates.update_of())
    page.goto(f"{address}/service")
    page.click("text=Updates")
    page.wait_for_selector("#give")
    shoot(page, tmp_path, "empty")
    page.set_input_files("#file", file)
    page.click("#send")
    page.wait_for_selector("#offer-page")
    assert "calmer" in page.inner_text(".changes")
    shoot(page, tmp_path, "offer")
    page.click("#install-page")
    page.wait_for_selector("#under-way")
    shoot(page, tmp_path, "under-way")
    assert json.loads(updating.place.wish.read_text())["install"] == "page"
    # root takes it from here
    updating.place.wish.unlink()
    updating.forget()
    told = {"state": "gone back", "version": "0.2.0", "before": "0.1.0"}
    updating.place.told.write_text(json.dumps(told | {"why": "The page does not answer."}))
    page.wait_for_selector("#ended")
    assert "went back to 0.1.0 by itself" in page.inner_text("#ended")
    shoot(page, tmp_path, "ended")
