"""The page of one drawn recording, served to a real browser by a real server."""

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page
from werkzeug.serving import make_server

from tests.web.conftest import Place
from vigbox.web.app import create_app

Point = tuple[float, float]
"""A place on the glass, in CSS pixels."""

READ_PICTURE = """() => {
    const film = document.getElementById("film"), canvas = document.createElement("canvas");
    const [width, height] = [film.videoWidth, film.videoHeight];
    Object.assign(canvas, { width, height });
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    pen.drawImage(film, 0, 0);
    const cell = Math.floor(width / 24), line = Math.floor(height / 24);
    let number = 0;
    for (let bit = 0; bit < 24; bit += 1) {
        const from = bit * cell + Math.floor(cell / 4);
        const { data } = pen.getImageData(from, Math.floor(line / 2), Math.floor(cell / 2), 1);
        let sum = 0;
        for (let n = 0; n < data.length; n += 4) sum += data[n];
        if (sum / (data.length / 4) > 128) number |= 1 << bit;
    }
    return number;
}"""
"""Reads the number that is drawn into the picture on the screen: what the eye sees."""


@contextlib.contextmanager
def served(place: Place) -> Iterator[str]:
    """Serve the place's pages on the loopback; gives the address."""
    app = create_app(place.services, ["127.0.0.1"])
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def opened(browser: Browser, place: Place, address: str, recording: str, **options: Any) -> Page:
    """Unlock in a new browser context and open a recording."""
    page = browser.new_context(**options).new_page()
    page.goto(f"{address}/unlock")
    page.fill("#passphrase", place.secrets.passphrase)
    page.click("#unlock")
    page.wait_for_selector("#lock")
    page.goto(f"{address}/recordings/{recording}")
    page.wait_for_selector("#watch[data-ready]")
    return page


def seen(page: Page) -> int:
    """Wait until the picture asked for is on the screen; read the number drawn into it."""
    page.wait_for_function("() => document.getElementById('watch').film.isSettled")
    number: int = page.evaluate(READ_PICTURE)
    return number


class Finger:
    """One finger on the glass, by the browser's own touch input."""

    def __init__(self, page: Page) -> None:
        self._touch: CDPSession = page.context.new_cdp_session(page)

    def drag(self, start: Point, end: Point, steps: int = 8) -> None:
        """Put it down, move it over in steps, and lift it."""
        self.down(start)
        for n in range(1, steps + 1):
            self.move(_between(start, end, n / steps))
        self.up()

    def pinch(self, start: tuple[Point, Point], end: tuple[Point, Point], steps: int = 8) -> None:
        """Put down two, move both over in steps, and lift them."""
        self.down(start[0])
        self.down(*start)
        for n in range(1, steps + 1):
            self.move(*(_between(a, b, n / steps) for a, b in zip(start, end, strict=True)))
        self.up()

    def down(self, *places: Point) -> None:
        self._send("touchStart", places)

    def move(self, *places: Point) -> None:
        self._send("touchMove", places)

    def up(self) -> None:
        self._send("touchEnd", ())

    def _send(self, kind: str, places: tuple[Point, ...]) -> None:
        points = [{"x": x, "y": y, "id": n} for n, (x, y) in enumerate(places)]
        self._touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def _between(start: Point, end: Point, part: float) -> Point:
    return start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part
