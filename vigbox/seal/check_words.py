"""Check words: a printed recovery sheet is proved by reading one of its words back.

The words are drawn from the secret by HKDF-SHA256 (RFC 5869) with a label of their own. That goes
one way: the words open nothing, and tell no more of the secret than a hash of it would.
"""

import hmac
from collections.abc import Sequence
from typing import Final

from vigbox.seal.errors import RecipientError
from vigbox.seal.identities import parse_identity
from vigbox.seal.payload import derive

CHECK_WORDS: Final = 12
_LABEL: Final = "vigbox/v1/check-word/"


def check_words(secret_text: str, listed: Sequence[str]) -> tuple[str, ...]:
    """Draw the 12 words of an ``AGE-SECRET-KEY-…`` text from a list: the same ones each time.

    Raises :class:`RecipientError` when the text is no identity or the list is empty.
    """
    if not listed:
        raise RecipientError("cannot draw the words of a recovery sheet: the word list is empty")
    secret = _canonical(secret_text)
    return tuple(_word(secret, number, listed) for number in range(1, CHECK_WORDS + 1))


def matches(words: Sequence[str], number: int, typed: str) -> bool:
    """Say whether ``typed`` is word ``number`` (from 1), whatever its case, spaces and dashes.

    The time taken does not tell how much of the word was right.
    """
    if not 1 <= number <= len(words):
        return False
    return hmac.compare_digest(_plain(words[number - 1]), _plain(typed))


def _canonical(secret_text: str) -> bytes:
    identity = parse_identity(secret_text)
    try:
        return identity.secret_text().encode("ascii")
    finally:
        identity.wipe()


def _word(secret: bytes, number: int, listed: Sequence[str]) -> str:
    drawn = derive(secret, b"", f"{_LABEL}{number}".encode("ascii"))
    # 256 bits over some thousand words: no word is likelier than another by 2^-240
    return listed[int.from_bytes(drawn, "big") % len(listed)]


def _plain(word: str) -> bytes:
    # four words of EFF's list have a dash; who reads "yo-yo" may well type "yoyo"
    return "".join(word.replace("-", " ").split()).casefold().encode()
