from datetime import date

import pytest

from vigbox.export.paper import BODY, Paper, printable

DAY = date(2025, 11, 21)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Jugendhilfe Müllerstraße", "Jugendhilfe Müllerstraße"),
        ("één — “twee” …", "één — “twee” …"),
        ("Małgorzata Şen İpek", "Malgorzata Sen Ipek"),
        ("e\u0301cole", "école"),
        ("a\nb\t c ", "a b c"),
        ("箱 \x07", "? ?"),
    ],
)
def test_text_is_brought_to_what_the_type_can_show(text: str, shown: str) -> None:
    assert printable(text) == shown
    Paper("A page", DAY).line(20, 20, text)


def test_text_that_fits_is_left_whole() -> None:
    assert Paper("A page", DAY).fitted("short", 50, BODY) == "short"


def test_text_that_does_not_fit_ends_in_an_ellipsis() -> None:
    paper = Paper("A page", DAY)
    fitted = paper.fitted("a very long name " * 9, 50, BODY)
    assert fitted.endswith("…")
    assert 40 < paper.width_of(fitted, BODY) <= 50
