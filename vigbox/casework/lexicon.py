"""Files of words that a service may replace: TOML with fixed keys, and texts in languages.

What they have in common, whatever they are about: how one is found and read, and what a key and a
text may be. The readers of one file raise ValueError, KeyError or TypeError for what is wrong in
it; :func:`load` makes one sentence of that.
"""

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from vigbox.errors import SettingError

_T = TypeVar("_T")
_KEY: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")
_LARGEST_BYTES: Final = 1 << 18


@dataclass(frozen=True, slots=True)
class Name:
    """A name or a question in one or more languages."""

    texts: dict[str, str]

    def label(self, language: str = "en") -> str:
        """Give it in a language, in English where that is missing, or in the first there is."""
        first = next(iter(self.texts.values()))
        return self.texts.get(language) or self.texts.get("en") or first


@dataclass(frozen=True, slots=True)
class Kind:
    """What files are about: their setting, what a sentence calls them, and where ours lie."""

    setting: str
    called: str
    shipped: Path
    error: type[SettingError]


def load(wanted: str, kind: Kind, parse: Callable[[dict[str, Any]], _T]) -> _T:
    """Read a shipped file by its name, or a service's own by its path.

    Raises ``kind.error``, which says what is wrong and where.
    """
    path = _path(wanted, kind)
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST_BYTES + 1)
        if len(data) > _LARGEST_BYTES:
            raise ValueError("it is too large")
        return parse(tomllib.loads(data.decode()))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        told = f"{error} is missing" if isinstance(error, KeyError) else error
        raise kind.error(f"cannot use the {kind.called} {path}: {told}") from error


def key_of(facts: dict[str, Any]) -> str:
    """Give a key. Raises ValueError, KeyError."""
    key = facts["key"]
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise ValueError(f"a key must be 1 to 40 of a-z, 0-9 and -, not {key!r}")
    return key


def name_of(texts: dict[str, Any], where: str, longest: int, called: str = "name") -> Name:
    """Give a text in its languages, each up to ``longest`` letters. Raises ValueError."""
    for language, text in texts.items():
        if not _LANGUAGE.fullmatch(language):
            raise ValueError(f"in {where}, a language must be as en or de-CH, not {language!r}")
        if not isinstance(text, str) or not 0 < len(text.strip()) <= longest:
            raise ValueError(f"in {where}, a {called} must be 1 to {longest} letters long")
    if not texts:
        raise ValueError(f"{where} has no {called}")
    return Name({language: text.strip() for language, text in texts.items()})


def only(facts: dict[str, Any], allowed: set[str], where: str) -> None:
    """Refuse any other key. Raises ValueError."""
    for key in sorted(set(facts) - allowed):
        raise ValueError(f"in {where}, {key!r} must be one of {', '.join(sorted(allowed))}")


def once(keys: list[str]) -> None:
    """Refuse a key that is there twice. Raises ValueError."""
    twice = sorted({each for each in keys if keys.count(each) > 1})
    if twice:
        raise ValueError(f"{twice[0]} is there twice")


def _path(wanted: str, kind: Kind) -> Path:
    path = Path(wanted)
    if path.suffix == ".toml":
        return path
    shipped = sorted(each.stem for each in kind.shipped.glob("*.toml"))
    if wanted not in shipped:
        raise kind.error(
            f"{kind.setting} must be one of {', '.join(shipped)}, or the path of a .toml file, "
            f"not {wanted!r}"
        )
    return kind.shipped / f"{wanted}.toml"
