"""A text is drawn with the fonts that there are, each letter by one that has it."""

from pathlib import Path

import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from vigbox.export.cards import Words, draw
from vigbox.export.typefaces import Typefaces, installed


def font(path: Path, letters: str) -> None:
    """Make a font that draws each of these letters as a full block."""
    names = [".notdef", *(f"g{ord(each):x}" for each in letters)]
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    for corner in ((0, 700), (900, 700), (900, 0)):
        pen.lineTo(corner)
    pen.closePath()
    block = pen.glyph()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({ord(each): f"g{ord(each):x}" for each in letters})
    builder.setupGlyf(dict.fromkeys(names, block))
    builder.setupHorizontalMetrics(dict.fromkeys(names, (1000, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": path.stem, "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.save(path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    font(tmp_path / "DejaVuSans.ttf", "abc \u25a1")
    font(tmp_path / "Another-Bold.ttf", "aé")
    font(tmp_path / "Another.ttf", "é抱 ")
    (tmp_path / "broken.ttf").write_bytes(b"\0\1\0\0 no font")
    (tmp_path / "empty.otf").touch()
    (tmp_path / "gone.ttf").symlink_to(tmp_path / "nowhere.ttf")
    return tmp_path


def told(faces: Typefaces, text: str) -> list[tuple[str, str]]:
    return [((face.path or Path()).stem, run) for face, run in faces.runs(text)]


def test_each_letter_is_drawn_by_a_font_that_has_it(folder: Path) -> None:
    faces = installed((folder,))
    assert [(each.path or Path()).stem for each in faces.fonts] == [
        "DejaVuSans",
        "Another",
        "Another-Bold",
    ]
    assert told(faces, "ab 抱 c") == [
        ("DejaVuSans", "ab "),
        ("Another", "抱"),
        ("DejaVuSans", " c"),
    ]
    assert told(faces, "é抱 é") == [("Another", "é抱 é")]


def test_accents_are_one_letter(folder: Path) -> None:
    assert told(installed((folder,)), "e\u0301") == [("Another", "é")]


def test_what_no_font_has_is_a_box_and_an_ornament_nothing(folder: Path) -> None:
    assert told(installed((folder,)), "a字👶🏽\u200d\ufe0fb\x07") == [("DejaVuSans", "a□b")]


def test_a_font_of_the_box_is_really_drawn(folder: Path) -> None:
    data = draw(Words("抱抱"), 640, 360, installed((folder,)))
    lit = np.frombuffer(data, np.uint8).reshape(360, 640, 3)[..., 0] > 200
    # two full blocks of the size of a title
    assert lit.sum() == pytest.approx(2 * (0.9 * 28) * (0.7 * 28), rel=0.1)


def test_the_fonts_of_this_machine_are_found() -> None:
    faces = installed()
    assert faces.fonts
    assert [run for _, run in faces.runs("Żółć Ελλάδα")] == ["Żółć Ελλάδα"]


def test_arabic_is_joined() -> None:
    face = installed().fonts[0]
    joined, apart = (face.length(text, 60) for text in ("بب", "ب\u200cب"))
    assert joined < apart


def test_emoji_are_drawn_in_their_colours_and_hold_together() -> None:
    faces = installed()
    assert told(faces, "Leo 👶🏽🧑\u200d🍼 3") == [
        ("DejaVuSans", "Leo "), ("NotoColorEmoji", "👶🏽🧑\u200d🍼"), ("DejaVuSans", " 3"),
    ]  # fmt: skip
    card = np.frombuffer(draw(Words("👶🏽"), 640, 360, faces), np.uint8).reshape(360, 640, 3)
    assert np.ptp(card.astype(int), axis=2).max() > 60
    one, joined = (
        sum(face.length(run, 40) for face, run in faces.runs(text)) for text in ("🧑", "🧑\u200d🍼")
    )
    assert joined == pytest.approx(one)
