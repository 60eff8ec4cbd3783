"""The keepsake of a shared review: its gate, what is chosen, what leaves, and how it looks."""

import io
import re
from itertools import count
from urllib.parse import unquote

import numpy as np
import pytest
from playwright.sync_api import Page, sync_playwright
from pypdf import PdfReader
from sqlalchemy import select

from tests.journeys.demo import chromium
from tests.web.conftest import Place
from tests.web.tablets import looks_right, served, unlocked
from tests.web.together import Together, together
from vigbox.casework import masks
from vigbox.casework.tables import Case, Clip, Disclosure, SharedReview
from vigbox.media.faces import Box
from vigbox.media.masking import Span
from vigbox.web.keepsake_choice import Choice, ChosenPhoto
from vigbox.web.keepsake_making import as_pieces

NUMBERS = count(1)
ALL = "photo=1.40&photo=2.90.10,0,64,48&words=on&strengths=on"


@pytest.fixture
def own(place: Place, drawn_film: bytes) -> Together:
    own = together(place, drawn_film, f"KEEP-{next(NUMBERS)}")
    own.begin()
    own.send("words", "PUT", clip=1, text="He waits for me!", known="")
    own.send("answers", "PUT", prompt="strengths", text="We take turns.", known="")
    own.send("answers", "PUT", prompt="action", text="Five minutes of floor", known="")
    own.post(f"{own.path}/end")
    return own


def left(own: Together) -> list[Disclosure]:
    desk = own.place.desk()
    with desk.session() as casework:
        rows = list(casework.scalars(select(Disclosure).where(Disclosure.case_id == own.case)))
    desk.close()
    return rows


def read(own: Together, shape: str, query: str = ALL) -> PdfReader:
    answer = own.client.get(f"{own.path}/keepsake-{shape}.pdf?{query}")
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith("inline")
    return PdfReader(io.BytesIO(answer.data))


def test_a_review_that_is_over_leads_to_its_keepsake(own: Together) -> None:
    for path in (own.path, f"/cases/{own.case}"):
        assert f'href="{own.path}/keepsake"' in own.client.get(path).text


def test_without_the_keepsake_consent_nothing_is_made(own: Together) -> None:
    told = own.client.get(f"{own.path}/keepsake").text
    assert "consent to keepsake is missing from mother Q (not asked yet)" in told
    assert 'name="photo"' not in told
    answer = own.client.get(f"{own.path}/keepsake-a4.pdf?{ALL}")
    assert answer.status_code == 409
    assert "consent to keepsake is missing from mother Q" in answer.text
    assert left(own) == []


def test_it_holds_what_was_chosen_and_its_leaving_is_noted(own: Together) -> None:
    own.answer("keepsake", "yes")
    page = read(own, "a4").pages[0]
    assert [each.image.size for each in page.images if each.image] == [(320, 180), (64, 48)]
    text = page.extract_text()
    assert "“He waits for me!”" in text
    assert "We take turns." in text
    for word in ("KEEP-", "Moment 1", "floor", own.recording, "mother"):
        assert word not in text
    (row,) = left(own)
    assert (row.what, row.to_whom, row.purpose) == ("keepsake, PDF", "the family", "keepsake")
    assert len(row.sha256) == 64
    assert row.consents


def test_words_strengths_and_code_are_wishes(own: Together) -> None:
    own.answer("keepsake", "yes")
    bare = read(own, "a4", "photo=2.90").pages[0].extract_text()
    for word in ("waits", "turns", "going well", "KEEP-"):
        assert word not in bare
    assert "KEEP-" in read(own, "card", "photo=2.90&code=on").pages[0].extract_text()
    front, back = read(own, "card").pages
    assert (len(front.images), len(back.images)) == (2, 0)
    assert "He waits for me!" in back.extract_text()


def test_two_photos_of_a_moment_have_its_words_once(own: Together) -> None:
    own.answer("keepsake", "yes")
    text = read(own, "a4", "photo=1.40&photo=1.50&words=on").pages[0].extract_text()
    assert text.count("He waits for me!") == 1


@pytest.mark.parametrize(
    "query",
    ["", "photo=1.10", "photo=3.40", "photo=x", "photo=1.40.1,2,3", "photo=1.40.0,0,9999,9",
     "&".join(["photo=1.40"] * 7)],
)  # fmt: skip
def test_what_was_not_on_the_page_is_refused(own: Together, query: str) -> None:
    own.answer("keepsake", "yes")
    assert own.client.get(f"{own.path}/keepsake-a4.pdf?{query}").status_code == 400
    assert left(own) == []


