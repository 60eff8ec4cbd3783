"""A film from elsewhere is sent by a real browser, made ready, and watched."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.journeys.review_page import served
from tests.web.conftest import Place, place

pytestmark = pytest.mark.journey
__all__ = ["place"]


@pytest.fixture(scope="module")
def address(place: Place) -> Iterator[str]:
    with served(place) as found:
        yield found


@pytest.fixture
def film(tmp_path: Path) -> Path:
    made = tmp_path / "call.mp4"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=2", "-c:v",
         "libx264", "-pix_fmt", "yuv420p", made],
        check=True,
    )  # fmt: skip
    return made


def test_a_film_from_elsewhere_arrives_and_can_be_watched(
    browser: Browser, place: Place, address: str, film: Path
) -> None:
    page = browser.new_context(viewport={"width": 820, "height": 1180}).new_page()
    page.goto(f"{address}/unlock")
    page.fill("#passphrase", place.secrets.passphrase)
    page.click("#unlock")
    page.wait_for_selector("#lock")
    page.goto(f"{address}/imports")
    page.set_input_files("#film", film)
    assert page.input_value("#made-on")
    page.check("#agreed")
    page.click("#send")
    page.click("#imports [data-state=ready] a")
    page.wait_for_selector("#watch[data-ready]")
    assert abs(page.evaluate("() => document.getElementById('watch').film.lengthS") - 2) < 0.1
    page.context.close()
