"""Prompts of a shared review: what may be asked, from a file a service may replace.

A file is TOML: a key, a name, then prompts, each with a key that never changes, what it is about
(``clip`` or ``review``) and what to ask in one or more languages. Answers are kept under the key.
"""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from vigbox.casework.vocabulary import Name
from vigbox.errors import SettingError

SHIPPED: Final = Path(__file__).parent
NEEDED: Final = ("strengths", "ideas", "action")
"""What the family's page is made from."""

_ABOUT: Final = ("clip", "review")
_KEY: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")
_LONGEST: Final = 200
_MOST: Final = 40
_LARGEST_BYTES: Final = 1 << 18


class PromptsError(SettingError):
    """A template of prompts cannot be used."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """One thing to ask, about each clip or about the whole review."""

    key: str
    about: Literal["clip", "review"]
    ask: Name


@dataclass(frozen=True, slots=True)
class Prompts:
    """What may be asked in a shared review, in order."""

    key: str
    name: Name
    prompts: tuple[Prompt, ...]

    def of(self, about: str) -> list[Prompt]:
        """Give the prompts about each clip, or about the review."""
        return [each for each in self.prompts if each.about == about]

    @property
    def answered(self) -> frozenset[str]:
        """The keys that answers may be kept under."""
        return frozenset(each.key for each in self.of("review"))


def load(wanted: str) -> Prompts:
    """Read the shipped template by its name, or a service's own by the path of its file.

    Raises :class:`PromptsError` that says what is wrong and where.
    """
    path = Path(wanted)
    if path.suffix != ".toml":
        shipped = sorted(each.stem for each in SHIPPED.glob("*.toml"))
        if wanted not in shipped:
            raise PromptsError(
                f"review_prompts must be one of {', '.join(shipped)}, or the path of a .toml file, "
                f"not {wanted!r}"
            )
        path = SHIPPED / f"{wanted}.toml"
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST_BYTES + 1)
        if len(data) > _LARGEST_BYTES:
            raise ValueError("it is too large")
        return _prompts(tomllib.loads(data.decode()))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        told = f"{error} is missing" if isinstance(error, KeyError) else error
        raise PromptsError(f"cannot use the prompts {path}: {told}") from error


def _prompts(facts: dict[str, Any]) -> Prompts:
    _only(facts, {"key", "name", "prompt"}, "the file")
    found = tuple(_prompt(each) for each in facts["prompt"])
    if len(found) > _MOST:
        raise ValueError(f"it has {len(found)} prompts; a review has room for {_MOST}")
    keys = [each.key for each in found]
    twice = sorted({each for each in keys if keys.count(each) > 1})
    if twice:
        raise ValueError(f"{twice[0]} is there twice")
    prompts = Prompts(_key(facts), _name(facts["name"], "the file"), found)
    for each in NEEDED:
        if each not in prompts.answered:
            raise ValueError(f'there is no prompt {each} with about = "review"')
    return prompts


def _prompt(facts: dict[str, Any]) -> Prompt:
    key = _key(facts)
    _only(facts, {"key", "about", "ask"}, key)
    if facts["about"] not in _ABOUT:
        raise ValueError(f"in {key}, about must be clip or review, not {facts['about']!r}")
    return Prompt(key, facts["about"], _name(facts["ask"], key))


def _key(facts: dict[str, Any]) -> str:
    key = facts["key"]
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise ValueError(f"a key must be 1 to 40 of a-z, 0-9 and -, not {key!r}")
    return key


def _name(texts: dict[str, Any], where: str) -> Name:
    for language, text in texts.items():
        if not _LANGUAGE.fullmatch(language):
            raise ValueError(f"in {where}, a language must be as en or de-CH, not {language!r}")
        if not isinstance(text, str) or not 0 < len(text.strip()) <= _LONGEST:
            raise ValueError(f"in {where}, a text must be 1 to {_LONGEST} letters long")
    if not texts:
        raise ValueError(f"{where} has no text")
    return Name({language: text.strip() for language, text in texts.items()})


def _only(facts: dict[str, Any], allowed: set[str], where: str) -> None:
    for key in sorted(set(facts) - allowed):
        raise ValueError(f"in {where}, {key!r} must be one of {', '.join(sorted(allowed))}")
