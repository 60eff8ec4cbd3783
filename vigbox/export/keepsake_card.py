"""The keepsake as a card of 148 by 105 mm (A6, lying): photos in front, words on the back."""

from dataclasses import replace
from typing import Final

from vigbox.export.keepsake_parts import (
    SOFT,
    Keepsake,
    Labels,
    Lines,
    set_line,
    set_lines,
    set_row,
)
from vigbox.export.mosaic import LEVEL, height_of, within
from vigbox.export.paper import GREY, PALE, Face, Paper

CARD_MM: Final = (148.0, 105.0)
_EDGE: Final = 8.0
_MIDDLE: Final = CARD_MM[0] / 2
_GAP: Final = 3.0
_FOOT_MM: Final = 7.0
_ROOM: Final = (CARD_MM[0] - 2 * _EDGE, CARD_MM[1] - 2 * _EDGE - _FOOT_MM)
_TEXT_MM: Final = 116.0
_SAID: Final = Face(16, "times", "I")
_SIZES: Final = (16.0, 14.0, 12.0, 10.5)
_BETWEEN: Final = 4.0
_LABEL: Final = Face(10, "times", grey=GREY)


def card(holds: Keepsake, labels: Labels) -> bytes:
    """Give the card: one page, two when something was said, more for many words."""
    paper = Paper(labels.title, holds.held_on, size=CARD_MM, language=labels.language)
    _front(paper, holds)
    said = [labels.quoted(each.words) for each in holds.photos if each.words.strip()]
    if said or holds.strengths:
        _back(paper, said, holds.strengths, labels)
    return paper.to_bytes()


def _front(paper: Paper, holds: Keepsake) -> None:
    laid = within(holds.shapes, LEVEL, _ROOM, _GAP)
    y = _EDGE + (_ROOM[1] - height_of(laid, _GAP)) / 2
    for row in laid:
        set_row(paper, _MIDDLE, y, holds.photos, row)
        y += row[0].height + _GAP
    set_line(paper, _MIDDLE, CARD_MM[1] - _EDGE - 4.5, holds.foot, SOFT)


def _back(paper: Paper, said: list[str], strengths: str, labels: Labels) -> None:
    height = CARD_MM[1] - 2 * _EDGE
    for size in _SIZES:
        found = _blocks(paper, said, strengths, labels, replace(_SAID, size=size))
        if _height(found) <= height:
            paper.next_page()
            y = _EDGE + (height - _height(found)) / 2
            for each in found:
                y = set_lines(paper, _MIDDLE, y, each) + _BETWEEN
            return
    _many_backs(paper, found)


def _blocks(
    paper: Paper, said: list[str], strengths: str, labels: Labels, face: Face
) -> list[Lines]:
    found = [Lines.of(paper, _TEXT_MM, each, face) for each in said]
    if strengths:
        found.append(Lines((labels.strengths,), _LABEL))
        found.append(Lines.of(paper, _TEXT_MM, strengths, face))
    return found


def _height(blocks: list[Lines]) -> float:
    return sum(each.height for each in blocks) + _BETWEEN * (len(blocks) - 1)


def _many_backs(paper: Paper, blocks: list[Lines]) -> None:
    """Set the words from line to line, on as many backs as they take."""
    y = CARD_MM[1]
    for number, block in enumerate(blocks):
        if number and y + 2 * _BETWEEN < CARD_MM[1] - _EDGE:
            paper.rule(_MIDDLE - 6, y + 2, _MIDDLE + 6, 0.2, PALE)
            y += _BETWEEN
        for line in block.lines:
            if y + block.face.leading_mm > CARD_MM[1] - _EDGE:
                paper.next_page()
                y = _EDGE
            y = set_line(paper, _MIDDLE, y, line, block.face)
