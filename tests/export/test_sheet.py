"""The sheet as others read it: pypdf, poppler and zxing."""

import hashlib
import io
import shlex
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image, ImageChops
from pypdf import PdfReader

from vigbox.casework.sheet import secret_lines
from vigbox.export.sheet import COMMANDS, SheetFacts, recovery_sheet
from vigbox.seal.identities import X25519Identity
from vigbox.seal.sealing import seal_bytes

DPI = 150
WORDS = ("oak", "elm", "ash", "fir", "yew", "bay", "box", "fig", "hop", "ivy", "may", "nut")


@pytest.fixture
def identity() -> X25519Identity:
    return X25519Identity.generate()


@pytest.fixture
def facts(identity: X25519Identity) -> SheetFacts:
    return SheetFacts(
        box_name="Lighthouse · 7f3a",
        made_on="2025-11-21",
        secret_text=identity.secret_text(),
        recipient=str(identity.recipient),
        words=WORDS,
        service="Jugendhilfe Müllerstraße",
    )


def text_by_poppler(pdf: bytes, *options: str) -> str:
    command = ["pdftotext", *options, "-", "-"]
    return subprocess.run(command, input=pdf, capture_output=True, check=True).stdout.decode()


def text_by_pypdf(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def picture(pdf: bytes) -> Image.Image:
    command = ["pdftoppm", "-r", str(DPI), "-gray", "-singlefile", "-"]
    drawn = subprocess.run(command, input=pdf, capture_output=True, check=True).stdout
    return Image.open(io.BytesIO(drawn))


def joined(text: str) -> str:
    return "".join(text.split())


def test_sheet_is_one_a4_page(facts: SheetFacts) -> None:
    (page,) = PdfReader(io.BytesIO(recovery_sheet(facts))).pages
    assert [round(float(each) / 72 * 25.4) for each in page.mediabox] == [0, 0, 210, 297]
    assert page.rotation == 0


def test_text_of_the_secret_is_whole_without_its_spaces(facts: SheetFacts) -> None:
    pdf = recovery_sheet(facts)
    assert facts.secret_text in joined(text_by_poppler(pdf))
    assert facts.secret_text in joined(text_by_pypdf(pdf))


def test_lines_of_the_secret_are_short_and_numbered(facts: SheetFacts) -> None:
    laid_out = text_by_poppler(recovery_sheet(facts), "-layout")
    lines = secret_lines(facts.secret_text)
    assert lines[0] == "AGE-SECRET-KEY-1"
    assert max(map(len, lines)) == 17
    for number, line in enumerate(lines, 1):
        assert f"{number} {line}" in " ".join(laid_out.split())


def test_square_is_upright_and_says_the_secret_exactly(facts: SheetFacts) -> None:
    (code,) = zxingcpp.read_barcodes(picture(recovery_sheet(facts)))
    assert code.text == facts.secret_text
    assert code.orientation == 0
    # 37 modules: version 5, which holds this much only in alphanumeric mode
    assert code.ec_level == "Q"


def test_square_is_read_with_a_stain_on_it(facts: SheetFacts) -> None:
    drawn = picture(recovery_sheet(facts))
    corner = zxingcpp.read_barcodes(drawn)[0].position.bottom_right
    drawn.paste(0, (corner.x - 60, corner.y - 60, corner.x + 30, corner.y + 30))
    assert [code.text for code in zxingcpp.read_barcodes(drawn)] == [facts.secret_text]


@pytest.mark.parametrize("read", [text_by_poppler, text_by_pypdf])
def test_sheet_says_whose_it_is(facts: SheetFacts, read: Callable[[bytes], str]) -> None:
    text = " ".join(read(recovery_sheet(facts)).split())
    for said in ("Recovery sheet", facts.box_name, "2025-11-21", facts.service, facts.recipient):
        assert said in text


def test_long_recipient_is_told_by_its_fingerprint_on_the_page(facts: SheetFacts) -> None:
    hybrid = replace(facts, recipient="age1pq1" + "q" * 1952)
    bounds = picture(recovery_sheet(hybrid)).convert("L")
    mark = hashlib.sha256(hybrid.recipient.encode()).hexdigest()
    assert mark in text_by_poppler(recovery_sheet(hybrid))
    right_edge = bounds.crop((bounds.width - 60, 0, bounds.width, bounds.height))
    assert right_edge.getextrema() == (255, 255)


def test_each_word_stands_beside_its_number(facts: SheetFacts) -> None:
    text = " ".join(text_by_poppler(recovery_sheet(facts), "-layout").split())
    for number, word in enumerate(WORDS, 1):
        assert f" {number} {word} " in text


def test_sheet_tells_what_it_is_and_how_it_is_used(facts: SheetFacts) -> None:
    text = " ".join(text_by_poppler(recovery_sheet(facts)).split())
    for said in (
        "opens every film",
        "never photograph it",
        "Forgotten passphrase",
        "vigbox recover",
    ):
        assert said in text
    assert all(command in text for command in COMMANDS)


@pytest.mark.parametrize("name", ["W" * 300, "箱", "", "two\nlines", "**bold** (or not) \\"])
def test_any_name_prints_within_what_letter_paper_shows(facts: SheetFacts, name: str) -> None:
    drawn = picture(recovery_sheet(replace(facts, box_name=name, service=name)))
    ink = ImageChops.invert(drawn).getbbox()
    assert ink is not None
    left, top, right, bottom = (each / DPI * 25.4 for each in ink)
    # a printer may set A4 at the top, the foot or the middle of a page 17.6 mm shorter
    assert left > 23
    assert right < 187
    assert top > 23.6
    assert bottom < 267


def test_metadata_hold_a_title_and_a_date_only(facts: SheetFacts) -> None:
    reader = PdfReader(io.BytesIO(recovery_sheet(facts)))
    assert reader.metadata is not None
    assert set(reader.metadata) == {"/Title", "/CreationDate"}
    assert reader.metadata.title == "Recovery sheet"
    assert "20251121" in str(reader.metadata["/CreationDate"])
    assert reader.xmp_metadata is None


def test_same_facts_make_the_same_sheet(facts: SheetFacts) -> None:
    assert recovery_sheet(facts) == recovery_sheet(facts)


def test_facts_do_not_show_the_secret(facts: SheetFacts) -> None:
    assert facts.secret_text not in repr(facts)
    assert "oak" not in repr(facts)


def test_date_that_is_none_is_refused(facts: SheetFacts) -> None:
    with pytest.raises(ValueError, match="21 November"):
        recovery_sheet(replace(facts, made_on="21 November"))


def test_commands_on_the_sheet_open_a_film_with_stock_age(
    facts: SheetFacts, identity: X25519Identity, tmp_path: Path
) -> None:
    case = X25519Identity.generate()
    for folder in ("identities/cases", "recordings"):
        (tmp_path / folder).mkdir(parents=True)
    secret = case.secret_text().encode() + b"\n"
    wrapped = seal_bytes(secret, [identity.recipient])
    (tmp_path / "identities/cases/CASE.age").write_bytes(wrapped)
    film = seal_bytes(b"a film", [case.recipient])
    (tmp_path / "recordings/FILM.mp4.age").write_bytes(film)
    (tmp_path / "sheet.txt").write_text(joined("".join(secret_lines(facts.secret_text))))
    for command in COMMANDS:
        subprocess.run(shlex.split(command), cwd=tmp_path, check=True)
    assert (tmp_path / "film.mp4").read_bytes() == b"a film"
