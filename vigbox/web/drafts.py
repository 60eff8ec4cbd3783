"""Set-ups that go on in browsers: in memory alone, until one of them is finished."""

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from vigbox.casework.first_keys import FirstKeys
from vigbox.casework.service import Service
from vigbox.errors import VigboxError
from vigbox.seal.check_words import matches
from vigbox.seal.passphrases import plain

_MOST: Final = 12
_IDLE_S: Final = 3600.0
_LONGEST_NAME: Final = 40


class SetUpError(VigboxError):
    """A step of the set-up was not done as asked; nothing was changed."""


@dataclass(slots=True)
class Draft:
    """How far a browser is; a person has read back what is kept and what is printed."""

    service: Service | None = None
    name: str = ""
    keys: FirstKeys | None = field(default=None, repr=False)
    asked: int = 0
    """The number of the passphrase's word that is asked for."""
    is_written: bool = False
    is_printed: bool = False
    touched_s: float = 0.0

    @property
    def step(self) -> str:
        """The page that comes next."""
        if self.service is None:
            return "service"
        if self.keys is None:
            return "you"
        return "sheet" if self.is_written else "passphrase"

    def begin_keys(self, name: str, *, post_quantum: bool) -> None:
        """Take the practitioner's name and draw their keys. Raises :class:`SetUpError`."""
        name = " ".join(name.split())[:_LONGEST_NAME]
        if not name or not name.isprintable():
            raise SetUpError("type the name by which colleagues know you.")
        self.name = name
        if self.keys is None:
            self.keys = FirstKeys.make(post_quantum=post_quantum)
            self.asked = secrets.randbelow(len(self.words)) + 1

    @property
    def words(self) -> list[str]:
        """The passphrase's words; yo-yo is one of the list's, so they come from its dashes."""
        return [] if self.keys is None else self.keys.passphrase.split("-")

    def prove_words(self, typed: str) -> None:
        """Take a word of the passphrase read back. Raises :class:`SetUpError`."""
        words = self.words
        if plain(typed) != words[self.asked - 1]:
            raise SetUpError(
                f"that is not word {self.asked} of the passphrase. Look at your paper, or show "
                "the words again."
            )
        self.is_written = True

    def prove_sheet(self, typed: str) -> None:
        """Take a word of the printed sheet read back. Raises :class:`SetUpError`."""
        if self.keys is None or not self.is_written:
            raise SetUpError("write the passphrase down first.")
        sheet = self.keys.sheet
        if not matches(sheet.words, sheet.asked, typed):
            raise SetUpError(
                f"that is not word {sheet.asked} of the sheet. Look at the numbered words and "
                "try again."
            )
        self.is_printed = True


class Drafts:
    """The drafts of every browser, by a token of its session. Threads may share it."""

    def __init__(self, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        self._monotonic_s = monotonic_s
        self._drafts: dict[str, Draft] = {}
        self._lock = threading.Lock()

    def of(self, token: str | None) -> Draft | None:
        """Give a browser's draft."""
        with self._lock:
            found = self._drafts.get(token or "")
            if found is not None:
                found.touched_s = self._monotonic_s()
            return found

    def begin(self) -> str:
        """Begin another draft; gives the token. Raises :class:`SetUpError` for too many.

        Of too many the one gives way that nobody touched the longest and that has no passphrase.
        """
        with self._lock:
            now = self._monotonic_s()
            for token, each in list(self._drafts.items()):
                if now - each.touched_s > _IDLE_S:
                    del self._drafts[token]
            if len(self._drafts) >= _MOST:
                self._give_way()
            if len(self._drafts) >= _MOST:
                raise SetUpError(
                    "too many browsers set this box up. Switch the box off and on, and begin "
                    "with one tablet."
                )
            token = secrets.token_urlsafe(32)
            self._drafts[token] = Draft(touched_s=now)
            return token

    def _give_way(self) -> None:
        spare = [each for each in self._drafts.items() if each[1].keys is None]
        if spare:
            del self._drafts[min(spare, key=lambda each: each[1].touched_s)[0]]

    def clear(self) -> None:
        """Forget all: the box is set up."""
        with self._lock:
            self._drafts.clear()
