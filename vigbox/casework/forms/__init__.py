"""The consent form: versioned texts that a service can replace, one file a language.

A file is TOML, as ``en.toml`` beside this module. One form is read per visit; it has a part for
each purpose that the service asks for. An answer remembers the form's ``name``: version, language,
and the first digits of the text's SHA-256, so that words that changed without a new version show.
"""

import hashlib
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from vigbox.casework.consent import PURPOSES
from vigbox.errors import SettingError

SHIPPED: Final = Path(__file__).parent
LANGUAGES: Final = ("en", "nl", "de")
_VERSION: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,23}")
_LONGEST: Final = 2_000
_LARGEST_BYTES: Final = 1 << 18

_TEXTS: Final = {
    "openers": ("title", "text", "practitioner", "supervisor", "recovery"),
    "withdrawal": ("title", "text"),
    "copies": ("title", "text"),
    "child": ("title", "text"),
    "words": ("yes", "no", "who", "date", "signature", "until", "answered_by"),
}
_LISTS: Final = frozenset({"lead", "withdrawal.text", "copies.text"})
_KEYS: Final = ("version", "language", "title", "lead", *_TEXTS, "part")
_PART: Final = ("purpose", "title", "text")


class FormError(SettingError):
    """A consent form cannot be used; the text says where and what is allowed."""


@dataclass(frozen=True, slots=True)
class Part:
    """What is asked for one purpose."""

    purpose: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Form:
    """A consent form in one language; ``texts`` by section and key, as in the file."""

    name: str
    version: str
    language: str
    title: str
    lead: tuple[str, ...]
    texts: dict[str, dict[str, Any]]
    parts: tuple[Part, ...]

    @property
    def purposes(self) -> tuple[str, ...]:
        """What is asked for, in the form's order."""
        return tuple(each.purpose for each in self.parts)


def load(folder: str = "") -> dict[str, Form]:
    """Read a service's forms from its folder, or the shipped ones; by language.

    Raises :class:`FormError` for a file that cannot be used, or when there is none.
    """
    where = Path(folder) if folder else SHIPPED
    forms = [_read(path) for path in sorted(where.glob("*.toml"))]
    found = {each.language: each for each in forms}
    if not found:
        raise FormError(
            f"there is no consent form in {where}. Put one .toml file a language there."
        )
    if len(found) < len(forms):
        raise FormError(f"two consent forms in {where} are in one language. Take one away.")
    return {each: found[each] for each in LANGUAGES if each in found}


def _read(path: Path) -> Form:
    text = ""
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST_BYTES + 1)
        if len(data) > _LARGEST_BYTES:
            raise ValueError(f"it is larger than {_LARGEST_BYTES >> 10} KiB")
        text = data.decode()
        return _form(tomllib.loads(text), data)
    except _WrongError as error:
        line = _line(text, error.key)
        place = f"line {line}: " if line else ""
        raise FormError(f"cannot use the consent form {path}, {place}{error}") from error
    except (OSError, ValueError, RecursionError) as error:
        raise FormError(f"cannot use the consent form {path}: {error}") from error


class _WrongError(ValueError):
    """Something in a form is not as it must be; ``key`` is the word to look for in the file."""

    def __init__(self, key: str, sentence: str) -> None:
        super().__init__(sentence)
        self.key = key


def _form(facts: dict[str, Any], data: bytes) -> Form:
    _only(facts, _KEYS, "the form")
    version, language = _text(facts, "version"), _text(facts, "language")
    if not _VERSION.fullmatch(version):
        raise _WrongError("version", "version must be 1 to 24 of A-Z, a-z, 0-9, . and -")
    if language not in LANGUAGES:
        raise _WrongError("language", f"language must be one of {', '.join(LANGUAGES)}")
    digest = hashlib.sha256(data).hexdigest()[:8]
    return Form(
        name=f"{version} {language} {digest}",
        version=version,
        language=language,
        title=_text(facts, "title"),
        lead=_texts(facts, "lead"),
        texts={section: _section(facts, section) for section in _TEXTS},
        parts=tuple(_parts(facts)),
    )


def _section(facts: dict[str, Any], section: str) -> dict[str, Any]:
    found = facts.get(section)
    if not isinstance(found, dict):
        raise _WrongError(
            section, f"[{section}] is missing; it must hold {_named(_TEXTS[section])}"
        )
    _only(found, _TEXTS[section], f"[{section}]")
    return {
        key: _texts(found, key, section)
        if f"{section}.{key}" in _LISTS
        else _text(found, key, section)
        for key in _TEXTS[section]
    }


def _parts(facts: dict[str, Any]) -> Iterator[Part]:
    found = facts.get("part")
    if not isinstance(found, list) or not found:
        raise _WrongError("part", "a [[part]] for each purpose is missing")
    seen: set[str] = set()
    for each in found:
        if not isinstance(each, dict):
            raise _WrongError("part", f"[[part]] must hold {_named(_PART)}")
        _only(each, _PART, "[[part]]")
        purpose = _text(each, "purpose", "part")
        if purpose not in PURPOSES or purpose in seen:
            raise _WrongError(
                purpose, f"purpose must be one of {_named(PURPOSES)}, each once, not {purpose!r}"
            )
        seen.add(purpose)
        yield Part(purpose, _text(each, "title", "part"), _text(each, "text", "part"))
    if "filming" not in seen:
        raise _WrongError("part", "the part for filming is missing")


def _text(facts: dict[str, Any], key: str, section: str = "") -> str:
    return _checked(facts.get(key), key, section)


def _texts(facts: dict[str, Any], key: str, section: str = "") -> tuple[str, ...]:
    found = facts.get(key)
    if not isinstance(found, list) or not found:
        raise _WrongError(key, f"{_placed(key, section)} must be a list of texts")
    return tuple(_checked(each, key, section) for each in found)


def _checked(text: object, key: str, section: str) -> str:
    if not isinstance(text, str) or not 0 < len(text.strip()) <= _LONGEST:
        raise _WrongError(key, f"{_placed(key, section)} must be a text of 1 to {_LONGEST} letters")
    return text.strip()


def _only(facts: dict[str, Any], allowed: tuple[str, ...], where: str) -> None:
    for key in sorted(set(facts) - set(allowed)):
        raise _WrongError(key, f"in {where}, {key!r} must be one of {_named(allowed)}")


def _placed(key: str, section: str) -> str:
    return f"in [{section}], {key}" if section else key


def _named(words: tuple[str, ...]) -> str:
    return ", ".join(words)


def _line(text: str, key: str) -> int:
    """Give the first line that a word begins or is the value of; 0 when it is not there."""
    found = re.compile(rf'^\s*\[*"?{re.escape(key)}\b|"{re.escape(key)}"')
    lines = enumerate(text.splitlines(), 1)
    return next((number for number, line in lines if found.search(line)), 0)
