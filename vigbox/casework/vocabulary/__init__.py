"""Vocabularies: the principles that clips are given, from a file a service may replace.

A file is TOML: a key, a name and a notice, then headings with items, each with a key that never
changes and a name in one or more languages. A heading may stand alone, without items: a flat list
of elements is a vocabulary too. A clip remembers ``vocabulary/heading`` or
``vocabulary/heading/item``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from vigbox.casework import lexicon
from vigbox.casework.lexicon import Kind, Name, key_of, only
from vigbox.errors import SettingError

SHIPPED: Final = Path(__file__).parent
_LONGEST_NAME: Final = 160


class VocabularyError(SettingError):
    """A vocabulary cannot be used."""


_KIND: Final = Kind("vocabulary", "vocabulary", SHIPPED, VocabularyError)


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
    return lexicon.load(wanted, _KIND, _vocabulary)


def _vocabulary(facts: dict[str, Any]) -> Vocabulary:
    only(facts, {"key", "name", "notice", "heading"}, "the file")
    key = key_of(facts)
    headings = tuple(_heading(each, key) for each in facts["heading"])
    notice = _name(facts["notice"], key) if "notice" in facts else Name({"en": ""})
    vocabulary = Vocabulary(key, _name(facts["name"], key), notice, headings)
    found = [each.key for each in vocabulary.principles()]
    lexicon.once(found)
    if not found:
        raise ValueError("it has no heading")
    return vocabulary


def _heading(facts: dict[str, Any], above: str) -> Principle:
    key = f"{above}/{key_of(facts)}"
    only(facts, {"key", "name", "items", "check"}, key)
    items = tuple(_item(each, key) for each in facts.get("items", []))
    return Principle(key, _name(facts["name"], key), items, _is_to_check(facts, key))


def _item(facts: dict[str, Any], above: str) -> Principle:
    key = f"{above}/{key_of(facts)}"
    only(facts, {"key", "name", "check"}, key)
    return Principle(key, _name(facts["name"], key), to_check=_is_to_check(facts, key))


def _name(texts: dict[str, Any], where: str) -> Name:
    return lexicon.name_of(texts, where, _LONGEST_NAME)


def _is_to_check(facts: dict[str, Any], where: str) -> bool:
    check = facts.get("check", False)
    if not isinstance(check, bool):
        raise TypeError(f"in {where}, check must be true or false, not {check!r}")
    return check
