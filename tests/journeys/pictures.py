"""Makes the pictures of ``docs/set-up.md`` from the real pages: ``sh script/pictures``.

A box out of its carton is set up, looked through and armed in a real browser; the pages that the
text speaks of are kept, small. Those of the passphrase and of the recovery sheet are left out: what
stands there is nobody's but the practitioner's.
"""

import io
import re
import subprocess
import tempfile
from datetime import date
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.sync_api import Locator, Page, sync_playwright

from tests.journeys import family
from tests.journeys.demo import Demo, chromium
from tests.journeys.test_set_up import set_up
from vigbox.export.label import LabelFacts, label_sheet
from vigbox.export.paper import PAGE_MM

PLACE: Final = Path(__file__).parents[2] / "docs" / "pictures"
LARGEST_BYTES: Final = 40_000
_WIDTH: Final = 480
_COLOURS: Final = 48
_PASSPHRASE: Final = "k7mq-3xwp-9hdt-v2cz"
"""Nobody's."""


def keep(name: str, picture: Image.Image) -> None:
    """Keep a picture for the text, small and in few colours. Raises ValueError."""
    height = round(picture.height * _WIDTH / picture.width)
    small = picture.convert("RGB").resize((_WIDTH, height), Image.Resampling.LANCZOS)
    path = PLACE / f"{name}.png"
    small.quantize(_COLOURS, Image.Quantize.MAXCOVERAGE, kmeans=4, dither=Image.Dither.NONE).save(
        path, optimize=True
    )
    size = path.stat().st_size
    if size > LARGEST_BYTES:
        raise ValueError(f"{path.name} has {size} bytes; show less of the page")


def shot(name: str, shown: Locator) -> None:
    """Keep a part of a page."""
    keep(name, Image.open(io.BytesIO(shown.screenshot())))


def trust(page: Page, demo: Demo) -> None:
    """Keep the label, and the steps on each kind of tablet."""
    page.goto(f"{demo.address}/trust")
    name = page.locator("#android a.button").last.get_attribute("href") or ""
    print_of = re.sub(r"\s+", ":", page.inner_text("#fingerprint").strip())
    label(re.findall(r"vb-[2-9a-z]+", name)[0], print_of)
    for system in ("ipad", "android"):
        page.click(f"#{system} summary")
        shot(f"trust-{system}", page.locator(f"#{system}"))


def label(ssid: str, fingerprint: str) -> None:
    """Keep the card of the label, as it is cut out."""
    name, wifi = f"{ssid}.home.arpa", f"WIFI:T:WPA;S:{ssid};P:{_PASSPHRASE};;"
    facts = LabelFacts(ssid, _PASSPHRASE, wifi, f"http://{name}/", name, "10.42.0.1", fingerprint)
    command = ["pdftoppm", "-png", "-r", "150", "-singlefile", "-"]
    pdf = label_sheet(facts, date(2026, 1, 1))
    done = subprocess.run(command, input=pdf, capture_output=True, check=True)
    sheet = Image.open(io.BytesIO(done.stdout))
    dots = sheet.width / PAGE_MM[0]
    left, top, right, bottom = (round(each * dots) for each in (22, 64, 188, 198))
    keep("label", sheet.crop((left, top, right, bottom)))


def first_day(page: Page, demo: Demo) -> None:
    """Go through a box's first day as docs/set-up.md tells it."""
    trust(page, demo)
    page.goto(demo.address)
    shot("welcome", page.locator("main"))
    words = set_up(page, demo)
    page.wait_for_selector("#passphrase")
    page.fill("#passphrase", " ".join(words))
    page.click("#unlock")
    page.wait_for_selector("#first")
    shot("first", page.locator("main"))
    page.click("#check")
    page.wait_for_function("() => Number(document.getElementById('picture').dataset.number) > 2")
    page.wait_for_selector("#level-word:has-text('good')")
    shot("check", page.locator("main"))
    page.click("#done")
    case = family.open_case(page, demo, "VIG-1", "What soothes her?")
    family.consent(page, case)
    shot("consent", page.locator(".person-consent").first)
    page.goto(f"{case}/arm")
    for place in (0, 1):
        page.locator("input[name=in_shot]").nth(place).check()
    shot("arm", page.locator("#arming"))


def main() -> None:
    """Make all of them."""
    PLACE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        demo = Demo(Path(folder) / "data", "--fresh")
        try:
            with sync_playwright() as playwright, chromium(playwright) as browser:
                page = browser.new_page(viewport={"width": 720, "height": 1000})
                first_day(page, demo)
        finally:
            demo.stop()


if __name__ == "__main__":
    main()
