"""The box's label: one page to cut, with a card for the tablet's case and a sticker for the box.

The card has the passphrase of the box's Wi-Fi and is kept with the tablet; the sticker has nothing
that helps whoever finds the box. Made in memory from the facts that are handed in.
"""

import io
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import segno
from PIL import Image, ImageDraw, ImageFont

from vigbox.export.paper import (
    GREY,
    HEADING,
    LEFT_MM,
    RIGHT_MM,
    SMALL,
    TITLE,
    TOP_MM,
    WIDTH_MM,
    Face,
    Paper,
)

_NAME: Final = Face(26, style="B")
_SECRET: Final = Face(15, "courier", "B")
_VALUE: Final = Face(13)
_WORD: Final = Face(9, grey=GREY)
_PRINT: Final = Face(9, "courier")
_STEP: Final = Face(8.5)
_CUT: Final = (
    "Cut along the broken lines. **The card is kept with the tablet:** whoever reads it can join "
    "the Wi-Fi of this box, and comes no further without a practitioner's passphrase. The sticker "
    "goes on the box; it holds no secret."
)
_CHECK: Final = (
    "When the tablet asks whether it may trust this box, it shows these figures. Trust it only "
    "if they are the same."
)
_STAY: Final = (
    "Switch the tablet's mobile data off: with it, it goes around the box. "
    '"No internet" is right: stay on this Wi-Fi.'
)
_STAY_SHORT: Final = (
    "Switch the tablet's mobile data off.",
    '"No internet" is right: stay on this Wi-Fi.',
)
_LATER: Final = "Not known yet: start the box once, and print the label again."
_CARD_MM: Final = 130.0
_STICKER_MM: Final = (90.0, 34.0)

_DOTS: Final = 8
"""Of the picture, to a millimetre: 203 to the inch, as label printers have."""


@dataclass(frozen=True, slots=True)
class LabelFacts:
    """What a label says: ``wifi_qr`` joins the Wi-Fi, ``page_qr`` opens the page.

    ``name`` and ``address`` are what a person types instead; ``fingerprint`` is the SHA-256 of the
    box's authority, in pairs, and empty while there is none.
    """

    ssid: str
    passphrase: str = field(repr=False)
    wifi_qr: str = field(repr=False)
    page_qr: str
    name: str
    address: str
    fingerprint: str


def label_sheet(facts: LabelFacts, made_on: date) -> bytes:
    """Give the label as a PDF of one A4 page."""
    paper = Paper(f"Label of {facts.ssid}", made_on)
    paper.line(LEFT_MM, TOP_MM + 10, f"Label of {facts.ssid}", TITLE)
    paper.paragraph(LEFT_MM, TOP_MM + 16, WIDTH_MM, _CUT)
    _card(paper, facts, TOP_MM + 42)
    _sticker(paper, facts, TOP_MM + 42 + _CARD_MM + 12)
    return paper.to_bytes()


def _card(paper: Paper, facts: LabelFacts, y: float) -> None:
    paper.cut(LEFT_MM, y, WIDTH_MM, _CARD_MM)
    left, right = LEFT_MM + 7, LEFT_MM + WIDTH_MM / 2 + 5
    paper.line(left, y + 13, facts.ssid, _NAME)
    paper.line_to(RIGHT_MM - 7, y + 13, "vigbox", Face(13, grey=GREY))
    paper.line(left, y + 24, "1  Join the Wi-Fi", HEADING)
    paper.line(right, y + 24, "2  Open the page", HEADING)
    # an Android, or an iPad with a SIM, would ask elsewhere for a page that is here alone
    paper.paragraph(left, y + 26.5, 74, _STAY, _STEP)
    for x, text in ((left, facts.wifi_qr), (right, facts.page_qr)):
        # the quiet modules are white already: the code itself stands in line with the words
        paper.qr(x - 5.7, y + 33, 54, text)
    _told(
        paper,
        left,
        y + 93,
        (("Wi-Fi", facts.ssid, _VALUE), ("Passphrase", facts.passphrase, _SECRET)),
    )
    _told(paper, right, y + 93, (("Page", facts.name, _VALUE), ("or", facts.address, _VALUE)))
    paper.rule(left, y + 113, RIGHT_MM - 7, grey=190)
    _fingerprint(paper, facts.fingerprint, left, y + 114)


