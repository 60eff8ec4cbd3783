"""Title cards, drawn as pictures: a few calm words on the client screen's own dark.

Words wrap to the card, large ones become smaller before any is left out. The colours are those of
``web/static/screen.css``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageDraw

from vigbox.export.typefaces import Colour, Typefaces, installed

NIGHT: Final = (0x0E, 0x12, 0x11)
INK: Final = (0xEC, 0xEB, 0xE5)
SOFT: Final = (0xA9, 0xB2, 0xAC)
LEAF: Final = (0x8C, 0xC4, 0xB0)

_ACROSS: Final = 0.78
_SIZES: Final = (0.078, 0.066, 0.056, 0.047, 0.04)
"""Of a title, as parts of the card's shorter side: the largest in which it fits."""
_SMALL: Final = 0.034
_LEADING: Final = 1.32
_MOST_LINES: Final = 3
_SMALL_LINES: Final = 2
_RULE: Final = (0.09, 0.0045)
_GAP: Final = 0.06
_LEAST_PX: Final = 9


@dataclass(frozen=True, slots=True)
class Words:
    """What a card says: large, and small above and below."""

    title: str
    above: str = ""
    below: str = ""


@dataclass(frozen=True, slots=True)
class _Block:
    """Lines of one size and colour."""

    lines: list[str]
    size: int
    colour: Colour

    @property
    def leading(self) -> int:
        return round(self.size * _LEADING)

    @property
    def height(self) -> int:
        return self.leading * len(self.lines)


def draw(words: Words, width: int, height: int, faces: Typefaces | None = None) -> bytes:
    """Give a card as RGB, 8 bits each, row by row."""
    image = Image.new("RGB", (width, height), NIGHT)
    _Card(image, faces or installed()).draw(words)
    return image.tobytes()


class _Card:
    def __init__(self, image: Image.Image, faces: Typefaces) -> None:
        self._image = image
        self._faces = faces
        self._width, self._height = image.size
        self._side = min(image.size)
        self._across = round(self._width * _ACROSS)

    def draw(self, words: Words) -> None:
        """Set above, title and below around a short rule, in the middle."""
        above = self._fitted(words.above, (_SMALL,), _SMALL_LINES, LEAF)
        title = self._fitted(words.title, _SIZES, _MOST_LINES, INK)
        below = self._fitted(words.below, (_SMALL,), _SMALL_LINES, SOFT)
        gap = round(self._side * _GAP)
        blocks = [each for each in (above, title, below) if each.lines]
        whole = sum(each.height for each in blocks) + gap * (len(blocks) - 1)
        y = (self._height - whole) // 2
        for each in blocks:
            self._set(each, y)
            y += each.height + gap
            if each is title and below.lines:
                self._rule(y - gap // 2)

    def _fitted(self, text: str, sizes: tuple[float, ...], most: int, colour: Colour) -> _Block:
        """Give a text in the largest size in which it fits; what fits in none is shortened."""
        lines: list[str] = []
        for each in sizes:
            size = max(_LEAST_PX, round(self._side * each))
            lines = list(self._wrapped(text, size))
            if len(lines) <= most:
                break
        if len(lines) > most:
            lines = [*lines[: most - 1], self._ended(lines[most - 1], size)]
        return _Block(lines, size, colour)

    def _wrapped(self, text: str, size: int) -> Iterator[str]:
        line = ""
        for word in text.split():
            longer = f"{line} {word}" if line else word
            if self._length(longer, size) <= self._across:
                line = longer
                continue
            if line:
                yield line
            *whole, line = self._divided(word, size)
            yield from whole
        if line:
            yield line

    def _divided(self, word: str, size: int) -> list[str]:
        """Divide what has no spaces, as Chinese, wherever a line is full."""
        lines = [""]
        for letter in word:
            if lines[-1] and self._length(lines[-1] + letter, size) > self._across:
                lines.append("")
            lines[-1] += letter
        return lines

    def _ended(self, line: str, size: int) -> str:
        while line and self._length(line + "…", size) > self._across:
            line = line[:-1].rstrip()
        return line + "…"

    def _length(self, text: str, size: int) -> float:
        return sum(face.length(run, size) for face, run in self._faces.runs(text))

    def _set(self, block: _Block, y: int) -> None:
        for number, line in enumerate(block.lines):
            x = (self._width - self._length(line, block.size)) / 2
            base = y + number * block.leading + round(block.size * 1.02)
            for face, run in self._faces.runs(line):
                face.draw(self._image, (x, base), run, block.size, block.colour)
                x += face.length(run, block.size)

    def _rule(self, y: int) -> None:
        length, weight = (max(1, round(self._side * each)) for each in _RULE)
        left = (self._width - length) // 2
        pen = ImageDraw.Draw(self._image)
        pen.rectangle((left, y, left + length, y + weight), fill=LEAF)
