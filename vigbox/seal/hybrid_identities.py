"""Hybrid identities: who can open what was sealed to a hybrid recipient.

The recorder never imports this module. Source: https://c2sp.org/age, "The MLKEM768-X25519 hybrid
post-quantum recipient type"; how the keys grow from 32 bytes stands in ``hybrid_keys``.
"""

import secrets
from collections.abc import Sequence
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey

from vigbox.seal import bech32
from vigbox.seal.errors import HeaderError, LockedError, RecipientError
from vigbox.seal.hybrid import (
    HYBRID,
    HYBRID_INFO,
    MLKEM_SHARE_BYTES,
    hybrid_suite,
)
from vigbox.seal.hybrid_keys import HYBRID_PREFIX, HybridKeys, grow
from vigbox.seal.payload import FILE_KEY_BYTES, KEY_BYTES, TAG_BYTES
from vigbox.seal.stanza import Stanza, decode64


class HybridIdentity:
    """A secret of 32 bytes; :meth:`wipe` overwrites it, then it opens nothing any more."""

    def __init__(self, secret: bytearray) -> None:
        self._secret = secret
        self._keys: HybridKeys | None = grow(secret)
        self.recipient = self._keys.recipient()

    @classmethod
    def generate(cls) -> Self:
        """Make a new identity. Raises :class:`RecipientError` without ML-KEM."""
        return cls(bytearray(secrets.token_bytes(KEY_BYTES)))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an ``AGE-SECRET-KEY-PQ-1…`` text. Raises :class:`RecipientError`."""
        secret = bech32.decode(HYBRID_PREFIX, text.strip())
        if len(secret) != KEY_BYTES or text != text.upper():
            raise RecipientError("the text is not a hybrid identity (AGE-SECRET-KEY-PQ-1…)")
        return cls(secret)

    def secret_text(self) -> str:
        """Give the secret as text. Raises :class:`LockedError` after :meth:`wipe`."""
        self._held()
        return bech32.encode(HYBRID_PREFIX, self._secret).upper()

    def wipe(self) -> None:
        """Overwrite the secret."""
        self._keys = None
        self._secret[:] = bytes(len(self._secret))

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        """Give the file key, or None when none of the hybrid stanzas is for this identity.

        Raises :class:`HeaderError`, :class:`LockedError` after :meth:`wipe`.
        """
        keys = self._held()
        for stanza in stanzas:
            if stanza.type == HYBRID:
                file_key = _open(keys, _share(keys.x25519, stanza) + stanza.body)
                if file_key is not None:
                    return file_key
        return None

    def _held(self) -> HybridKeys:
        if self._keys is None:
            raise LockedError("cannot use this identity: it was wiped. Unlock again.")
        return self._keys


def is_hybrid_secret(text: str) -> bool:
    """Tell whether a text is meant as a hybrid identity, right or not."""
    return text.strip().lower().startswith(f"{HYBRID_PREFIX}1")


def _share(key: X25519PrivateKey, stanza: Stanza) -> bytes:
    """Give a stanza's share, or raise :class:`HeaderError` when it or the body is malformed."""
    share = decode64(stanza.arguments[0]) if len(stanza.arguments) == 1 else b""
    try:
        key.exchange(X25519PublicKey.from_public_bytes(share[MLKEM_SHARE_BYTES:]))
    except ValueError as error:  # not 1120 bytes, or a low-order point, which HPKE would not tell
        raise HeaderError("cannot read the age header: a hybrid share is bad") from error
    # checked before it is opened: a longer one could be made to open under several keys
    if len(stanza.body) != FILE_KEY_BYTES + TAG_BYTES:
        raise HeaderError("cannot read the age header: a wrapped file key has a wrong length")
    return share


def _open(keys: HybridKeys, sealed: bytes) -> bytes | None:
    key = MLKEM768X25519PrivateKey(keys.mlkem, keys.x25519)
    try:
        return hybrid_suite().decrypt(sealed, key, HYBRID_INFO)
    except InvalidTag:
        return None
