"""Passphrases: an age file for whoever knows six words.

Source: https://c2sp.org/age, "The scrypt recipient type"; scrypt is RFC 7914.
"""

import re
import secrets
from collections.abc import Collection, Sequence
from importlib.resources import files
from typing import Final

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from vigbox.seal.errors import HeaderError, RecipientError, WrongPassphraseError
from vigbox.seal.identities import unwrap_with
from vigbox.seal.payload import KEY_BYTES
from vigbox.seal.recipients import wrap_with
from vigbox.seal.stanza import Stanza, decode64, encode64

WORK_FACTOR: Final = 18
_SCRYPT: Final = "scrypt"
_LABEL: Final = b"age-encryption.org/v1/scrypt"
_SALT_BYTES: Final = 16
_NUMBER: Final = re.compile(r"[1-9][0-9]?")


class ScryptRecipient:
    """Seals to a passphrase, alone in its file; work_factor is log2 N (18 takes 256 MiB)."""

    def __init__(self, passphrase: str, work_factor: int = WORK_FACTOR) -> None:
        if not passphrase:
            raise RecipientError("cannot seal to an empty passphrase")
        self._passphrase = passphrase
        self._work_factor = work_factor

    def wrap(self, file_key: bytes) -> Stanza:
        """Wrap a 16-byte file key under a fresh salt."""
        salt = secrets.token_bytes(_SALT_BYTES)
        key = _stretch(self._passphrase, salt, self._work_factor)
        arguments = (encode64(salt), str(self._work_factor))
        return Stanza(_SCRYPT, arguments, wrap_with(key, file_key))


class ScryptIdentity:
    """Opens with a passphrase; a file that asks for more work than the most is refused."""

    def __init__(self, passphrase: str, max_work_factor: int = 22) -> None:
        self._passphrase = passphrase
        self._max_work_factor = max_work_factor

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        """Give the file key, or None when the file is not sealed to a passphrase.

        Raises :class:`HeaderError`, :class:`WrongPassphraseError`.
        """
        for stanza in stanzas:
            if stanza.type == _SCRYPT:
                return self._unwrap(stanza)
        return None

    def _unwrap(self, stanza: Stanza) -> bytes:
        salt, work_factor = _parse(stanza)
        if work_factor > self._max_work_factor:
            raise HeaderError(
                f"cannot open the file: its passphrase asks for work 2^{work_factor}, "
                f"and at most 2^{self._max_work_factor} is done here"
            )
        file_key = unwrap_with(_stretch(self._passphrase, salt, work_factor), stanza.body)
        if file_key is None:
            raise WrongPassphraseError(
                "the passphrase does not open the file. Check each word, then try again."
            )
        return file_key


def generate_passphrase(words: int = 6) -> str:
    """Draw words of :func:`word_list` (12.9 bits each), joined with ``-``.

    Raises :class:`RecipientError` where the list is not installed.
    """
    listed = word_list()
    return "-".join(secrets.choice(listed) for _ in range(words))


def word_list() -> tuple[str, ...]:
    """Give the 7776 words of EFF's long list.

    Raises :class:`RecipientError` where the list, part of xkcdpass, is not installed.
    """
    # Read as a file: the list is all that is wanted, and only a box has it.
    try:
        text = files("xkcdpass").joinpath("static/eff-long").read_text("ascii")
    except ModuleNotFoundError as error:
        raise RecipientError(
            "cannot draw words: the word list is missing. Install vigbox[box]."
        ) from error
    return tuple(text.split())


def plain(typed: str) -> str:
    """Give a generated passphrase as it was made, however it was typed: small letters, dashes."""
    return "-".join(typed.lower().replace("-", " ").split())


def first_unknown(passphrase: str, listed: Collection[str]) -> int | None:
    """Tell which word of a plain passphrase, from 1, is on no list; None when all are."""
    rest = passphrase.split("-")
    number = 0
    while rest:
        number += 1
        for size in (2, 1):  # some listed words have a dash themselves
            if "-".join(rest[:size]) in listed:
                del rest[:size]
                break
        else:
            return number
    return None


def _parse(stanza: Stanza) -> tuple[bytes, int]:
    """Give the salt and the work factor."""
    match stanza.arguments:
        case (salt_text, number) if _NUMBER.fullmatch(number):
            salt = decode64(salt_text)
            if len(salt) == _SALT_BYTES:
                return salt, int(number)
    raise HeaderError("cannot read the age header: its passphrase stanza is malformed")


def _stretch(passphrase: str, salt: bytes, work_factor: int) -> bytes:
    kdf = Scrypt(salt=_LABEL + salt, length=KEY_BYTES, n=1 << work_factor, r=8, p=1)
    return kdf.derive(passphrase.encode())
