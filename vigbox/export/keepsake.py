"""Keepsake: photos of moments with the family's own words, as an A4 page and as a card.

It holds photos that were chosen and words that were said, and nothing of ours: no name, no word of
the practitioner's notes, a case's code only when it is asked for. Nothing that was said is ever
shortened: it is set smaller, and then goes on over the page. Made in memory, never written to a
disk here.
"""

from collections.abc import Callable, Sequence
from typing import Final, Literal

from vigbox.export.keepsake_card import card
from vigbox.export.keepsake_page import page
from vigbox.export.keepsake_parts import Keepsake, KeepsakeError, Labels, Photo
from vigbox.export.pieces import Piece, Sink, Step

__all__ = ["NAMES", "Keepsake", "KeepsakeError", "Labels", "Photo", "Shape", "keepsake", "pieces"]

Shape = Literal["a4", "card"]

NAMES: Final[dict[Shape, str]] = {"a4": "keepsake.pdf", "card": "keepsake-card.pdf"}
"""The shapes there are, and what each file is called when it leaves the box."""


def keepsake(shape: Shape, holds: Keepsake, labels: Labels | None = None) -> bytes:
    """Give it as a PDF: A4, or a card of 148 by 105 mm with the words on its back."""
    return (page if shape == "a4" else card)(holds, labels or Labels())


def pieces(
    shapes: Sequence[Shape], make: Callable[[Step], Keepsake], labels: Labels | None = None
) -> list[Piece]:
    """Give the shapes as pieces of an export; ``make`` makes the photos when they are wanted."""
    return [_piece(each, make, labels) for each in shapes]


def _piece(shape: Shape, make: Callable[[Step], Keepsake], labels: Labels | None) -> Piece:
    def write(sink: Sink, step: Step) -> None:
        holds = make(lambda done: step(done * 0.8))
        sink.write(keepsake(shape, holds, labels))
        step(1)

    return Piece(NAMES[shape], "keepsake", write)
