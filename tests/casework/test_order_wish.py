"""Wishes: what leaves is told in a few words that name nobody."""

import pytest

from vigbox.casework.order_wish import WHOLE, Wish


@pytest.mark.parametrize(
    ("made", "clips", "told"),
    [
        (("clips",), ("a",), "clip"),
        (("clips",), ("a", "b"), "clips: 2"),
        (("clips", "stills"), ("a", "b"), "clips, stills (of clips: 2)"),
    ],
)
def test_what_leaves_is_told_without_a_name(
    made: tuple[str, ...], clips: tuple[str, ...], told: str
) -> None:
    assert Wish(clips, made).what == told


def test_whole_recordings_are_never_told_to_be_masked() -> None:
    masks = {"a": "1"}
    assert Wish(("a",), ("clips",), masks).what == "clip, faces masked"
    whole = Wish(("a",), ("clips", WHOLE), masks)
    assert whole.what == "clips, recordings (of clips: 1)"
    assert whole.covered == 0
