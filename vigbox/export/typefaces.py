"""The fonts of this box, and which of them can draw a text: any language that a font is there for.

A calm sans first, then whatever is installed, always in the same order. What no font has is a box
when it is a letter and nothing when it is only an ornament, such as an emoji.
"""

import struct
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Final

from fontTools.ttLib import TTCollection, TTFont, TTLibError
from PIL import ImageFont

FOLDERS: Final = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
_ENDINGS: Final = {".ttf", ".otf", ".ttc", ".otc"}
_FIRST: Final = ("NotoSans-Regular", "OpenSans-Regular", "DejaVuSans")
_LAST: Final = ("mono", "bold", "oblique", "italic", "condensed", "serif", "light", "math")
_ORNAMENTS: Final = {"So", "Sk", "Cf", "Mn", "Me", "Cc", "Cs", "Co", "Cn"}
_UNKNOWN: Final = "\u25a1"


@dataclass(frozen=True, slots=True)
class Typeface:
    """One font: where it lies, and the letters it has."""

    path: Path
    letters: frozenset[int] = field(default=frozenset(), repr=False, compare=False)

    def at(self, size: int) -> ImageFont.FreeTypeFont:
        """Give it in a size, in pixels."""
        return _opened(self.path, size)


@dataclass(frozen=True, slots=True)
class Typefaces:
    """Fonts in the order in which they are asked."""

    fonts: Sequence[Typeface]

    def runs(self, text: str) -> Iterator[tuple[Typeface | None, str]]:
        """Divide a line into runs that one font can draw; None is Pillow's own, without a box."""
        shown = [(letter, self._of(letter)) for letter in _drawable(text)]
        best = self._mostly(found for _, found in shown)
        told = [self._settled(letter, found, best) for letter, found in shown]
        kept = [(font, letter) for font, letter in told if letter]
        for font, run in groupby(kept, key=lambda each: each[0]):
            yield font, "".join(letter for _, letter in run)

    def _of(self, letter: str) -> Typeface | None:
        return next((each for each in self.fonts if ord(letter) in each.letters), None)

    def _mostly(self, found: Iterable[Typeface | None]) -> Typeface | None:
        """Give the font that has the most letters of a line, so that few lines need two."""
        counts: dict[Typeface, int] = {}
        for each in found:
            if each is not None:
                counts[each] = counts.get(each, 0) + 1
        first = self.fonts[0] if self.fonts else None
        return max(counts, key=lambda each: counts[each], default=first)

    def _settled(
        self, letter: str, found: Typeface | None, best: Typeface | None
    ) -> tuple[Typeface | None, str]:
        if best is None:
            return None, letter if letter.isascii() else ""
        if letter == " " or ord(letter) in best.letters:
            return best, letter
        if found is not None:
            return found, letter
        if unicodedata.category(letter) in _ORNAMENTS:
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
                yield Typeface(path, _letters(TTCollection(file, lazy=True).fonts[0]))
            else:
                yield Typeface(path, _letters(TTFont(file, lazy=True)))
    except (TTLibError, OSError, ValueError, KeyError, IndexError, AssertionError, struct.error):
        return


def _letters(font: TTFont) -> frozenset[int]:
    """Give the letters that a font draws as outlines; a font of coloured pictures has none."""
    if "glyf" not in font and "CFF " not in font and "CFF2" not in font:
        return frozenset()
    return frozenset(font.getBestCmap() or {})


@lru_cache(maxsize=64)
def _opened(path: Path, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size)
