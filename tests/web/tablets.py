"""A real browser on the pages: the app served to it, somebody unlocked, and how a page looks."""

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from flask import Flask
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from tests.journeys.demo import PATIENCE_S
from tests.web.conftest import Place

SIZES: Final = ((820, 1180), (1180, 820), (390, 844))
PICTURES: Final = os.environ.get("VIGBOX_PICTURES")
"""A folder for screenshots, for whoever wants to look at them."""

TOUCHED: Final = ("main button", "main label.tick")


@contextlib.contextmanager
def served(app: Flask) -> Iterator[str]:
    """Serve an app; gives its address."""
    server = make_server("localhost", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://localhost:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def unlocked(browser: Browser, place: Place, address: str) -> Page:
    """A tablet on which the practitioner typed the passphrase."""
    page = browser.new_context(viewport={"width": 1180, "height": 820}).new_page()
    page.set_default_timeout(PATIENCE_S * 1000)
    page.goto(f"{address}/unlock")
    page.fill("#passphrase", place.secrets.passphrase)
    page.click("#unlock")
    page.wait_for_url(f"{address}/")
    return page


def fits(page: Page, touched: tuple[str, ...] = TOUCHED) -> None:
    """Nothing is wider than the screen, and what is touched is large enough."""
    wide = page.evaluate("() => document.documentElement.scrollWidth")
    width = page.viewport_size["width"] if page.viewport_size else 0
    assert wide <= width, f"{page.url} is {wide} px wide on {width}"
    small = page.evaluate(
        "(touched) => [...document.querySelectorAll(touched)]"
        ".filter((b) => b.offsetParent && b.offsetHeight < 48).map((b) => b.textContent)",
        ", ".join(touched),
    )
    assert small == [], f"too small to touch on {width}"


def looks_right(page: Page, name: str, touched: tuple[str, ...] = TOUCHED) -> None:
    """A page fits in every size, light and dark; a screenshot of each, for who wants to look."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="light" if scheme == "light" else "dark")
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            fits(page, touched)
            if PICTURES:
                path = Path(PICTURES) / f"{name}-{scheme}-{width}.png"
                page.screenshot(path=path, full_page=True)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1180, "height": 820})
