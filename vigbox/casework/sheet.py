"""A recovery identity on its way to paper: in memory alone, until a word of it is read back."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from vigbox.casework.kind import generate
from vigbox.seal.check_words import check_words
from vigbox.seal.passphrases import word_list

_GROUP: Final = 5
_GROUPS_A_LINE: Final = 3


@dataclass(frozen=True, slots=True)
class Sheet:
    """The identity's text, its recipient, its check words, and the number of the one asked for."""

    secret: str = field(repr=False)
    recipient: str
    words: tuple[str, ...] = field(repr=False)
    asked: int

    @property
    def lines(self) -> tuple[str, ...]:
        """The identity's text, to be copied by hand."""
        return secret_lines(self.secret)


def new_sheet(*, post_quantum: bool = False) -> Sheet:
    """Make an identity for a sheet; it opens nothing until it is proved."""
    identity = generate(post_quantum=post_quantum)
    words = check_words(identity.secret_text(), word_list())
    asked = secrets.randbelow(len(words)) + 1
    return Sheet(identity.secret_text(), str(identity.recipient), words, asked)


def secret_lines(secret_text: str) -> tuple[str, ...]:
    """Set a secret in lines for the eye: what it is first, then groups of five characters."""
    start, one, rest = secret_text.rpartition("1")
    return (start + one, *_grouped(rest))


def _grouped(text: str) -> Iterator[str]:
    groups = [text[at : at + _GROUP] for at in range(0, len(text), _GROUP)]
    for at in range(0, len(groups), _GROUPS_A_LINE):
        yield " ".join(groups[at : at + _GROUPS_A_LINE])