def test_there_are_two_shapes_and_no_review_is_none(own: Together) -> None:
    assert own.client.get(f"{own.path}/keepsake-a3.pdf?{ALL}").status_code == 404
    assert own.client.get(f"/reviews/nowhere/keepsake-a4.pdf?{ALL}").status_code == 404


def test_a_withdrawal_shuts_it_again(own: Together) -> None:
    own.answer("keepsake", "yes")
    own.answer("keepsake", "withdrawn")
    assert own.client.get(f"{own.path}/keepsake-card.pdf?{ALL}").status_code == 409


def test_nothing_of_it_goes_out_of_a_case_that_was_taken_back(own: Together) -> None:
    own.answer("keepsake", "yes")
    desk = own.place.desk()
    with desk.session() as casework:
        casework.get_one(Case, own.case).state = "withdrawing"
    desk.close()
    assert own.client.get(f"{own.path}/keepsake-a4.pdf?{ALL}").status_code == 409


def cover(own: Together) -> int:
    """Have the first clip's left half covered, and looked at; gives who is covered."""
    desk = own.place.desk()
    with desk.session() as casework:
        case = casework.get_one(Case, own.case)
        clip = casework.get_one(Clip, casework.get_one(SharedReview, own.review).shown[0].clip_id)
        span = Span(clip.first, clip.end, Box(0, 0, 160, 180))
        row = masks.keep_faces(
            casework, case, clip, [masks.Face("finger", stays=False, mask=(span,))]
        )
        who = case.participants[0].id
        masks.looked_at(casework, case, clip, masks.version_of(row), [who])
    desk.close()
    return who


def test_without_consent_a_photo_leaves_with_its_masks_alone(own: Together) -> None:
    who = cover(own)
    assert own.client.get(f"{own.path}/keepsake-a4.pdf?{ALL}").status_code == 409, "the other clip"
    told = own.client.get(f"{own.path}/keepsake").text
    assert 'value="1.' in told
    assert 'value="2.' not in told
    (photo,) = read(own, "a4", "photo=1.40").pages[0].images
    assert photo.image
    half = np.asarray(photo.image.convert("L"))[:, :150]
    assert np.ptp(half) <= 3
    (row,) = left(own)
    assert (row.what, row.masked) == ("keepsake, PDF, faces masked", str(who))


def test_with_consent_nothing_is_covered(own: Together) -> None:
    cover(own)
    own.answer("keepsake", "yes")
    (photo,) = read(own, "a4", "photo=1.40").pages[0].images
    assert photo.image
    assert np.ptp(np.asarray(photo.image.convert("L"))[:, :150]) > 50
    (row,) = left(own)
    assert (row.what, row.masked) == ("keepsake, PDF", "")


def test_an_export_takes_it_as_pieces(own: Together, place: Place) -> None:
    choice = Choice((ChosenPhoto(1, 40),))
    desk = own.place.desk()
    with place.app.test_request_context("/"):
        found = as_pieces(place.services, desk, own.review, choice, {}, ["a4", "card"])
    sink = io.BytesIO()
    found[0].write(sink, lambda _done: None)  # outside of any request, as a background job
    desk.close()
    assert "He waits for me!" in PdfReader(sink).pages[0].extract_text()


def chooses(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_selector("#rows canvas")
    first = page.locator(".moment").first
    first.locator("[data-step='1']").click()
    first.get_by_text("Square").click()
    box = first.locator(".crop").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"], box["y"] + box["height"] / 2)
    page.mouse.up()
    wanted = first.locator("[name=photo]").input_value()
    assert re.fullmatch(r"1\.43\.\d+,0,180,180", wanted), wanted
    assert not wanted.startswith("1.43.70,"), "the finger moved it"
    assert "He waits for me!" in page.inner_text("#sheet")
    first.locator(".another").click()
    page.wait_for_function("() => document.querySelectorAll('#rows canvas').length === 3")
    looks_right(page, "keepsake")
    page.locator(".moment [name=photo]").last.uncheck()
    page.wait_for_function("() => document.querySelectorAll('#rows canvas').length === 2")
    asked = page.evaluate("() => new URLSearchParams(new FormData(keepsake)).toString()")
    assert wanted in unquote(asked)
    made = page.request.get(f"{address}-a4.pdf?{asked}")
    (printed,) = PdfReader(io.BytesIO(made.body())).pages
    assert len(printed.images) == 2


@pytest.mark.journey
def test_photos_are_chosen_by_finger_and_the_page_is_what_is_printed(
    own: Together, place: Place
) -> None:
    own.answer("keepsake", "yes")
    with served(place.app) as address, sync_playwright() as player, chromium(player) as browser:
        chooses(unlocked(browser, place, address), f"{address}{own.path}/keepsake")
    assert [each.what for each in left(own)] == ["keepsake, PDF"]
