"""Cards are drawn whole, whatever is written on them."""

from pathlib import Path

import numpy as np
import pytest

import vigbox
from vigbox.export.cards import INK, LEAF, NIGHT, SOFT, Words, draw
from vigbox.export.typefaces import Typefaces

LONG = "She waits, he turns, she names what he feels and they laugh, again and again. " * 3
TEXTS = [
    "Leo looks up",
    LONG,
    "x" * 300,
    "抱っこして、待って、" * 12,
    "👶🏽❤️\u200d🔥🇳🇱 \U0001f9d1\u200d\U0001f37c",
    "العب معي وانتظر دوري",
    "נותנים זמן Leo ומקום",
    "Żółć Ελλάδα Ђорђе ặ e\u0301",
    "\u202e\u0000\n\t\ud800\uffff\U000e0041",
    " ",
]


def seen(
    words: Words, width: int = 640, height: int = 360
) -> "np.ndarray[tuple[int, ...], np.dtype[np.int64]]":
    data = draw(words, width, height)
    return np.frombuffer(data, np.uint8).reshape(height, width, 3).astype(np.int64)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("size", [(640, 360), (360, 640), (1920, 1080)])
def test_any_text_is_drawn_inside_the_card(text: str, size: tuple[int, int]) -> None:
    card = seen(Words(text, text, text), *size)
    lit = np.argwhere(np.abs(card - NIGHT).sum(axis=2) > 60)
    margin_x, margin_y = size[0] // 20, size[1] // 40
    for (low, high), edge, margin in zip(
        zip(lit.min(axis=0, initial=10**6), lit.max(axis=0, initial=0), strict=True),
        (size[1], size[0]), (margin_y, margin_x), strict=True,
    ):  # fmt: skip
        assert low >= margin
        assert high < edge - margin


def test_it_has_the_colours_of_the_client_screen() -> None:
    card = seen(Words("MMM", "MMM", "MMM"), 1280, 720)
    found = {tuple(each) for each in card.reshape(-1, 3).tolist()}
    assert {NIGHT, INK, LEAF, SOFT} <= found
    told = (Path(vigbox.__file__).parent / "web/static/screen.css").read_text()
    for colour in (NIGHT, INK, LEAF, SOFT):
        assert "#{:02x}{:02x}{:02x}".format(*colour) in told


def test_a_long_title_wraps_and_becomes_smaller_before_it_is_shortened() -> None:
    def rows(text: str) -> int:
        lit = (seen(Words(text)) - NIGHT).sum(axis=(1, 2)) > 200
        return int((lit[1:] & ~lit[:-1]).sum())

    assert rows("Leo looks up and waits") == 1
    assert rows("Leo looks up and waits until his mother has seen it as well, nose") >= 2
    whole, shortened = seen(Words(LONG)), seen(Words(LONG * 3))
    assert np.array_equal(whole, shortened)


def test_words_stand_in_the_middle() -> None:
    lit = np.argwhere(np.abs(seen(Words("Leo looks up")) - NIGHT).sum(axis=2) > 60)
    middle = (lit.min(axis=0) + lit.max(axis=0)) / 2
    assert middle == pytest.approx((180, 320), abs=12)


def test_without_any_font_there_are_latin_words_all_the_same() -> None:
    data = draw(Words("Leo looks up 抱"), 640, 360, Typefaces([]))
    assert np.frombuffer(data, np.uint8).max() > 200
