"""The language that a paper is written in. Whoever prints it hands one in; English is here.

Papers call ``gettext`` and ``ngettext`` by these names, so that the catalogues find their words.
"""

from datetime import UTC, datetime
from typing import Protocol


class Tongue(Protocol):
    """Says words in one language, with the gaps of a sentence filled as ``%`` does it."""

    def gettext(self, words: str, /, **gaps: object) -> str:
        """Give words."""

    def ngettext(self, one: str, many: str, num: int, /, **gaps: object) -> str:
        """Give words about a number of things, which fills the gap ``num``."""

    def told(self, word: str) -> str:
        """Give a word that the casework kept, as a kind of export."""

    def moment(self, at: str) -> str:
        """Give a wall time in UTC; that it is not known when it cannot be read."""

    def day(self, at: str) -> str:
        """Give the day of a wall time in UTC; as :meth:`moment`."""


class English:
    """Plain English, for who asks for no other."""

    def gettext(self, words: str, /, **gaps: object) -> str:
        """Give words."""
        return words % gaps if gaps else words

    def ngettext(self, one: str, many: str, num: int, /, **gaps: object) -> str:
        """Give words about a number of things."""
        return (one if num == 1 else many) % {"num": num, **gaps}

    def told(self, word: str) -> str:
        """Give a word that the casework kept."""
        return word

    def moment(self, at: str) -> str:
        """Give a wall time: ``21 November 2026, 19:40 UTC``."""
        found = utc(at)
        return f"{found.day} {found:%B %Y, %H:%M} UTC" if found else "at an unknown time"

    def day(self, at: str) -> str:
        """Give a day: ``21 November 2026``."""
        found = utc(at)
        return f"{found.day} {found:%B %Y}" if found else "at an unknown time"


def utc(at: str) -> datetime | None:
    """Read a wall time; None when it is none."""
    try:
        return datetime.fromisoformat(at).astimezone(UTC)
    except ValueError:
        return None
