"""Paper: what every PDF of a box shares: the page, its type, its greys, its QR codes.

Lengths are millimetres from the top left of a page, sizes of type are points. What keeps between
TOP_MM and BOTTOM_MM of an A4 page also prints whole on US Letter, however a printer places it.
The type is PDF's own Helvetica, Times and Courier, which every reader has: no font is shipped.
"""

import io
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final, Literal, cast

import segno

PAGE_MM: Final = (210.0, 297.0)
LEFT_MM: Final = 24.0
RIGHT_MM: Final = 186.0
WIDTH_MM: Final = RIGHT_MM - LEFT_MM
TOP_MM: Final = 24.0
BOTTOM_MM: Final = 266.0

BLACK: Final = 0
GREY: Final = 95
PALE: Final = 190

_TYPE: Final = "cp1252"  # what the PDF's own fonts can show
_BARE: Final = str.maketrans("łŁđĐıİ", "lLdDiI")  # letters that no accent explains
# Rows of a QR code overlap by this much, or some readers draw white hairs between them.
_OVERLAP_MM: Final = 0.03


@dataclass(frozen=True, slots=True)
class Face:
    """How a text looks: its size in points and its grey, from 0 (black) to 255 (white)."""

    size: float
    family: Literal["helvetica", "times", "courier"] = "helvetica"
    style: Literal["", "B", "I"] = ""
    grey: int = BLACK

    @property
    def leading_mm(self) -> float:
        """From one line of a paragraph to the next."""
        return self.size * 0.3528 * 1.38


TITLE: Final = Face(30, style="B")
HEADING: Final = Face(11, style="B")
BODY: Final = Face(10.5)
SMALL: Final = Face(8.5, grey=GREY)
CODE: Final = Face(8.5, "courier")


