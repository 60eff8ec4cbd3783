"""Three cycles of a family in a real browser; then it withdraws, and nothing of it opens."""

import shutil
import subprocess
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.journeys import family, outside
from tests.journeys.demo import (
    PAIR_MS,
    PATIENCE_S,
    VIGBOX,
    Demo,
    begin,
    chromium,
    lamp,
    press,
    refused,
    unlock,
)
from tests.journeys.left import keys_on, opened
from vigbox.casework.setup import Secrets, set_up
from vigbox.model import NS
from vigbox.store import manifests
from vigbox.store.layout import Layout
from vigbox.store.manifests import Manifest

pytestmark = pytest.mark.journey

TABLET: dict[str, Any] = {"viewport": {"width": 820, "height": 1180}, "has_touch": True}
CODE, OTHER = "FAM-3", "FAM-4"
SAID = ("I did not know that I do that", "She looks for me", "We were having fun there")
STANDS = (3, 5, 8)


@dataclass
class Story:
    """What was lived, and what was kept of it outside of the box before the family withdrew."""

    folder: Path
    secrets: Secrets
    case: str = ""
    other: str = ""
    films: list[str] = field(default_factory=list)
    others_films: list[str] = field(default_factory=list)
    summaries: list[str] = field(default_factory=list)
    refused: str = ""
    known: dict[str, Manifest] = field(default_factory=dict)
    keys_before: list[str] = field(default_factory=list)
    keys_after: list[str] = field(default_factory=list)
    wraps: list[bytes] = field(default_factory=list)
    answered_before: dict[str, int] = field(default_factory=dict)
    answered_after: dict[str, int] = field(default_factory=dict)
    bodies_after: list[bytes] = field(default_factory=list)
    certificate: str = ""
    seen: dict[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def copied(self) -> Path:
        return self.folder / "copied"

    @property
    def laptop(self) -> Path:
        return self.folder / "laptop"


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    folder = tmp_path_factory.mktemp("cycles")
    layout = Layout(folder / "data")
    layout.create()
    layout.demo_marker.write_text("")
    story = Story(folder, set_up(layout, work_factor=15))
    demo = Demo(story.data)
    demo.passphrase = story.secrets.passphrase
    try:
        with sync_playwright() as playwright, chromium(playwright) as browser:
            page = browser.new_context(**TABLET).new_page()
            unlock(page, demo)
            _live(story, demo, browser, page)
            _keep_outside(story, demo, page)
            _withdraw(story, demo, page)
            _look_after(story, demo, page)
    finally:
        demo.stop()
    return story


def _live(story: Story, demo: Demo, browser: Browser, page: Page) -> None:
    _another_family(story, demo, page)
    story.case = family.open_case(page, demo, CODE, "What do I do that soothes her?")
    family.hope(page, story.case, "Calm evenings")
    family.consent(page, story.case)
    _film(story, demo, page, 1)
    for cycle in (1, 2, 3):
        clips = (4, 24, f"She waits {cycle}"), (30, 50, f"He looks up {cycle}")
        family.choose_clips(page, demo, story.films[cycle - 1], *clips)
        if cycle < len(SAID):
            # the visit films the next cycle, and reviews this one
            _film(story, demo, page, cycle + 1)
            _review(story, demo, browser, page, cycle)
            family.note_visit(page, story.case, f"Cycle {cycle + 1}", f"Cycle {cycle}")
        else:
            _review_on_film(story, demo, browser, page, cycle)
    page.goto(story.case)
    story.seen["case"] = page.inner_text("main")
    _export(story, demo, page)


def _another_family(story: Story, demo: Demo, page: Page) -> None:
    story.other = family.open_case(page, demo, OTHER, "How do I follow him?")
    family.consent(page, story.other)
    family.arm(page, story.other, 1)
    story.others_films.append(family.film(page, demo))
    family.choose_clips(page, demo, story.others_films[0], (4, 40, "They both laugh"))


def _film(story: Story, demo: Demo, page: Page, cycle: int) -> None:
    family.arm(page, story.case, cycle)
    story.films.append(family.film(page, demo))


def _review(story: Story, demo: Demo, browser: Browser, page: Page, cycle: int) -> None:
    screen = browser.new_context(**TABLET).new_page()
    family.watch_together(page, screen, story.case, cycle, SAID[cycle - 1], STANDS[cycle - 1])
    assert page.locator(".moment").count() == 2, "clips of another cycle"
    assert CODE not in screen.content()
    assert "She waits" not in screen.content()
    screen.goto(demo.address)
    assert screen.url.endswith("/screen"), "a way out of the client screen"
    family.end_review(page, screen)
    screen.context.close()
    form = page.locator("form:has(#pdf)").get_attribute("action")
    summary = page.request.get(f"{demo.address}{form}?language=en")
    story.summaries.append(_text_of(summary.body()))


def _review_on_film(story: Story, demo: Demo, browser: Browser, page: Page, cycle: int) -> None:
    """The review itself is filmed, for supervision."""
    family.arm(page, story.case, cycle, "shared review")
    begin(page)
    _review(story, demo, browser, page, cycle)
    family.end(page)
    page.goto(demo.address)
    page.wait_for_selector(".happy")
    own = page.locator("li:has(.happy)").first.get_attribute("data-recording") or ""
    page.click(".keep")
    story.films.append(own)


def _export(story: Story, demo: Demo, page: Page) -> None:
    home = story.laptop / "home"
    page.goto(f"{demo.address}/machines")
    page.click("#pair")
    page.wait_for_selector("text=Hold the box's button")
    press(page, PAIR_MS)
    code = page.inner_text("#code")
    _companion("pair", demo.machines, "--code", code, "--home", str(home), "--name", "laptop")
    page.goto(f"{demo.address}/recordings/{story.films[2]}")
    page.wait_for_selector("#watch[data-ready]")
    page.click(".clip .show")
    page.click("button.export")
    page.wait_for_selector("text=waits for laptop")
    _companion("sync", str(story.laptop / "films"), "--once", "--home", str(home))


def _companion(*words: str) -> None:
    done = subprocess.run(
        [*VIGBOX, *words], check=False, capture_output=True, text=True, timeout=PATIENCE_S
    )
    assert done.returncode == 0, done.stderr


def _keep_outside(story: Story, demo: Demo, page: Page) -> None:
    """Refused while it films; then armed and idle, and everything copied that is sealed."""
    family.arm(page, story.case, 4)
    page.goto(demo.address)
    begin(page)
    family.take_back(page, story.case, CODE)
    story.refused = page.inner_text("[role=alert]")
    page.goto(demo.address)
    lamp(page, "recording")
    family.end(page)
    page.wait_for_selector(".happy")
    last = page.locator("li:has(.happy)").first.get_attribute("data-recording")
    story.films.append(str(last))
    layout = Layout(story.data)
    story.known = {each.recording: each for each in manifests.listed(layout)}
    story.keys_before = keys_on([story.data, demo.temporary], story.secrets)
    story.wraps = [layout.case_identity(_id(story.case)).read_bytes()]
    for name in ("recordings", "lanes"):
        # what is being made meanwhile has another name until it is there
        unmade = shutil.ignore_patterns("*.tmp")
        shutil.copytree(story.data / name, story.copied / name, ignore=unmade)
    answers = {path: _ask(page, demo, path) for path in _paths(story, demo, page)}
    story.answered_before = {path: status for path, (status, _) in answers.items()}


def _paths(story: Story, demo: Demo, page: Page) -> list[str]:
    """Every kind of address that gives something of the case."""
    film = f"/recordings/{story.films[0]}"
    newest = page.request.get(f"{demo.address}{film}/newest").json()
    page.goto(f"{story.case}/reviews")
    review = str(page.locator("#reviews a").first.get_attribute("href"))
    asked = ("", "/review", "/lanes", "/picture-3.jpg", "/strip.jpg")
    return [
        *(film + each for each in asked),
        *(newest[each] for each in ("film", "times")),
        *(review + each for each in ("", "/summary", "/summary.pdf", "/clip-1.mp4")),
    ]


def _withdraw(story: Story, demo: Demo, page: Page) -> None:
    family.take_back(page, story.case, CODE)
    page.wait_for_selector("#erased:has-text('key of this case is destroyed')")
    lamp(page, "dark")
    refused(page)
    for path in story.answered_before:
        status, body = _ask(page, demo, path)
        story.answered_after[path] = status
        story.bodies_after.append(body)
    story.keys_after = keys_on([story.data, demo.temporary, story.laptop], story.secrets)
    page.goto(story.case)
    paper = page.get_attribute("#retention a:has-text('Certificate')", "href")
    story.certificate = _text_of(page.request.get(f"{demo.address}{paper}").body())


def _look_after(story: Story, demo: Demo, page: Page) -> None:
    """The other family's film plays, its clip is there, and the box films for it."""
    page.goto(f"{demo.address}/recordings/{story.others_films[0]}")
    page.wait_for_selector("#watch[data-ready]")
    page.wait_for_selector(".clip strong:has-text('They both laugh')")
    page.click("#play")
    page.wait_for_function(family.MOVES)
    family.arm(page, story.other, 1)
    story.others_films.append(family.film(page, demo))
    page.goto(demo.address)
    story.seen["list"] = " ".join(page.locator("[data-recording]").all_inner_texts())


def _ask(page: Page, demo: Demo, path: str) -> tuple[int, bytes]:
    answer = page.request.get(demo.address + path, max_redirects=0)
    return answer.status, answer.body()


def _id(case: str) -> str:
    return case.rpartition("/")[2]


def _text_of(pdf: bytes) -> str:
    read = subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True
    )
    return " ".join(read.stdout.decode().split())


