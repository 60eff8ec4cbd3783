"""The certificate as others read it: pypdf and poppler."""

import io
import re
import subprocess
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image, ImageChops
from pypdf import PdfReader

from vigbox.export.certificate import Certificate, certificate
from vigbox.export.tongue import English

DPI = 100
FACTS: dict[str, Any] = {
    "films": [
        {"recording": f"{7 + n:032x}", "started_at": f"2026-11-2{n}T19:40:00+00:00",
         "length_ns": 605 * 10**9}
        for n in range(3)
    ],
    "counts": {"participants": 3, "consents": 9, "clips": 11, "wordings": 0, "shared_reviews": 1},
    "copies": [
        {"machine": "Annas laptop", "verified_at": "2026-11-25T10:00:00+00:00"},
        {"machine": "Bens laptop", "what": "package", "purpose": "supervision",
         "verified_at": "2026-12-01T10:00:00+00:00"},
    ],
    "exports": 1, "opened_by": 3, "opened_at": "", "closed_at": "",
}  # fmt: skip
TOLD = Certificate(
    number="9f" * 16,
    box="7f3a" * 8,
    code="VIG-7",
    why="consent withdrawn",
    began_at="2027-01-21T19:40:00+00:00",
    finished_at="2027-01-21T19:41:00+00:00",
    facts=FACTS,
    made_at="2027-01-22T08:00:00+00:00",
)


def text_of(pdf: bytes) -> str:
    read = subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True
    )
    return " ".join(read.stdout.decode().split())


def test_it_tells_what_was_erased_why_and_when() -> None:
    text = text_of(certificate(TOLD))
    for said in (
        "Certificate of erasure", "Case VIG-7", "The family took its consent back.",
        "Begun 21 January 2027, 19:40 UTC", "Finished 21 January 2027, 19:41 UTC",
        "Films (3)", "1 20 November 2026, 19:40 UTC 10 min 05 s", "9 answers about consent",
        "11 clips", "1 shared review", "1 export that still waited", "3 key holders",
        "key was destroyed first", "page 1",
    ):  # fmt: skip
        assert said in text, said
    assert "wording" not in text
    assert "NOT FINISHED" not in text


def test_it_tells_which_copies_left_and_what_is_out_of_reach() -> None:
    text = text_of(certificate(TOLD))
    for said in (
        "Copies that had left the box (2)", "Annas laptop clip 25 November 2026",
        "Bens laptop package 1 December 2026", "They are not erased by this.", "Ask whoever keeps",
        "A card may keep old blocks", "A copy that was opened on another machine",
    ):  # fmt: skip
        assert said in text, said
    none = replace(TOLD, facts={**FACTS, "copies": []})
    assert "The box knows of none." in text_of(certificate(none))


def test_it_tells_of_a_database_that_an_update_may_have_kept_aside() -> None:
    said = "may lie beside it until another update stays"
    assert said not in text_of(certificate(TOLD))
    assert said in text_of(certificate(replace(TOLD, is_kept_aside=True)))


def test_one_that_is_not_over_says_so_in_big_and_claims_nothing() -> None:
    pdf = certificate(replace(TOLD, finished_at=""))
    text = text_of(pdf)
    assert "NOT FINISHED YET" in text
    assert "Finished not finished yet" in text
    assert "key was destroyed" not in text
    (first, *_) = PdfReader(io.BytesIO(pdf)).pages
    sizes: dict[str, float] = {}

    def seen(text: str, _cm: object, _tm: object, _font: object, size: float) -> None:
        sizes[text.strip()] = size

    first.extract_text(visitor_text=seen)
    assert sizes["NOT FINISHED YET"] >= 24


@pytest.mark.parametrize("films", [0, 3, 120])
def test_any_number_of_films_prints_whole_within_the_margins(films: int) -> None:
    film = FACTS["films"][0]
    pdf = certificate(replace(TOLD, facts={**FACTS, "films": [film] * films}))
    pages = len(PdfReader(io.BytesIO(pdf)).pages)
    assert (pages == 1) == (films <= 3)
    assert text_of(pdf).count("10 min 05 s") == films
    for page in range(1, pages + 1):
        drawn = subprocess.run(
            ["pdftoppm", "-r", str(DPI), "-gray", "-f", str(page), "-l", str(page), "-"],
            input=pdf, capture_output=True, check=True,
        ).stdout  # fmt: skip
        ink = ImageChops.invert(Image.open(io.BytesIO(drawn))).getbbox()
        assert ink is not None
        left, top, right, bottom = (each / DPI * 25.4 for each in ink)
        assert (left > 23, right < 187, top > 23, bottom < 267) == (True,) * 4


def test_one_recording_says_that_the_case_goes_on() -> None:
    facts = {"recording": "a" * 32, "films": FACTS["films"][:1], "counts": {"clips": 2},
             "copies": [], "exports": 0, "opened_by": 2}  # fmt: skip
    text = text_of(certificate(replace(TOLD, why="asked for at once", facts=facts)))
    assert "One recording of case VIG-7" in text
    assert "the case goes on" in text
    assert "key was destroyed" not in text


class Marked(English):
    """Puts all that it says between marks, so that what nobody could translate is seen."""

    def gettext(self, words: str, /, **gaps: object) -> str:
        return f"«{super().gettext(words, **gaps)}»"

    def ngettext(self, one: str, many: str, num: int, /, **gaps: object) -> str:
        return f"«{super().ngettext(one, many, num, **gaps)}»"

    def told(self, word: str) -> str:
        return f"«{word}»"

    def moment(self, at: str) -> str:
        return f"«{super().moment(at)}»"

    def day(self, at: str) -> str:
        return f"«{super().day(at)}»"


@pytest.mark.parametrize("why", ["consent withdrawn", "nobody filed it under a case", "another"])
@pytest.mark.parametrize(
    "more", [{}, {"finished_at": ""}, {"facts": {**FACTS, "recording": "7" * 32}},
             {"code": "unfiled", "facts": {"recording": "7" * 32}}],
)  # fmt: skip
def test_every_word_of_it_can_be_in_another_language(why: str, more: dict[str, Any]) -> None:
    pdf = certificate(replace(TOLD, why=why, **more), Marked())
    # columns stand side by side: what is marked is taken out from within
    text = text_of(pdf).replace("**", "")
    while (left := re.sub("«[^«»]*»", " ", text)) != text:
        text = left
    assert set(re.findall(r"[A-Za-z]{3,}", text)) <= {"Annas", "Bens", "laptop", "min"}


def test_a_film_of_no_case_is_told_as_one() -> None:
    facts = {"recording": "7" * 32, "films": FACTS["films"][:1], "counts": {"clips": 0}}
    told = replace(TOLD, code="unfiled", why="nobody filed it under a case", facts=facts)
    text = text_of(certificate(told))
    assert "A film that was made without a case" in text
    assert "nobody filed it under one in its time" in text
    assert "Who could open it" not in text
    assert "Case unfiled" not in text
