"""File names that every system can hold and that stay in the folder they are put in.

Names come from the box. Source for what Windows refuses: Microsoft, "Naming Files, Paths, and
Namespaces".
"""

import re
import unicodedata
from typing import Final

_LONGEST_BYTES: Final = 180
"""Below every system's 255, with room for " (2)", ".age" and a temporary ending."""
_LONGEST_SUFFIX: Final = 12
_REFUSED: Final = frozenset('<>:"/\\|?*')
_DEVICE: Final = re.compile(
    r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[\d¹²³])[ ]*(\..*)?", re.IGNORECASE
)


def safe_name(text: str, otherwise: str) -> str:
    """Give a name like ``text``, or ``otherwise`` when nothing of it is left.

    Without separators, control or direction characters, leading or trailing dots and spaces,
    and never a Windows device; the suffix stays when it is short.
    """
    shown = "".join(_kept(each) for each in unicodedata.normalize("NFC", text))
    name = _shortened(shown.strip(". ")).strip(". ")
    if not name.strip("_"):
        return otherwise
    return f"_{name}" if _DEVICE.fullmatch(name) else name


def numbered(name: str, number: int) -> str:
    """Give the nth file's name, as ``clip.mp4`` then ``clip (2).mp4``."""
    if number == 1:
        return name
    stem, suffix = _split(name)
    return f"{stem} ({number}){suffix}"


def folded(name: str) -> str:
    """Give what two names have in common that some system takes for one: case, composition."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _kept(character: str) -> str:
    is_bad = character in _REFUSED or unicodedata.category(character).startswith("C")
    return "_" if is_bad else character


def _shortened(name: str) -> str:
    stem, suffix = _split(name)
    room = _LONGEST_BYTES - len(suffix.encode())
    return stem.encode()[:room].decode(errors="ignore") + suffix


def _split(name: str) -> tuple[str, str]:
    stem, dot, suffix = name.rpartition(".")
    if not stem or len(suffix) > _LONGEST_SUFFIX:
        return name, ""
    return stem, dot + suffix
