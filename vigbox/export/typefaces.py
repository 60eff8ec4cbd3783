"""The fonts of this box, and which of them can draw a text: any language that a font is there for.

A calm sans first, then whatever is installed, always in the same order. What no font has is a box
when it is a letter and nothing when it is only an ornament, such as an emoji.
"""

import struct
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Final

from fontTools.ttLib import TTCollection, TTFont, TTLibError
from PIL import Image, ImageDraw, ImageFont

FOLDERS: Final = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
_ENDINGS: Final = {".ttf", ".otf", ".ttc", ".otc"}
_FIRST: Final = ("NotoSans-Regular", "OpenSans-Regular", "DejaVuSans")
_LAST: Final = ("mono", "bold", "oblique", "italic", "condensed", "serif", "light", "math")
_ORNAMENTS: Final = {"So", "Sk", "Cf", "Mn", "Me", "Cc", "Cs", "Co", "Cn"}
Colour = tuple[int, int, int]
_UNKNOWN: Final = "\u25a1"


@dataclass(frozen=True, slots=True)
class Typeface:
    """One font: where it lies, the letters it has, and the one size of a font of coloured pictures.

    Without a path it is Pillow's own, which has bare Latin letters.
    """

    path: Path | None
    letters: frozenset[int] = field(default=frozenset(), repr=False, compare=False)
    coloured_px: int = 0

    def length(self, text: str, size: int) -> float:
        """Measure a text, in pixels."""
        return self._font(size).getlength(text) * self._scale(size)

    def draw(
        self, image: Image.Image, place: tuple[float, float], text: str, size: int, ink: Colour
    ) -> None:
        """Draw a text whose base line begins at a place."""
        if not self.coloured_px:
            font = self._font(size)
            ImageDraw.Draw(image).text(place, text, ink, font=font, anchor="ls")
            return
        scale, height = self._scale(size), 2 * self.coloured_px
        font = self._font(size)
        large = Image.new("RGBA", (max(1, round(font.getlength(text))), height))
        base = height * 3 // 4
        ImageDraw.Draw(large).text((0, base), text, font=font, anchor="ls", embedded_color=True)
        small = large.resize(
            (max(1, round(large.width * scale)), max(1, round(height * scale))),
            Image.Resampling.LANCZOS,
        )
        image.paste(small, (round(place[0]), round(place[1] - base * scale)), small)

    def _font(self, size: int) -> ImageFont.FreeTypeFont:
        return _opened(self.path, self.coloured_px or size)

    def _scale(self, size: int) -> float:
        return size / self.coloured_px if self.coloured_px else 1.0


_LATIN: Final = Typeface(None, frozenset(range(0x20, 0x7F)))


@dataclass(frozen=True, slots=True)
class Typefaces:
    """Fonts in the order in which they are asked."""

    fonts: Sequence[Typeface]

    def runs(self, text: str) -> Iterator[tuple[Typeface, str]]:
        """Divide a line into runs that one font can draw."""
        letters = _drawable(text)
        best = self._mostly(letters)
        told: list[tuple[Typeface, str]] = []
        for each in letters:
            before = told[-1][0] if told else best
            font, letter = self._settled(each, before, best)
            if letter:
                told.append((font, letter))
        for font, run in groupby(told, key=lambda each: each[0]):
            yield font, "".join(letter for _, letter in run)

    def _of(self, letter: str) -> Typeface | None:
        return next((each for each in self.fonts if ord(letter) in each.letters), None)

    def _mostly(self, text: str) -> Typeface:
        """Give the font that has the most letters of a line, so that few lines need two."""
        counts = Counter(
            found for found in map(self._of, text) if found is not None and not found.coloured_px
        )
        first = next((each for each in self.fonts if not each.coloured_px), _LATIN)
        return max(counts, key=lambda each: counts[each], default=first)

    def _settled(self, letter: str, before: Typeface, best: Typeface) -> tuple[Typeface, str]:
        is_ornament = unicodedata.category(letter) in _ORNAMENTS
        if is_ornament and ord(letter) in before.letters:
            return before, letter  # what belongs to the letter before: a skin's colour, a joiner
        found = best if ord(letter) in best.letters else self._of(letter)
        if found is not None:
            return found, letter
        if is_ornament:
            return best, ""
        return best, _UNKNOWN if ord(_UNKNOWN) in best.letters else "?"


def _drawable(text: str) -> str:
    whole = unicodedata.normalize("NFC", text)
    return "".join(each for each in whole if each == " " or unicodedata.category(each) != "Cc")


@lru_cache(maxsize=2)
def installed(folders: tuple[Path, ...] = FOLDERS) -> Typefaces:
    """Give the fonts that are installed; one that cannot be read is passed over."""
    paths = [
        path for folder in folders for path in folder.rglob("*") if path.suffix.lower() in _ENDINGS
    ]
    return Typefaces([face for path in sorted(paths, key=_rank) for face in _faces(path)])


def _rank(path: Path) -> tuple[int, int, str]:
    first = _FIRST.index(path.stem) if path.stem in _FIRST else len(_FIRST)
    return first, sum(each in path.stem.lower() for each in _LAST), path.name


def _faces(path: Path) -> Iterator[Typeface]:
    """Give the font, or the first of a collection: the others are its other widths and lands."""
    try:
        with path.open("rb") as file:
            if path.suffix.lower() in (".ttc", ".otc"):
                yield _face(path, TTCollection(file, lazy=True).fonts[0])
            else:
                yield _face(path, TTFont(file, lazy=True))
    except (TTLibError, OSError, ValueError, KeyError, IndexError, AssertionError, struct.error):
        return


def _face(path: Path, font: TTFont) -> Typeface:
    """Give a font of outlines, or of coloured bitmaps in one size (Noto Color Emoji)."""
    letters = frozenset(font.getBestCmap() or {})
    if any(kind in font for kind in ("glyf", "CFF ", "CFF2")):
        return Typeface(path, letters)
    if "CBDT" in font:
        return Typeface(path, letters, font["CBLC"].strikes[0].bitmapSizeTable.ppemY)
    return Typeface(path)


@lru_cache(maxsize=64)
def _opened(path: Path | None, size: int) -> ImageFont.FreeTypeFont:
    if path is not None:
        return ImageFont.truetype(path, size)
    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise TypeError("Pillow is here without FreeType")
    return font
