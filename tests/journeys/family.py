"""What a practitioner and a family do on the pages, one visit after the other."""

from playwright.sync_api import Page

from tests.journeys.demo import STOP_MS, Demo, begin, lamp, press
from tests.journeys.review_page import Finger

GO = (
    "n => { const { film } = document.getElementById('watch'); film.go(n); return film.isSettled; }"
)
SHOWN = "n => { const { film } = document.getElementById('watch'); return film.isSettled && film.shown === n; }"  # noqa: E501
MOVES = "() => document.getElementById('film').currentTime > 0.3"
AGREED = ("Filming", "Watching together")


def open_case(page: Page, demo: Demo, code: str, question: str) -> str:
    """Open a case of a mother and her child; gives its page's address."""
    page.goto(f"{demo.address}/cases")
    page.fill("#code", code)
    page.fill("#question", question)
    for place, initials in enumerate(("M", "C")):
        page.locator("input[name=initials]").nth(place).fill(initials)
    page.click("#open-case")
    page.click(f"a:has-text('{code}')")
    return page.url


def hope(page: Page, case: str, goal: str) -> None:
    """Take down what the client hopes for."""
    page.goto(case)
    page.fill("#goal-text", goal)
    page.click("#goals form:has(#goal-text) button")
    page.wait_for_selector(f"#goals .question:has-text('{goal}')")


def consent(page: Page, case: str) -> None:
    """The mother signs with a finger, and says yes for her child."""
    page.goto(f"{case}/consent")
    page.locator("a.ask").nth(0).click()
    _say_yes(page)
    _sign(page)
    page.click("#keep")
    page.wait_for_selector("#noted")
    page.locator("a.ask").nth(1).click()
    page.locator("input[name=by]").first.check()
    _say_yes(page)
    page.click(".choice:has-text('Said aloud')")
    page.click("#keep")
    page.wait_for_selector("#noted")


def _say_yes(page: Page) -> None:
    for title in AGREED:
        page.locator(f".part:has(legend:text-is('{title}')) .choice:has-text('Yes')").click()


def _sign(page: Page) -> None:
    pad = page.locator("#pad")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box is not None
    left, middle, wide = box["x"], box["y"] + box["height"] / 2, box["width"]
    Finger(page).drag((left + 0.1 * wide, middle - 40), (left + 0.9 * wide, middle + 40), 12)


def arm(page: Page, case: str, cycle: int, kind: str = "interaction") -> None:
    """Arm the box for both of them, and for a cycle."""
    page.goto(f"{case}/arm")
    for place in (0, 1):
        page.locator("input[name=in_shot]").nth(place).check()
    page.locator(f".choice:has(input[name=kind][value='{kind}'])").click()
    page.locator(f".choice:has-text('cycle {cycle}')").click()
    page.click("#arm")
    page.wait_for_selector("#armed")


def film(page: Page, demo: Demo, seconds: float = 0.8) -> str:
    """Press, film, hold for 1.8 s more, and the family is happy to keep it; gives the recording."""
    page.goto(demo.address)
    begin(page)
    page.wait_for_timeout(seconds * 1000)
    end(page)
    page.wait_for_selector(".happy")
    recording = page.locator("li:has(.happy)").first.get_attribute("data-recording") or ""
    page.click(".keep")
    page.wait_for_selector("#recordings")
    assert page.locator(".happy").count() == 0
    return recording


def end(page: Page) -> None:
    """Hold, until the film is safe on the card."""
    press(page, STOP_MS)
    lamp(page, "ready")


def choose_clips(page: Page, demo: Demo, recording: str, *spans: tuple[int, int, str]) -> None:
    """Make clips of a recording, from picture to picture with what happens, and choose them."""
    page.goto(f"{demo.address}/recordings/{recording}")
    page.wait_for_selector("#watch[data-ready]")
    for place, (first, last, name) in enumerate(spans, 1):
        for picture, button in ((first, "#starts"), (last, "#ends")):
            page.evaluate(GO, picture)
            page.wait_for_function(SHOWN, arg=picture)
            page.click(button)
        page.wait_for_selector(f".clip[data-first='{first}'][data-last='{last}'] .editor #name")
        page.fill("#name", name)
        page.press("#name", "Tab")
        clip = page.locator(f".clip:has(strong:text-is('{name}'))")
        clip.locator(".choose").click()
        page.wait_for_function(
            "n => document.querySelectorAll('.clip .choose[aria-pressed=true]').length === n",
            arg=place,
        )
        # the next one begins with none selected
        page.keyboard.press("Escape")


def watch_together(page: Page, screen: Page, case: str, cycle: int, said: str, stands: int) -> None:
    """Hold the shared review of a cycle: a second screen, the client's own words, a rating.

    It goes on until :func:`end_review`.
    """
    page.goto(f"{case}/reviews")
    page.click(f"form:has(h2:text-is('Cycle {cycle}')) .prepare")
    page.click("#begin")
    page.click("#screens summary")
    page.click("#code")
    page.wait_for_selector("#address:not(:empty)")
    screen.goto(page.inner_text("#address"))
    screen.click("#join")
    page.wait_for_selector("#screen.done")
    page.click("#play")
    screen.wait_for_function(MOVES)
    _take_down(page, "words-1", said)
    _take_down(page, "answer-strengths", "You wait, and she answers")
    _take_down(page, "answer-action", "A little more time to look at a book")
    page.click(f"[data-rate='{stands}']")
    page.wait_for_selector(f"[data-rate='{stands}'][aria-pressed=true]")


def end_review(page: Page, screen: Page) -> None:
    """End it: the screen says goodbye."""
    page.click("#end")
    page.wait_for_selector("#after")
    screen.wait_for_selector("#over:not([hidden])")


def _take_down(page: Page, field: str, words: str) -> None:
    page.fill(f"#{field}", words)
    page.press(f"#{field}", "Tab")
    page.wait_for_selector(f".kept[data-for={field}]:has-text('kept')")


def note_visit(page: Page, case: str, films: str, reviews: str) -> None:
    """Note a visit that films one cycle and reviews another, by their words on the page."""
    page.goto(case)
    page.click("#visits summary")
    page.select_option("#visits [name=films]", label=films)
    page.select_option("#visits [name=reviews]", label=reviews)
    page.click("#visits button.main")


def take_back(page: Page, case: str, code: str) -> None:
    """The family withdraws: one action, with the code typed."""
    page.goto(case)
    page.click("#withdraw summary")
    page.fill("#withdraw [name=code]", code)
    page.click("#erase")
