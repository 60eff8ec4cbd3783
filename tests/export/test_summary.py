"""The family's page as others read it: their words first, whole, on one page when they fit."""

import io
import re
from dataclasses import replace
from datetime import date

from PIL import Image
from pypdf import PdfReader

from vigbox.export.summary import Headings, Hope, Summary, family_page

SAID = Summary(
    held_on=date(2026, 11, 21),
    held="21 November 2026",
    question="What soothes him?",
    own_words=("He waits for me!", "", "We both smile."),
    strengths="I wait for him.\nI talk softly.",
    ideas="Sit on the floor.",
    action="Five minutes each evening.",
    hopes=(Hope("Calm evenings", 6, 4), Hope("Playing", 3, 5), Hope("Not asked", None, 2)),
    more=(("What made you smile?", "His laugh."),),
)


def pages(summary: Summary, headings: Headings | None = None) -> list[str]:
    pdf = family_page(summary, headings)
    return [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]


def test_their_own_words_come_first() -> None:
    (text,) = pages(SAID)
    order = ["What soothes him?", "He waits for me!", "We both smile.", "I wait for him.",
             "Sit on the floor.", "His laugh.", "Five minutes", "Calm evenings"]  # fmt: skip
    places = [text.index(each) for each in order]
    assert places == sorted(places)


def test_what_was_not_said_has_no_heading() -> None:
    bare = Summary(date(2026, 11, 21), "today", "", ("Only this.",), "", "", "")
    (text,) = pages(bare)
    headings = Headings()
    for each in (headings.strengths, headings.ideas, headings.action, headings.goals):
        assert each not in text


def test_a_hope_is_told_as_where_it_stands_never_as_a_change() -> None:
    (text,) = pages(SAID)
    assert text.count("today") == 2
    assert text.count("last time") == 2
    assert not re.search(r"\d+ (today|last time)", text), "a number beside it reads as a mark"
    assert "Not asked" not in text
    for word in ("-2", "+2", "less", "lower", "worse", "better", "%"):
        assert word not in text


def test_long_words_are_never_shortened() -> None:
    long = replace(
        SAID, own_words=tuple(f"begin{n} " + "word " * 500 + f"end{n}" for n in range(3))
    )
    found = pages(long)
    whole = "\n".join(found)
    assert len(found) > 1
    assert whole.count("word") >= 1500
    for n in range(3):
        assert f"begin{n}" in whole
        assert f"end{n}" in whole


def test_more_words_still_fit_one_page_in_smaller_type() -> None:
    assert len(pages(replace(SAID, own_words=("word " * 40,) * 4))) == 1


def test_stills_stand_side_by_side_four_at_most() -> None:
    sink = io.BytesIO()
    Image.new("RGB", (640, 360), "#a66").save(sink, "JPEG")
    pdf = family_page(replace(SAID, stills=(sink.getvalue(),) * 6))
    (page,) = PdfReader(io.BytesIO(pdf)).pages
    content = page.get_contents()
    assert content is not None
    assert content.get_data().count(b" Do") == 4


def test_headings_come_in_the_familys_language() -> None:
    (text,) = pages(SAID, Headings(title="Was wir gesehen haben", own_words="Ihre Worte"))
    assert "Was wir gesehen haben" in text
    assert "Ihre Worte" in text


def test_metadata_name_nobody() -> None:
    told = PdfReader(io.BytesIO(family_page(SAID))).metadata
    assert told is not None
    assert set(told) == {"/Title", "/CreationDate"}
