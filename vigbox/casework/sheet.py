"""A recovery identity on its way to paper: in memory alone, until a word of it is read back."""

import secrets
from dataclasses import dataclass, field

from vigbox.casework.kind import generate
from vigbox.seal.check_words import check_words
from vigbox.seal.passphrases import word_list


@dataclass(frozen=True, slots=True)
class Sheet:
    """The identity's text, its recipient, its check words, and the number of the one asked for."""

    secret: str = field(repr=False)
    recipient: str
    words: tuple[str, ...] = field(repr=False)
    asked: int


def new_sheet(*, post_quantum: bool = False) -> Sheet:
    """Make an identity for a sheet; it opens nothing until it is proved."""
    identity = generate(post_quantum=post_quantum)
    words = check_words(identity.secret_text(), word_list())
    asked = secrets.randbelow(len(words)) + 1
    return Sheet(identity.secret_text(), str(identity.recipient), words, asked)
