"""Vocabularies: the principles that clips are given, from a file a service may replace.

A file is TOML: a key, a name and a notice, then headings with items, each with a key that never
changes and a name in one or more languages. A heading may stand alone, without items: a flat list
of elements is a vocabulary too. A clip remembers ``vocabulary/heading`` or
``vocabulary/heading/item``.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from vigbox.errors import SettingError

SHIPPED: Final = Path(__file__).parent
_KEY: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")
_LONGEST_NAME: Final = 160
_LARGEST_BYTES: Final = 1 << 18


class VocabularyError(SettingError):
    """A vocabulary cannot be used."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name in one or more languages."""

    texts: dict[str, str]

    def label(self, language: str = "en") -> str:
        """Give it in a language, in English where that is missing, or in the first there is."""
        first = next(iter(self.texts.values()))
        return self.texts.get(language) or self.texts.get("en") or first


@dataclass(frozen=True, slots=True)
class Principle:
    """An item, or a heading with its items; ``key`` is the whole one, as clips remember it.

    ``to_check``: not yet compared with what the owner of the vocabulary publishes.
    """

    key: str
    name: Name
    items: "tuple[Principle, ...]" = ()
    to_check: bool = False


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The principles of one practice, under their headings, in order."""

    key: str
    name: Name
    notice: Name
    headings: tuple[Principle, ...]

    def principles(self) -> Iterator[Principle]:
        """Give every heading and every item."""
        for heading in self.headings:
            yield heading
            yield from heading.items

    def keys(self) -> frozenset[str]:
        """Give every key that a clip may be given."""
        return frozenset(each.key for each in self.principles())


def load(wanted: str) -> Vocabulary:
    """Read a shipped vocabulary by its name, or a service's own by the path of its file.

    Raises :class:`VocabularyError` that says what is wrong and where.
    """
    path = Path(wanted)
    if path.suffix != ".toml":
        shipped = sorted(each.stem for each in SHIPPED.glob("*.toml"))
        if wanted not in shipped:
            raise VocabularyError(
                f"vocabulary must be one of {', '.join(shipped)}, or the path of a .toml file, "
                f"not {wanted!r}"
            )
        path = SHIPPED / f"{wanted}.toml"
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST_BYTES + 1)
        if len(data) > _LARGEST_BYTES:
            raise ValueError("it is too large")
        return _vocabulary(tomllib.loads(data.decode()))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        told = f"{error} is missing" if isinstance(error, KeyError) else error
        raise VocabularyError(f"cannot use the vocabulary {path}: {told}") from error


def _vocabulary(facts: dict[str, Any]) -> Vocabulary:
    _only(facts, {"key", "name", "notice", "heading"}, "the file")
    key = _key(facts)
    headings = tuple(_heading(each, key) for each in facts["heading"])
    notice = _name(facts["notice"], key) if "notice" in facts else Name({"en": ""})
    vocabulary = Vocabulary(key, _name(facts["name"], key), notice, headings)
    found = [each.key for each in vocabulary.principles()]
    twice = sorted({each for each in found if found.count(each) > 1})
    if twice or not found:
        raise ValueError(f"{twice[0]} is there twice" if twice else "it has no heading")
    return vocabulary


def _heading(facts: dict[str, Any], above: str) -> Principle:
    key = f"{above}/{_key(facts)}"
    _only(facts, {"key", "name", "items", "check"}, key)
    items = tuple(_item(each, key) for each in facts.get("items", []))
    return Principle(key, _name(facts["name"], key), items, _is_to_check(facts, key))


def _item(facts: dict[str, Any], above: str) -> Principle:
    key = f"{above}/{_key(facts)}"
    _only(facts, {"key", "name", "check"}, key)
    return Principle(key, _name(facts["name"], key), to_check=_is_to_check(facts, key))


def _key(facts: dict[str, Any]) -> str:
    key = facts["key"]
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise ValueError(f"a key must be 1 to 40 of a-z, 0-9 and -, not {key!r}")
    return key


def _name(texts: dict[str, Any], where: str) -> Name:
    for language, text in texts.items():
        if not _LANGUAGE.fullmatch(language):
            raise ValueError(f"in {where}, a language must be as en or de-CH, not {language!r}")
        if not isinstance(text, str) or not 0 < len(text.strip()) <= _LONGEST_NAME:
            raise ValueError(f"in {where}, a name must be 1 to {_LONGEST_NAME} letters long")
    if not texts:
        raise ValueError(f"{where} has no name")
    return Name({language: text.strip() for language, text in texts.items()})


def _is_to_check(facts: dict[str, Any], where: str) -> bool:
    check = facts.get("check", False)
    if not isinstance(check, bool):
        raise TypeError(f"in {where}, check must be true or false, not {check!r}")
    return check


def _only(facts: dict[str, Any], allowed: set[str], where: str) -> None:
    for key in sorted(set(facts) - allowed):
        raise ValueError(f"in {where}, {key!r} must be one of {', '.join(sorted(allowed))}")
