"""The side panel in a real browser: counted taps, undo over a reload, wrong input as a sentence."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Locator, Page

from tests.media import drawn
from tests.web.conftest import Place
from tests.web.tablets import served

SECONDS = 20


@pytest.fixture(scope="module")
def film() -> bytes:
    return bytes(drawn.record(drawn.shots(SECONDS, 3), drawn.blocks(SECONDS, 3)).data)


@pytest.fixture(scope="module")
def address(place: Place) -> Iterator[str]:
    with served(place.app) as address:
        yield address


@dataclass
class Hand:
    """A finger on the page that counts its taps."""

    page: Page
    taps: int = 0

    def tap(self, what: str | Locator) -> None:
        self.taps += 1
        found = self.page.locator(what) if isinstance(what, str) else what
        found.click()

    def goes_to(self, picture: int) -> None:
        """Go there without a tap, as playing does."""
        self.page.evaluate("n => document.getElementById('watch').film.go(n)", picture)
        self.page.wait_for_function(
            "n => document.getElementById('watch').film.shown === n", arg=picture
        )

    def saves(self, what: str | Locator) -> None:
        """Tap, and wait until the box answered."""
        before = self.page.evaluate("() => window.answers")
        with self.page.expect_response(lambda each: each.request.method != "GET") as answer:
            self.tap(what)
        assert answer.value.ok, answer.value.text()
        self.page.wait_for_function("before => window.answers > before", arg=before)

    def writes(self, field: str, text: str) -> None:
        with self.page.expect_response(lambda each: each.request.method == "PATCH"):
            self.page.fill(field, text)
            self.page.press(field, "Tab")


def ready(page: Page) -> None:
    """Wait for the recording, and count what the page hears from the box from then on."""
    page.wait_for_selector("#watch[data-ready]")
    page.evaluate("""() => {
        const { store } = document.getElementById("watch");
        window.answers = 0;
        for (const kind of ["change", "refused"])
            store.addEventListener(kind, () => { window.answers += 1; });
    }""")


@pytest.fixture
def hand(place: Place, browser: Browser, address: str, film: bytes) -> Iterator[Hand]:
    recording = place.keep(film)
    context = browser.new_context(viewport={"width": 1180, "height": 820})
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(address)
    page.fill("#passphrase", place.secrets.passphrase)
    page.click("#unlock")
    page.goto(f"{address}/recordings/{recording}")
    ready(page)
    yield Hand(page)
    context.close()
    assert faults == []


def again(hand: Hand) -> None:
    hand.page.reload()
    ready(hand.page)


def test_three_operations_or_fewer_from_watching_to_a_saved_clip(hand: Hand) -> None:
    hand.goes_to(300)
    hand.taps = 0
    hand.saves("#mark")
    hand.saves("#make-clip")
    assert hand.taps <= 3
    clip = hand.page.locator("#clips .clip")
    assert clip.count() == 1
    first, last = (int(clip.get_attribute(f"data-{end}") or -1) for end in ("first", "last"))
    ticks = [shot.tick for shot in drawn.shots(SECONDS, 3)]
    moment = ticks[300] - 4 * 90_000
    assert abs((ticks[first] + ticks[last]) / 2 - moment) < 9_000, "around what was seen before"
    assert abs(ticks[last] - ticks[first] - 8 * 90_000) < 9_000
    again(hand)
    assert hand.page.locator("#clips .clip").count() == 1, "it was saved"


def test_the_second_tap_may_come_before_the_first_is_answered(hand: Hand) -> None:
    hand.goes_to(300)
    hand.page.evaluate(
        "() => { for (const id of ['mark', 'make-clip']) document.getElementById(id).click(); }"
    )
    hand.page.wait_for_selector("#clips .clip")
    first = int(hand.page.get_attribute("#clips .clip", "data-first") or -1)
    ticks = [shot.tick for shot in drawn.shots(SECONDS, 3)]
    assert abs(ticks[300] - ticks[first] - 8 * 90_000) < 9_000, "around the mark, not the tap"


def test_marks_of_the_button_are_listed_and_become_clips_with_one_tap(hand: Hand) -> None:
    assert hand.page.locator("#clips-panel [data-mark]").count() == 1
    hand.saves("#clips-panel [data-mark] .make")
    hand.page.wait_for_selector("#clips .clip")
    assert hand.page.locator("#clips-panel [data-mark]").count() == 0, "it is in a clip now"


def test_undo_and_redo_say_what_they_do_and_last_across_a_reload(hand: Hand) -> None:
    assert hand.page.locator("#undo").is_disabled()
    hand.goes_to(200)
    hand.saves("#make-clip")
    hand.saves("[data-end=first] [data-step='1']")
    hand.page.wait_for_selector("#undo:has-text('Undo: clip moved')")
    again(hand)
    hand.saves("#undo")
    hand.page.wait_for_selector("#undo:has-text('Undo: clip made')")
    hand.page.wait_for_selector("#redo:has-text('Redo: clip moved')")
    hand.saves("#undo")
    hand.page.wait_for_selector("#clips .clip", state="detached")
    hand.saves("#redo")
    assert hand.page.locator("#clips .clip").count() == 1


def test_an_end_is_stepped_by_a_picture_with_the_picture_shown(hand: Hand) -> None:
    hand.goes_to(200)
    hand.saves("#make-clip")
    clip = hand.page.locator("#clips .clip")
    first, last = (int(clip.get_attribute(f"data-{end}") or -1) for end in ("first", "last"))
    hand.saves("[data-end=first] [data-step='1']")
    hand.saves("[data-end=last] [data-step='-1']")
    assert hand.page.evaluate("() => document.getElementById('watch').film.shown") == last - 1
    hand.page.wait_for_selector(f"#clips .clip[data-first='{first + 1}'][data-last='{last - 1}']")
    hand.goes_to(last - 20)
    hand.saves("[data-end=last] .end-here")
    hand.page.wait_for_selector(f"#clips .clip[data-last='{last - 20}']")


def test_a_principle_is_one_tap_and_its_items_another(hand: Hand) -> None:
    hand.goes_to(200)
    hand.saves("#make-clip")
    hand.saves("[data-heading='vig/receiving']")
    chosen = hand.page.locator(".chosen li")
    assert chosen.all_inner_texts() == ["Receiving initiatives"]
    hand.saves("[data-principle='vig/receiving/eye-contact']")
    hand.saves("[data-principle='vig/receiving/body-language']")
    assert len(chosen.all_inner_texts()) == 2
    assert "Receiving initiatives" not in chosen.all_inner_texts(), "an item says more"
    hand.saves("[data-principle='vig/receiving/eye-contact']")
    assert chosen.all_inner_texts() == ["Receiving with body language"]


def test_taps_faster_than_answers_are_all_kept(hand: Hand) -> None:
    hand.goes_to(200)
    hand.saves("#make-clip")
    hand.saves("[data-heading='vig/receiving']")
    keys = ("eye-contact", "body-language", "with-words")
    hand.page.evaluate(
        "keys => keys.forEach((key) =>"
        " document.querySelector(`[data-principle='vig/receiving/${key}']`).click())",
        list(keys),
    )
    hand.page.wait_for_function("() => document.querySelectorAll('.chosen li').length === 3")


def test_words_speed_and_freeze_frame_are_kept(hand: Hand) -> None:
    hand.goes_to(200)
    hand.saves("#make-clip")
    hand.writes("#name", "She waits, he looks up")
    for summary in hand.page.locator(".editor summary").all():
        summary.click()
    hand.saves("[data-at=initiative] button >> nth=0")
    hand.writes("#reception", "a smile")
    hand.writes("#note", "twice")
    hand.saves("[data-speed='50']")
    hand.saves("[data-at=freeze]")
    hand.saves(".choose")
    again(hand)
    told = hand.page.inner_text("#clips .clip .head")
    for word in ("She waits, he looks up", "½", "still at", "shown 1.", "Child"):
        assert word in told
    hand.page.click("#clips .clip .show")
    assert hand.page.input_value("#reception") == "a smile"
    assert hand.page.input_value("#note") == "twice"


def test_what_the_box_refuses_is_said_in_one_sentence_and_nothing_changes(hand: Hand) -> None:
    hand.goes_to(200)
    hand.saves("#make-clip")
    first = hand.page.get_attribute("#clips .clip", "data-first")
    hand.goes_to(SECONDS * 20)
    hand.tap("[data-end=first] .end-here")
    problem = hand.page.locator("#clips-panel [role=alert]")
    problem.wait_for()
    assert "out must come after its in" in problem.inner_text()
    assert hand.page.get_attribute("#clips .clip", "data-first") == first
    hand.saves("#undo")
    assert not problem.is_visible(), "what went well since is told instead"


def test_a_long_clip_is_advised_to_be_shorter(hand: Hand) -> None:
    hand.goes_to(200)
    hand.saves("#make-clip")
    advice = hand.page.locator("[data-at=advice]")
    assert "Good" in advice.inner_text()
    hand.goes_to(0)
    hand.saves("[data-end=first] .end-here")
    hand.page.wait_for_selector("[data-at=advice]:has-text('Shorter shows more')")


@pytest.mark.parametrize("size", [(820, 1180), (1180, 820), (390, 844)])
def test_every_target_is_large_and_named(hand: Hand, size: tuple[int, int]) -> None:
    hand.page.set_viewport_size({"width": size[0], "height": size[1]})
    hand.goes_to(200)
    hand.saves("#make-clip")
    hand.saves("[data-heading='vig/developing']")
    for summary in hand.page.locator(".editor summary").all():
        summary.click()
    small = hand.page.evaluate(
        "() => [...document.querySelectorAll('#clips-panel :is(button, input, summary)')]"
        ".filter((each) => each.offsetParent)"
        ".map((each) => [each.id || each.textContent.trim(), each.getBoundingClientRect(),"
        " each.ariaLabel || each.textContent.trim() || each.labels?.length])"
        ".filter(([, box, name]) => box.height < 48 || box.width < 48 || !name)"
        ".map(([name, box]) => `${name} ${box.width}x${box.height}`)"
    )
    assert small == []
    assert hand.page.evaluate(
        "() => document.getElementById('clips-panel').getBoundingClientRect().right <= innerWidth"
    )
