"""A keepsake as others read it: its photos whole, the words whole, and nothing of ours."""

import io
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from PIL import Image
from pypdf import PageObject, PdfReader

from vigbox.export.keepsake import (
    NAMES,
    Keepsake,
    KeepsakeError,
    Labels,
    Photo,
    Shape,
    keepsake,
    pieces,
)
from vigbox.export.paper import BODY, Paper, is_shown_whole
from vigbox.export.pieces import Step

SHAPES: tuple[Shape, ...] = ("a4", "card")
WORD = "Donaudampfschifffahrtsgesellschaftskapitän" * 4


def jpeg(width: int = 160, height: int = 90, colour: str = "#a66") -> bytes:
    sink = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(sink, "JPEG")
    return sink.getvalue()


def holding(*words: str, strengths: str = "", code: str = "") -> Keepsake:
    # each of its own shape, so that no two are the same picture in the PDF
    photos = tuple(Photo(jpeg(160, 80 + 10 * n), each) for n, each in enumerate(words))
    return Keepsake(date(2026, 11, 21), "21 November 2026", photos, strengths, code)


def read(shape: Shape, holds: Keepsake, labels: Labels | None = None) -> PdfReader:
    return PdfReader(io.BytesIO(keepsake(shape, holds, labels)))


def text_of(reader: PdfReader) -> str:
    return "\n".join(page.extract_text() for page in reader.pages)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("count", range(1, 7))
@pytest.mark.parametrize("words", ["", "We both laugh."], ids=["wordless", "with words"])
def test_one_to_six_photos_with_and_without_words(shape: Shape, count: int, words: str) -> None:
    reader = read(shape, holding(*[words] * count))
    assert len(reader.pages[0].images) == count
    assert len(reader.pages) == (2 if shape == "card" and words else 1)
    assert text_of(reader).count("We both laugh.") == (count if words else 0)
    assert "going well" not in text_of(reader), "a heading over nothing"


@pytest.mark.parametrize(("shape", "size"), [("a4", (210, 297)), ("card", (148, 105))])
def test_pages_have_the_size_that_was_said(shape: Shape, size: tuple[int, int]) -> None:
    box = read(shape, holding("a")).pages[0].mediabox
    assert [round(float(side) / 72 * 25.4) for side in (box.width, box.height)] == list(size)


@pytest.mark.parametrize("count", [0, 7])
def test_none_or_too_many_photos_are_refused(count: int) -> None:
    with pytest.raises(KeepsakeError, match=f"one to 6 photos, not {count}"):
        holding(*["a"] * count)


@pytest.mark.parametrize("shape", SHAPES)
def test_long_words_wrap_and_are_never_shortened(shape: Shape) -> None:
    said = f"begin {WORD} " + "und dann " * 150 + "end"
    reader = read(shape, holding(said, "kurz", strengths="viel " * 400))
    whole = text_of(reader)
    for word, count in (("begin", 1), ("end", 1), ("kurz", 1), ("und", 150), ("viel", 400)):
        assert len([each for each in whole.replace("”", " ").split() if word in each]) >= count
    joined = "".join(whole.split())
    assert WORD in joined
    for page in reader.pages:
        assert begins_inside(page), "a line runs off the paper"


def begins_inside(page: PageObject) -> bool:
    places: list[tuple[float, float]] = []

    def note(text: str, _cm: Any, tm: Any, _font: Any, _size: Any) -> None:
        if text.strip():
            places.append((tm[4], tm[5]))

    page.extract_text(visitor_text=note)
    box = page.mediabox
    return all(0 <= x <= box.width and 0 <= y <= box.height for x, y in places)


def test_no_line_is_wider_than_it_may_be() -> None:
    paper = Paper("x", date(2026, 1, 1))
    lines = paper.lines_of(40, f"{WORD} “ja”\nund", BODY)
    assert max(paper.width_of(line, BODY) for line in lines) <= 40.01
    assert "".join(lines) == f"{WORD} “ja”und"


def test_nothing_but_what_was_said_is_on_it() -> None:
    said = holding("He waits for me!", strengths="I wait.")
    text = text_of(read("a4", said))
    left = text
    for ours in ("Moments together", "“He waits for me!”", "What is going well", "I wait.",
                 "21 November 2026"):  # fmt: skip
        assert ours in text
        left = left.replace(ours, "")
    assert not left.strip()
    assert "VIG-7" in text_of(read("card", replace(said, code="VIG-7")))


def test_labels_come_in_the_familys_language() -> None:
    labels = Labels("Gemeinsame Momente", "Was gut geht", "„{}“", "de")
    reader = read("a4", holding("Er schaut.", strengths="Warten."), labels)
    text = text_of(reader)
    for each in ("Gemeinsame Momente", "„Er schaut.“", "Was gut geht"):
        assert each in text
    assert str(reader.root_object["/Lang"]) == "de"


@pytest.mark.parametrize("text", ["Größe, „ja“", "Zoë\n  lacht"])
def test_letters_of_our_languages_are_printed_as_written(text: str) -> None:
    assert is_shown_whole(text)


@pytest.mark.parametrize("text", ["Şen güldü", "مرحبا"])
def test_letters_that_cannot_be_printed_are_known(text: str) -> None:
    assert not is_shown_whole(text)


@pytest.mark.parametrize("shape", SHAPES)
def test_metadata_name_nobody(shape: Shape) -> None:
    told = read(shape, holding("a")).metadata
    assert told is not None
    assert set(told) == {"/Title", "/CreationDate"}


def test_pieces_make_their_photos_when_they_are_written() -> None:
    made: list[str] = []

    def make(step: Step) -> Keepsake:
        made.append("made")
        step(1.0)
        return holding("a")

    found = pieces(SHAPES, make)
    assert [each.name for each in found] == [NAMES[each] for each in SHAPES]
    assert not made
    steps: list[float] = []
    sink = io.BytesIO()
    found[1].write(sink, steps.append)
    assert sink.getvalue().startswith(b"%PDF")
    assert steps == sorted(steps)
    assert steps[-1] == 1