def test_each_cycle_has_its_review_its_words_and_its_rating(story: Story) -> None:
    for said, summary in zip(SAID, story.summaries, strict=True):
        assert f"“{said}”" in summary
        assert summary.index(said) < summary.index("You wait, and she answers"), "own words first"
        assert [each for each in SAID if each in summary] == [said]
        assert "She waits" not in summary, "what a practitioner called a clip"
    for told in ("reviewed together", "filmed cycle 3", "reviewed cycle 2", "film cycle 4"):
        assert told in story.seen["case"], told


def test_withdrawal_is_refused_while_the_case_is_filmed(story: Story) -> None:
    assert "is filming" in story.refused
    assert "Stop" in story.refused


def test_before_it_every_film_opened(story: Story) -> None:
    for path in _sealed(story, [*story.films, *story.others_films[:1]]):
        assert opened(path, story.keys_before) is not None, path


def test_after_it_no_film_opens_with_any_key_left(story: Story) -> None:
    kept = _sealed(story, story.others_films[:1])
    assert kept
    for path in kept:
        assert opened(path, story.keys_after) is not None, "the keys are none: nothing is proved"
    lost = _sealed(story, story.films)
    assert len(lost) >= 2 * len(story.films), "film and index of each, and lanes of some"
    for path in lost:
        assert opened(path, story.keys_after) is None, path


