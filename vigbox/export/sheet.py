"""The recovery sheet: one page of paper that opens every film of a box.

The sheet is printed once, at set-up, and kept under lock at the service. It is made in memory from
the facts that are handed in and never written to a disk here; the PDF's own metadata hold a title
and a date, nothing else.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Self

from vigbox.casework.sheet import Sheet, secret_lines
from vigbox.export.paper import (
    BOTTOM_MM,
    CODE,
    GREY,
    HEADING,
    LEFT_MM,
    PALE,
    RIGHT_MM,
    SMALL,
    TITLE,
    TOP_MM,
    WIDTH_MM,
    Face,
    Paper,
)

_SECRET: Final = Face(18, "courier", "B")
_WORD: Final = Face(12)
_SERVICE: Final = Face(10, grey=GREY)
_NUMERAL: Final = Face(22, style="B")
_COLUMNS: Final = 4

_WHAT = (
    "**When passphrases are forgotten, this sheet opens every film on this box.** Whoever holds it "
    "can open every film of this box if they also have its card. Keep it locked away, never with "
    "the box, and never photograph it."
)
_COPYING = (
    "The square says the same. Spaces do not count. From line 2 on there is no letter B, I or O "
    "and no figure 1."
)
_WORDS = (
    "The box asks for one of these words to prove that this sheet is printed and at hand. They are "
    "derived from the secret one way and open nothing; keep them private all the same."
)
_STEPS = (
    "Open the box's page, choose **Forgotten passphrase**. On the box itself: **vigbox recover**.",
    "Scan the square there, or type the lines of the secret identity.",
    "Write down the new passphrase that is shown. Put this sheet back under lock.",
)
_WITHOUT_BOX = (
    "With the box's card in a computer that has the program age (age-encryption.org), write the "
    "secret on one line, without spaces, in sheet.txt. It opens the identity file of a case, and "
    "what comes out opens the films of that case; recordings/FILM.json names the case of a film. "
    "Where a FILM.key.age lies beside a film, open that first, with case.txt, or sheet.txt when it "
    "was never filed under a case; what comes out opens the film. "
    "Destroy the text files afterwards."
)
COMMANDS: Final = (
    "age -d -i sheet.txt -o case.txt identities/cases/CASE.age",
    "age -d -i case.txt -o film.mp4 recordings/FILM.mp4.age",
)


@dataclass(frozen=True, slots=True)
class SheetFacts:
    """What a sheet says; ``made_on`` is an ISO date, ``words`` the 12 words that prove it."""

    box_name: str
    made_on: str
    secret_text: str = field(repr=False)
    recipient: str
    words: tuple[str, ...] = field(repr=False)
    service: str = ""

    @classmethod
    def of(cls, sheet: Sheet, box: str) -> Self:
        """Give what a box's sheet says, by the box's id, made today."""
        return cls(
            box_name=f"Box {box[:8]}",
            made_on=date.today().isoformat(),  # noqa: DTZ011  # the day as people write it
            secret_text=sheet.secret,
            recipient=sheet.recipient,
            words=sheet.words,
        )


def recovery_sheet(facts: SheetFacts) -> bytes:
    """Give the sheet as a PDF of one A4 page. Raises ValueError when the date is not ISO."""
    paper = Paper("Recovery sheet", date.fromisoformat(facts.made_on))
    _head(paper, facts)
    _secret(paper, facts.secret_text, 77)
    _words(paper, facts.words, 142)
    _steps(paper, 180)
    _without_box(paper, 207)
    _kept(paper, 246)
    paper.line(LEFT_MM, BOTTOM_MM - 1, _public(paper, facts.recipient), SMALL)
    return paper.to_bytes()


def _public(paper: Paper, recipient: str) -> str:
    told = f"Recipient (public): {recipient}"
    if paper.width_of(told, SMALL) <= WIDTH_MM:
        return told
    # a hybrid recipient has about 2,000 characters
    return (
        f"Recipient (public), SHA-256 of its text: {hashlib.sha256(recipient.encode()).hexdigest()}"
    )


def _head(paper: Paper, facts: SheetFacts) -> None:
    large = Face(13)
    paper.line(LEFT_MM, TOP_MM + 10, "Recovery sheet", TITLE)
    name = paper.fitted(facts.box_name, WIDTH_MM - 55, large)
    paper.line(LEFT_MM, TOP_MM + 19, name, large)
    paper.line_to(RIGHT_MM, TOP_MM + 19, f"Made on {facts.made_on}", large)
    paper.line(LEFT_MM, TOP_MM + 24.5, paper.fitted(facts.service, WIDTH_MM, _SERVICE), _SERVICE)
    paper.rule(LEFT_MM, TOP_MM + 28, RIGHT_MM, 0.6)
    paper.paragraph(LEFT_MM, TOP_MM + 32, WIDTH_MM, _WHAT)


def _secret(paper: Paper, secret_text: str, y: float) -> None:
    x = LEFT_MM + 70
    paper.frame(LEFT_MM, y, WIDTH_MM, 60, 0.5)
    paper.qr(LEFT_MM + 1, y + 1, 58, secret_text)
    paper.line(x, y + 8.5, "Secret identity", HEADING)
    lines = secret_lines(secret_text)
    for number, text in enumerate(lines):
        paper.line(x, y + 17 + 7.4 * number, text, _SECRET)
    # apart from the lines: whoever copies these out of the PDF gets no figures in between
    for number in range(len(lines)):
        paper.line_to(x - 6, y + 17 + 7.4 * number, str(number + 1), SMALL)
    paper.paragraph(x, y + 49.5, RIGHT_MM - x - 4, _COPYING, SMALL)


def _words(paper: Paper, words: tuple[str, ...], y: float) -> None:
    paper.line(LEFT_MM, y + 4, "Numbered words", HEADING)
    paper.paragraph(LEFT_MM, y + 6, WIDTH_MM, _WORDS, SMALL)
    rows = -(-len(words) // _COLUMNS)
    for at, word in enumerate(words):
        column, row = divmod(at, rows)
        x = LEFT_MM + 6 + column * WIDTH_MM / _COLUMNS
        paper.line_to(x - 2, y + 21 + 6.5 * row, str(at + 1), SMALL)
        paper.line(x, y + 21 + 6.5 * row, word, _WORD)


def _steps(paper: Paper, y: float) -> None:
    paper.line(LEFT_MM, y + 4, "How to use it", HEADING)
    width = WIDTH_MM / len(_STEPS)
    for at, text in enumerate(_STEPS):
        x = LEFT_MM + at * width
        paper.line(x, y + 14, str(at + 1), _NUMERAL)
        paper.paragraph(x + 7, y + 7, width - 12, text, Face(9))


def _without_box(paper: Paper, y: float) -> None:
    paper.line(LEFT_MM, y + 4, "Without the box", HEADING)
    below = paper.paragraph(LEFT_MM, y + 6, WIDTH_MM, _WITHOUT_BOX, SMALL)
    for at, command in enumerate(COMMANDS):
        paper.line(LEFT_MM, below + 2 + 4.2 * at, command, CODE)


def _kept(paper: Paper, y: float) -> None:
    paper.frame(LEFT_MM, y, WIDTH_MM, 16)
    for at, text in enumerate(("Where kept", "By whom", "Date")):
        x = LEFT_MM + 4 + at * 53
        paper.line(x, y + 5, text, Face(8, grey=GREY))
        paper.rule(x, y + 13, x + 48, grey=PALE)
