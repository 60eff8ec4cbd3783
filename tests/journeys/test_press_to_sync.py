"""A whole visit: press, film, unlock, play, clip, export, sync; then readers that are not ours."""

import secrets
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, sync_playwright

from tests import material
from tests.journeys import outside
from tests.journeys.demo import (
    PAIR_MS,
    PATIENCE_S,
    STOP_MS,
    VIGBOX,
    Demo,
    begin,
    chromium,
    lamp,
    press,
    unlock,
)
from tests.journeys.keys import case_identity

pytestmark = pytest.mark.journey

NAME = "Annabella-Rosalind Featherstonehaugh"
RECORDED_S = 14


@dataclass
class Visit:
    """What a visit left behind."""

    folder: Path
    passphrase: str = ""
    marker: str = field(default_factory=lambda: secrets.token_hex(16))
    recording: str = ""
    red_s: float = 0.0
    first: int = 0
    last: int = 0
    modules: str = ""
    temporary: Path = Path()

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def sealed(self) -> Path:
        return self.data / "recordings" / f"{self.recording}.mp4.age"

    @property
    def film(self) -> Path:
        return self.folder / "outside" / "film.mp4"

    @property
    def served(self) -> Path:
        return self.folder / "outside" / "served.mp4"

    @property
    def clip(self) -> Path:
        (clip,) = (self.folder / "laptop" / "films").glob("DEMO-1/*.mp4")
        return clip


@pytest.fixture(scope="module")
def visit(tmp_path_factory: pytest.TempPathFactory) -> Visit:
    visit = Visit(tmp_path_factory.mktemp("visit"))
    for name in ("outside", "laptop"):
        (visit.folder / name).mkdir()
    film = _marked_film(visit)
    # each import of the recorder is told in its log, so that none goes unseen
    demo = Demo(visit.data, "--film", str(film), environ={"PYTHONPROFILEIMPORTTIME": "1"})
    try:
        visit.passphrase, visit.temporary = demo.passphrase, demo.temporary
        with sync_playwright() as playwright, chromium(playwright) as browser:
            page = browser.new_page(viewport={"width": 1180, "height": 820})
            _live_it(visit, demo, page)
        visit.modules = (demo.run / "recorder.log").read_text("utf-8")
    finally:
        demo.stop()
    identity = case_identity(
        visit.data, visit.passphrase, visit.recording, visit.folder / "outside"
    )
    outside.age_open(visit.sealed, identity, visit.film)
    return visit


def _marked_film(visit: Visit) -> Path:
    film = visit.folder / "outside" / "visit.mp4"
    subprocess.run(
        [
            "ffmpeg",
            "-v",
            "error",
            "-i",
            material.visit(),
            "-c",
            "copy",
            "-metadata",
            f"comment={visit.marker}",
            film,
        ],
        check=True,
    )
    return film


def _live_it(visit: Visit, demo: Demo, page: Page) -> None:
    _record(visit, demo, page)
    _clip(visit, page)
    page.goto(f"{demo.address}/machines")
    page.click("#pair")
    page.wait_for_selector("text=Hold the box's button")
    press(page, PAIR_MS)
    code = page.inner_text("#code")
    home = visit.folder / "laptop" / "home"
    _companion("pair", demo.machines, "--code", code, "--home", str(home), "--name", "laptop")
    page.goto(f"{demo.address}/recordings/{visit.recording}")
    page.wait_for_selector("#watch[data-ready]")
    page.click(".clip .show")
    page.click("button.export")
    page.wait_for_selector("text=waits for laptop")
    _companion("sync", str(visit.folder / "laptop" / "films"), "--once", "--home", str(home))
    page.goto(f"{demo.address}/machines")
    page.wait_for_selector("text=fetched and verified")
    page.click("#lock")
    page.wait_for_selector("#passphrase")


def _record(visit: Visit, demo: Demo, page: Page) -> None:
    page.goto(demo.address)
    begin(page)
    red_s = time.monotonic()
    unlock(page, demo)
    growing = page.locator("[data-growing]")
    growing.wait_for()
    before = growing.inner_text()
    page.wait_for_function(
        "before => document.querySelector('[data-growing]').textContent > before", arg=before
    )
    press(page, 150)  # a mark
    page.wait_for_timeout((RECORDED_S - 4) * 1000)
    visit.red_s = time.monotonic() - red_s
    press(page, STOP_MS)
    lamp(page, "ready")
    page.wait_for_selector("#running", state="hidden")
    visit.recording = page.locator("[data-recording]").get_attribute("data-recording") or ""


def _clip(visit: Visit, page: Page) -> None:
    page.click("#recordings a")
    page.wait_for_selector("#watch[data-ready]")
    page.click("#play")
    page.wait_for_function("() => document.getElementById('film').currentTime > 1")
    page.click("#play")
    page.click("#make-clip")
    visit.first = _choose(page, 0.3, "[data-end=first] .end-here")
    visit.last = _choose(page, 0.6, "[data-end=last] .end-here")
    ends = f"[data-first='{visit.first}'][data-last='{visit.last}']"
    page.wait_for_selector(f".clip{ends}")
    page.fill("#name", f"{NAME} looks up")
    page.press("#name", "Tab")
    page.wait_for_selector(f".clip strong:has-text('{NAME}')")
    source = page.get_attribute("#film", "src") or ""
    answer = page.request.get(page.url.split("/recordings/")[0] + source)
    assert answer.ok
    visit.served.write_bytes(answer.body())


