"""What may be changed of a clip, each fact checked; one that cannot be leaves all as it was."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from vigbox.casework.clips import ClipError, checked_span, clips_of, length_ms
from vigbox.casework.cycles import note_chosen
from vigbox.casework.edits import MOVED
from vigbox.casework.tables import Case, Clip
from vigbox.casework.texts import seal_text

SPEEDS: Final = (100, 50, 25)
LONGEST: Final = {"name": 120, "initiative": 60, "reception": 200, "response": 200, "note": 1000}
"""The free texts of a clip, and how many letters each may have."""

_NEXT: Final = {
    "candidate": ("chosen",),
    "chosen": ("candidate", "shown"),
    "shown": ("kept", "dropped"),
    "kept": ("dropped",),
    "dropped": ("kept",),
}
_ORDERED: Final = ("chosen", "shown", "kept")
_MOST_PRINCIPLES: Final = 24
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]+")

_WORDS: Final = {
    "first": MOVED,
    "last": MOVED,
    "state": "clip chosen",
    "order": "order changed",
    "name": "clip named",
    "principles": "principles changed",
    "initiative": "initiative noted",
    "reception": "reception noted",
    "response": "response noted",
    "note": "note changed",
    "speed": "speed changed",
    "freeze": "freeze frame changed",
}


def word_for(facts: Mapping[str, object]) -> str:
    """Give the word under which a change is remembered. Raises ClipError for what is no fact."""
    unknown = sorted(set(facts) - set(_WORDS))
    if unknown or not facts:
        told = f"not {unknown[0]!r}" if unknown else "and there was none"
        raise ClipError(f"What is changed of a clip must be one of {', '.join(_WORDS)}, {told}.")
    if facts.get("state") == "candidate":
        return "clip set aside"
    return next(word for key, word in _WORDS.items() if key in facts)


@dataclass(frozen=True, slots=True)
class ClipChange:
    """A clip about to be changed, with what the change is checked against.

    ``times`` are the film's picture times, ``principles`` the keys of the vocabulary in use.
    """

    session: Session
    case: Case
    clip: Clip
    times: Sequence[int]
    principles: frozenset[str]

    def make(self, facts: Mapping[str, object]) -> str:
        """Change the clip; gives a sentence when something else had to go, else nothing.

        Raises :class:`~vigbox.casework.clips.ClipError`: leave the transaction then.
        """
        takes: dict[str, Callable[[object], None]] = {
            "state": self._state,
            "order": self._order,
            "principles": self._principles,
            "speed": self._speed,
        }
        told = self._span(facts) if {"first", "last"} & set(facts) else ""
        for key, value in facts.items():
            if key in LONGEST:
                self._text(key, value)
            elif key in takes:
                takes[key](value)
        if "freeze" in facts:
            self._freeze(facts["freeze"])
            told = ""
        return told

    def _span(self, facts: Mapping[str, object]) -> str:
        clip = self.clip
        first, last = facts.get("first", clip.first), facts.get("last", clip.end - 1)
        clip.first, clip.end = checked_span(first, last, self.times)
        clip.length_ms = length_ms((clip.first, clip.end), self.times)
        if clip.freeze is None or clip.first <= clip.freeze < clip.end:
            return ""
        clip.freeze = None
        return "The freeze frame was outside the clip, and was taken away."

    def _state(self, value: object) -> None:
        state = self.clip.state
        if value == state:
            return
        if not isinstance(value, str) or value not in _NEXT[state]:
            nexts = " or ".join(_NEXT[state])
            raise ClipError(f"A clip that is {state} can become {nexts}, not {value!r}.")
        self.clip.state = value
        if value == "chosen":
            note_chosen(self.session, self.clip.recording)
        _number(self.clip, _in_order(self.session, self.clip))

    def _order(self, value: object) -> None:
        in_order = _in_order(self.session, self.clip)
        if self.clip not in in_order:
            raise ClipError("Only chosen clips have an order. Choose it first.")
        if type(value) is not int or not 1 <= value <= len(in_order):
            raise ClipError(f"A clip's place must be from 1 to {len(in_order)}, not {value!r}.")
        in_order.remove(self.clip)
        in_order.insert(value - 1, self.clip)
        _number(self.clip, in_order)

    def _principles(self, value: object) -> None:
        known = self.principles | set(self.clip.principle_keys)
        if not isinstance(value, list) or len(value) > _MOST_PRINCIPLES:
            raise ClipError(f"A clip's principles must be a list of up to {_MOST_PRINCIPLES}.")
        for each in value:
            if not isinstance(each, str) or each not in known:
                raise ClipError(f"There is no principle {each!r} in this box's vocabulary.")
        self.clip.principle_keys = value

    def _speed(self, value: object) -> None:
        if type(value) is not int or value not in SPEEDS:
            raise ClipError(f"A clip's speed must be one of 100, 50, 25, not {value!r}.")
        self.clip.speed = value

    def _freeze(self, value: object) -> None:
        if value is not None and (
            type(value) is not int or not self.clip.first <= value < self.clip.end
        ):
            raise ClipError("The freeze frame must be a picture inside the clip. Choose another.")
        self.clip.freeze = value

    def _text(self, key: str, value: object) -> None:
        if not isinstance(value, str):
            raise ClipError(f"A clip's {key} must be a text.")
        lines = value.splitlines() if key == "note" else [value]
        text = "\n".join(_CONTROL.sub(" ", line) for line in lines).strip()
        if len(text) > LONGEST[key]:
            raise ClipError(f"A clip's {key} may have {LONGEST[key]} letters. Make it shorter.")
        setattr(self.clip, f"sealed_{key}", self._sealed(key, text))

    def _sealed(self, key: str, text: str) -> bytes:
        # the same words stay the same bytes: then nothing was changed, and nothing is to undo
        now = self.clip.given_name if key == "name" else getattr(self.clip, key)
        kept: bytes = getattr(self.clip, f"sealed_{key}")
        return kept if text == now else seal_text(self.case.recipient, text)


def in_order(clips: Sequence[Clip]) -> list[Clip]:
    """Give the chosen clips in the order they are to be shown."""
    chosen = [each for each in clips if each.state in _ORDERED]
    return sorted(chosen, key=lambda each: (each.position or len(clips) + 1, each.first))


def _in_order(session: Session, clip: Clip) -> list[Clip]:
    return in_order(clips_of(session, clip.recording))


def _number(clip: Clip, clips: Sequence[Clip]) -> None:
    clip.position = 0
    for number, each in enumerate(clips, 1):
        each.position = number