def _told(paper: Paper, x: float, y: float, rows: tuple[tuple[str, str, Face], ...]) -> None:
    for row, (word, value, face) in enumerate(rows):
        paper.line(x, y + 11 * row - 2, word, _WORD)
        paper.line(x, y + 11 * row + 3.5, value, face)


def _fingerprint(paper: Paper, fingerprint: str, x: float, y: float) -> None:
    middle = x + 60
    paper.paragraph(x, y, 54, _CHECK if fingerprint else _LATER, Face(7.5, grey=GREY))
    for row, text in enumerate(halves(fingerprint)):
        paper.line(middle, y + 5 + 4.5 * row, text, _PRINT)


def halves(fingerprint: str) -> list[str]:
    """Set a fingerprint in two lines of sixteen pairs."""
    pairs = fingerprint.split(":") if fingerprint else []
    return [" ".join(pairs[at : at + 16]) for at in range(0, len(pairs), 16)]


def _sticker(paper: Paper, facts: LabelFacts, y: float) -> None:
    width, height = _STICKER_MM
    paper.cut(LEFT_MM, y, width, height)
    paper.qr(LEFT_MM + 2, y + 2, 30, facts.page_qr)
    paper.line(LEFT_MM + 35, y + 15, facts.ssid, Face(20, style="B"))
    paper.line(LEFT_MM + 35, y + 22, facts.name, Face(9))
    paper.line(LEFT_MM + 35, y + 27, "Join its Wi-Fi with the card of the tablet", SMALL)


def label_picture(facts: LabelFacts) -> bytes:
    """Give the card alone as a PNG, 8 dots to a millimetre, black on white."""
    picture = _Picture(100, 62)
    picture.text(4, 3, facts.ssid, 5.6)
    for row, text in enumerate(_STAY_SHORT):
        picture.text(34, 2.6 + 3.4 * row, text, 2.6)
    for x, text, word in (
        (4, facts.wifi_qr, "1  Join the Wi-Fi"),
        (54, facts.page_qr, "2  Open the page"),
    ):
        picture.text(x, 9.7, word, 3)
        picture.qr(x, 14.5, 28, text)
    rows = ((facts.ssid, facts.name), (facts.passphrase, facts.address))
    for row, (left, right) in enumerate(rows):
        picture.text(4, 43.6 + 4.4 * row, left, 3.2)
        picture.text(54, 43.6 + 4.4 * row, right, 3.2)
    for row, text in enumerate(halves(facts.fingerprint) or [_LATER]):
        picture.text(4, 53.4 + 3.6 * row, text, 2.6)
    return picture.to_bytes()


class _Picture:
    """One white picture; lengths are millimetres from its top left."""

    def __init__(self, width: int, height: int) -> None:
        self._image = Image.new("1", (width * _DOTS, height * _DOTS), 1)
        self._pen = ImageDraw.Draw(self._image)

    def text(self, x: float, y: float, text: str, size: float) -> None:
        """Set a line, its top at y, its letters of a size."""
        # Pillow's own, which is always there
        face = ImageFont.load_default(round(size * _DOTS))
        self._pen.text((round(x * _DOTS), round(y * _DOTS)), text, font=face, fill=0)

    def qr(self, x: float, y: float, most: float, text: str) -> None:
        """Place a QR code, its modules whole dots."""
        code = segno.make_qr(text, error="q")
        scale = int(most * _DOTS // code.symbol_size(border=0)[0])
        drawn = io.BytesIO()
        code.save(drawn, kind="png", scale=scale, border=0)
        self._image.paste(Image.open(drawn), (round(x * _DOTS), round(y * _DOTS)))

    def to_bytes(self) -> bytes:
        """Give the PNG."""
        found = io.BytesIO()
        self._image.save(found, "PNG", dpi=(_DOTS * 25.4, _DOTS * 25.4))
        return found.getvalue()