def _choose(page: Page, part: float, button: str) -> int:
    """Tap into the timeline, go two pictures on, and set an end of the clip there."""
    box = page.locator("[data-lane=strip]").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + part * box["width"], box["y"] + box["height"] / 2)
    page.click("#next")
    page.click("#next")
    picture = int(page.inner_text("#picture"))
    page.wait_for_timeout(200)
    assert int(page.inner_text("#picture")) == picture
    page.click(button)
    return picture


def _companion(*words: str) -> None:
    done = subprocess.run(
        [*VIGBOX, *words], check=False, capture_output=True, text=True, timeout=PATIENCE_S
    )
    assert done.returncode == 0, done.stderr


def test_the_film_has_every_second(visit: Visit) -> None:
    times = np.array(outside.times(visit.film))
    assert times[0] == 0
    assert np.diff(times).max() <= 2.5 / 24, "pictures are missing"
    found = outside.lengths(visit.film)
    assert found["video"] > visit.red_s + 1.5, "the film is shorter than the lamp was red"
    assert abs(found["video"] - found["audio"]) < 0.1
    outside.plays_silently(visit.film)


def test_sound_is_within_40_ms_of_the_picture(visit: Visit) -> None:
    """Where picture and sound of the film lie in the one that was played to the camera."""
    source = material.visit()
    shown = outside.pictures(visit.film)[24:240].astype(int)
    played = outside.pictures(source).astype(int)
    shifts = range(-20, 21)
    apart = [np.abs(played[24 + by : 240 + by] - shown).mean() for by in shifts]
    by = shifts[int(np.argmin(apart))]
    times, played_times = outside.times(visit.film), outside.times(source)
    picture_s = float(np.median([times[n] - played_times[n + by] for n in range(24, 240)]))
    heard, said = outside.sound(visit.film), outside.sound(source)
    piece = heard[48_000 : 9 * 48_000]
    assert np.abs(piece).max() > 0.05, "nobody speaks: nothing is proved"
    begin = int(np.correlate(said[: 15 * 48_000 : 8], piece[::8], "valid").argmax()) * 8
    assert abs((1 - begin / 48_000) - picture_s) <= 0.040


def test_age_gives_the_packets_that_the_page_served(visit: Visit) -> None:
    for kind in ("v", "a"):
        assert outside.packets(visit.film, kind) == outside.packets(visit.served, kind)
    outside.plays_silently(visit.served)


def test_the_clip_starts_and_ends_on_the_pictures_asked_for(visit: Visit) -> None:
    clip, film = outside.pictures(visit.clip), outside.pictures(visit.film)
    asked = film[visit.first : visit.last + 1].astype(int)
    assert len(clip) == len(asked)
    # each picture of the clip is nearest to the one it should be, among its neighbours
    for place in (0, len(clip) - 1):
        near = range(visit.first + place - 4, visit.first + place + 5)
        distance = {n: np.abs(film[n].astype(int) - clip[place]).mean() for n in near}
        assert min(distance, key=lambda n: distance[n]) == visit.first + place
    assert np.abs(asked - clip).mean(axis=(1, 2)).max() < 3
    outside.plays_silently(visit.clip)


def test_nothing_of_it_lies_in_plain(visit: Visit) -> None:
    marker = visit.marker.encode()
    assert marker in visit.film.read_bytes(), "the marker is not in the film: nothing is proved"
    searched = 0
    words = [marker, NAME.encode(), NAME.encode("utf-16-le"), visit.passphrase.encode()]
    for folder in (visit.data, visit.temporary):
        for path in folder.rglob("*"):
            if path.is_file():
                data = path.read_bytes()
                searched += 1
                assert not [word for word in words if word in data], path
    assert searched > 8


def test_the_recorder_never_met_a_key_or_the_web(visit: Visit) -> None:
    imported = {line.rpartition("|")[2].strip() for line in visit.modules.splitlines()}
    assert {"vigbox.recorder.service", "vigbox.seal.sealing"} <= imported
    forbidden = (
        "vigbox.seal.opening",
        "vigbox.seal.identities",
        "vigbox.seal.keyring",
        "vigbox.seal.passphrases",
        "vigbox.web",
        "vigbox.casework",
        "flask",
        "sqlalchemy",
        "sqlcipher3",
    )
    met = [
        name
        for name in imported
        for wall in forbidden
        if name == wall or name.startswith(wall + ".")
    ]
    assert met == []


def test_the_clip_has_a_code_and_no_name_on_the_laptop(visit: Visit) -> None:
    assert visit.clip.name == "DEMO-1 clip 1.mp4"