def _sealed(story: Story, films: list[str]) -> list[Path]:
    every = story.copied.rglob("*.age")
    return sorted(each for each in every if each.name.partition(".")[0] in films)


def test_its_wrap_went_into_nothing_that_is_left_or_left_the_box(story: Story) -> None:
    (lost,) = set(story.keys_before) - set(story.keys_after)
    searched = 0
    for path in (*story.data.rglob("*"), *story.laptop.rglob("*")):
        if path.is_file():
            data = path.read_bytes()
            searched += 1
            plain = data + (opened(path, story.keys_after) or b"")
            assert lost.encode() not in plain, path
            assert not [each for each in story.wraps if each[-64:] in plain], path
    assert searched > 12


def test_the_running_web_gives_no_byte_of_it_any_more(story: Story) -> None:
    told = {path: status for path, status in story.answered_before.items() if status >= 400}
    assert told == {}, "nothing was to be had before"
    told = {path: status for path, status in story.answered_after.items() if status < 400}
    assert told == {}
    for body in story.bodies_after:
        assert b"<!doctype html>" in body[:200].lower() or body.startswith(b"{"), body[:80]
        assert not [each for each in SAID if each.encode() in body]


def test_it_disarms_and_leaves_no_file(story: Story) -> None:
    for each in story.data.rglob("*"):
        assert each.name.partition(".")[0] not in story.films, each
    assert not (story.data / "identities" / "cases" / f"{_id(story.case)}.age").exists()


def test_the_certificate_is_what_was_there_film_by_film(story: Story) -> None:
    text = story.certificate
    films = sorted((story.known[each] for each in story.films), key=lambda each: each.started_at)
    assert f"Films ({len(films)})" in text
    assert "NOT FINISHED" not in text
    for number, film in enumerate(films, 1):
        seconds = film.length_ns // NS
        moment = datetime.fromisoformat(film.started_at).astimezone(UTC)
        assert (
            f"{number} {moment.day} {moment:%B %Y, %H:%M} UTC "
            f"{seconds // 60} min {seconds % 60:02d} s {film.recording[:12]}"
        ) in text
    assert story.others_films[0][:12] not in text
    for told in (
        f"Case {CODE}", "2 people in the case", "4 answers about consent", "6 clips",
        "3 shared reviews", "2 key holders", "laptop clip",
        # each summary that was opened, once more when it was asked whether it answers
        f"Copies that had left the box ({len(SAID) + 2})",
        "memory card may still hold", "out of this box's reach",
    ):  # fmt: skip
        assert told in text, told


def test_the_other_family_is_untouched(story: Story) -> None:
    film = story.others_films[0]
    for name in (f"{film}.mp4.age", f"{film}.json", f"{film}.index.age"):
        now = (story.data / "recordings" / name).read_bytes()
        assert now == (story.copied / "recordings" / name).read_bytes()
    assert CODE not in story.seen["list"]
    assert story.seen["list"].count(OTHER) == len(story.others_films) == 2
    plain = opened(story.data / "recordings" / f"{film}.mp4.age", story.keys_after)
    assert plain is not None
    path = story.folder / "film.mp4"
    path.write_bytes(plain)
    outside.plays_silently(path)
