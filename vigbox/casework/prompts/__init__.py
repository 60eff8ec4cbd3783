"""Prompts of a shared review: what may be asked, from a file a service may replace.

A file is TOML: a key, a name, then prompts, each with a key that never changes, what it is about
(``clip`` or ``review``) and what to ask in one or more languages. Answers are kept under the key.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from vigbox.casework import lexicon
from vigbox.casework.lexicon import Kind, Name, key_of, only
from vigbox.errors import SettingError

SHIPPED: Final = Path(__file__).parent
NEEDED: Final = ("strengths", "ideas", "action")
"""What the family's page is made from."""

_ABOUT: Final = ("clip", "review")
_LONGEST: Final = 200
_MOST: Final = 40


class PromptsError(SettingError):
    """A template of prompts cannot be used."""


_KIND: Final = Kind("review_prompts", "prompts", SHIPPED, PromptsError)


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
    return lexicon.load(wanted, _KIND, _prompts)


def _prompts(facts: dict[str, Any]) -> Prompts:
    only(facts, {"key", "name", "prompt"}, "the file")
    found = tuple(_prompt(each) for each in facts["prompt"])
    if len(found) > _MOST:
        raise ValueError(f"it has {len(found)} prompts; a review has room for {_MOST}")
    lexicon.once([each.key for each in found])
    prompts = Prompts(key_of(facts), _name(facts["name"], "the file"), found)
    for each in NEEDED:
        if each not in prompts.answered:
            raise ValueError(f'there is no prompt {each} with about = "review"')
    return prompts


def _prompt(facts: dict[str, Any]) -> Prompt:
    key = key_of(facts)
    only(facts, {"key", "about", "ask"}, key)
    if facts["about"] not in _ABOUT:
        raise ValueError(f"in {key}, about must be clip or review, not {facts['about']!r}")
    return Prompt(key, facts["about"], _name(facts["ask"], key))


def _name(texts: dict[str, Any], where: str) -> Name:
    return lexicon.name_of(texts, where, _LONGEST, "text")