class Paper:
    """One PDF in memory; nothing is written to a disk.

    ``size`` is width and height of its pages, ``language`` that of its words, as BCP 47 has it.
    """

    def __init__(
        self,
        title: str,
        made_on: date,
        *,
        size: tuple[float, float] = PAGE_MM,
        language: str = "en-GB",
    ) -> None:
        # 15 MB that a web which makes no paper does without
        from fpdf import FPDF

        self._pdf = FPDF(format=size)
        self._pdf.core_fonts_encoding = _TYPE
        self._pdf.set_auto_page_break(auto=False)
        self._pdf.c_margin = 0
        self._pdf.set_title(title)
        self._pdf.set_lang(language)
        self._pdf.set_creation_date(datetime.combine(made_on, time(), UTC))
        self._pdf.add_page()

    def new_page(self) -> None:
        """Turn to a fresh page of the same size; what is drawn from now on is on it."""
        self._pdf.add_page()

    def to_bytes(self) -> bytes:
        """Give the finished PDF; nothing can be drawn after."""
        return bytes(self._pdf.output())

    def line(self, x: float, y: float, text: str, face: Face = BODY) -> None:
        """Set one line of text with its baseline at y."""
        self._take(face)
        self._pdf.text(x, y, printable(text))

    def line_to(self, x: float, y: float, text: str, face: Face = BODY) -> None:
        """Set one line of text that ends at x."""
        self.line(x - self.width_of(text, face), y, text, face)

    def paragraph(self, x: float, y: float, width: float, text: str, face: Face = BODY) -> float:
        """Set a text in lines of a width, its top at y; ``**bold**``. Gives y below it."""
        self._take(face)
        self._pdf.set_xy(x, y)
        self._pdf.multi_cell(width, face.leading_mm, printable(text), align="L", markdown=True)
        return self._pdf.get_y() + face.leading_mm

    def height_of(self, width: float, text: str, face: Face = BODY) -> float:
        """Measure how high a text is in lines of a width."""
        self._take(face)
        height = self._pdf.multi_cell(
            width, face.leading_mm, printable(text), align="L", dry_run=True, output="HEIGHT"
        )
        return cast("float", height)

    def words(self, x: float, y: float, width: float, text: str, face: Face = BODY) -> float:
        """Set somebody's own words in lines of a width, as they are; lines that they ended end.

        Gives y below them.
        """
        self._take(face)
        for line in text.splitlines() or [""]:
            self._pdf.set_xy(x, y)
            self._pdf.multi_cell(width, face.leading_mm, printable(line), align="L")
            y = self._pdf.get_y()
        return y

    def lines_of(self, width: float, text: str, face: Face = BODY) -> list[str]:
        """Break somebody's own words into lines of a width; lines that they ended end."""
        self._take(face)
        found: list[str] = []
        for line in text.splitlines() or [""]:
            broken = self._pdf.multi_cell(
                width, face.leading_mm, printable(line), align="L", dry_run=True, output="LINES"
            )
            # they come back in the bytes of the font
            lines = cast("list[str]", broken) or [""]
            found += [each.encode("latin-1").decode(_TYPE) for each in lines]
        return found

    def picture(self, x: float, y: float, width: float, jpeg: bytes) -> None:
        """Place a JPEG, as high as its shape asks for."""
        self._pdf.image(io.BytesIO(jpeg), x, y, w=width)

    def dot(self, x: float, y: float, radius: float, *, filled: bool, grey: int = BLACK) -> None:
        """Draw a dot, or a ring, around a point."""
        self._pdf.set_draw_color(grey)
        self._pdf.set_fill_color(grey if filled else 255)
        self._pdf.set_line_width(0.35)
        self._pdf.circle(x, y, radius, style="DF")

    def next_page(self) -> None:
        """Begin another page."""
        self._pdf.add_page()

    def width_of(self, text: str, face: Face) -> float:
        """Measure one line of text."""
        self._take(face)
        return self._pdf.get_string_width(printable(text))

    def fitted(self, text: str, width: float, face: Face) -> str:
        """Shorten a text until it fits a width, with an ellipsis at its end."""
        if self.width_of(text, face) <= width:
            return text
        while text and self.width_of(text + "…", face) > width:
            text = text[:-1].rstrip()
        return text + "…"

    def rule(self, x: float, y: float, to: float, weight: float = 0.2, grey: int = BLACK) -> None:
        """Draw a level line from x to ``to``."""
        self._pdf.set_draw_color(grey)
        self._pdf.set_line_width(weight)
        self._pdf.line(x, y, to, y)

    def frame(self, x: float, y: float, width: float, height: float, weight: float = 0.3) -> None:
        """Draw a box with soft corners."""
        self._pdf.set_draw_color(BLACK)
        self._pdf.set_line_width(weight)
        self._pdf.rect(x, y, width, height, round_corners=True, corner_radius=2)

    def cut(self, x: float, y: float, width: float, height: float) -> None:
        """Draw a box to be cut out, in broken lines."""
        self._pdf.set_draw_color(GREY)
        self._pdf.set_line_width(0.2)
        self._pdf.set_dash_pattern(dash=2, gap=1.5)
        self._pdf.rect(x, y, width, height)
        self._pdf.set_dash_pattern()

    def qr(self, x: float, y: float, side: float, text: str) -> None:
        """Draw a QR code, its four quiet modules within the side; a quarter may be stained."""
        rows = list(segno.make_qr(text, error="q").matrix_iter(border=4))
        module = side / len(rows)
        self._pdf.set_fill_color(BLACK)
        for down, row in enumerate(rows):
            for start, length in _dark_runs(bytes(row)):
                self._pdf.rect(
                    x + start * module,
                    y + down * module,
                    length * module,
                    module + _OVERLAP_MM,
                    style="F",
                )

    def _take(self, face: Face) -> None:
        self._pdf.set_font(face.family, face.style, face.size)
        self._pdf.set_text_color(face.grey)


def printable(text: str) -> str:
    """Bring a text to what the fonts can show: ``Małgorzata Şen`` becomes ``Malgorzata Sen``.

    Any run of white space becomes one space; what has no Latin likeness a question mark.
    """
    whole = unicodedata.normalize("NFC", " ".join(text.split()))
    return "".join(map(_shown, whole))


def is_shown_whole(text: str) -> bool:
    """Tell whether the fonts can show every letter of a text as it was written."""
    return printable(text) == unicodedata.normalize("NFC", " ".join(text.split()))


def _shown(letter: str) -> str:
    if not letter.isprintable():
        return "?"
    try:
        letter.encode(_TYPE)
    except UnicodeEncodeError:
        bare = unicodedata.normalize("NFKD", letter.translate(_BARE))
        return bare.encode("ascii", "ignore").decode("ascii") or "?"
    return letter


def _dark_runs(row: bytes) -> list[tuple[int, int]]:
    """Give where each run of dark modules starts, and its length."""
    runs: list[tuple[int, int]] = []
    for at, is_dark in enumerate(row):
        if is_dark and runs and sum(runs[-1]) == at:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        elif is_dark:
            runs.append((at, 1))
    return runs
