"""Identities: who can open. The recorder never imports this module.

Source: https://c2sp.org/age, "The X25519 recipient type".
"""

from collections.abc import Sequence
from typing import Protocol, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from vigbox.seal import bech32
from vigbox.seal.errors import HeaderError, LockedError, RecipientError
from vigbox.seal.hybrid_identities import HybridIdentity, is_hybrid_secret
from vigbox.seal.payload import FILE_KEY_BYTES, KEY_BYTES, TAG_BYTES, derive
from vigbox.seal.recipients import (
    IDENTITY_PREFIX,
    WRAP_NONCE,
    X25519,
    X25519_INFO,
    Recipient,
    X25519Recipient,
)
from vigbox.seal.stanza import Stanza, decode64


class Identity(Protocol):
    """Unwraps the file keys that were wrapped for it."""

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        """Give the 16-byte file key, or None when no stanza is for this identity.

        Raises :class:`HeaderError` for a stanza of its kind that is malformed, and
        :class:`~vigbox.seal.errors.WrongPassphraseError`.
        """


class SecretIdentity(Identity, Protocol):
    """An identity with a secret of its own, to be kept as text and wiped when done with."""

    @property
    def recipient(self) -> Recipient:
        """Whom to seal to, so that this identity opens it; still known after :meth:`wipe`."""

    def secret_text(self) -> str:
        """Give the secret as text. Raises :class:`LockedError` after :meth:`wipe`."""

    def wipe(self) -> None:
        """Overwrite the secret."""


class X25519Identity:
    """A Curve25519 secret; :meth:`wipe` overwrites it, then it opens nothing any more."""

    def __init__(self, secret: bytearray) -> None:
        self._secret = secret
        self._key: X25519PrivateKey | None = X25519PrivateKey.from_private_bytes(secret)
        self.recipient = X25519Recipient(self._key.public_key().public_bytes_raw())

    @classmethod
    def generate(cls) -> Self:
        """Make a new identity."""
        return cls(bytearray(X25519PrivateKey.generate().private_bytes_raw()))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an ``AGE-SECRET-KEY-1…`` text. Raises :class:`RecipientError`."""
        secret = bech32.decode(IDENTITY_PREFIX, text.strip())
        if len(secret) != KEY_BYTES or text != text.upper():
            raise RecipientError("the text is not an age identity (AGE-SECRET-KEY-1…)")
        return cls(secret)

    def secret_text(self) -> str:
        """Give the secret as text. Raises :class:`LockedError` after :meth:`wipe`."""
        self._held()
        return bech32.encode(IDENTITY_PREFIX, self._secret).upper()

    def wipe(self) -> None:
        """Overwrite the secret."""
        self._key = None
        self._secret[:] = bytes(len(self._secret))

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        """Give the file key, or None when none of the X25519 stanzas is for this identity.

        Raises :class:`HeaderError`, :class:`LockedError` after :meth:`wipe`.
        """
        key = self._held()
        for stanza in stanzas:
            if stanza.type == X25519:
                file_key = unwrap_with(self._wrapping_key(key, stanza), stanza.body)
                if file_key is not None:
                    return file_key
        return None

    def _held(self) -> X25519PrivateKey:
        if self._key is None:
            raise LockedError("cannot use this identity: it was wiped. Unlock again.")
        return self._key

    def _wrapping_key(self, key: X25519PrivateKey, stanza: Stanza) -> bytes:
        share = decode64(stanza.arguments[0]) if len(stanza.arguments) == 1 else b""
        try:
            shared = key.exchange(X25519PublicKey.from_public_bytes(share))
        except ValueError as error:  # not 32 bytes, or a low-order point
            raise HeaderError("cannot read the age header: an X25519 share is bad") from error
        return derive(shared, share + self.recipient.public, X25519_INFO)


def parse_identity(text: str) -> SecretIdentity:
    """Read one secret of either kind, X25519 or hybrid. Raises :class:`RecipientError`."""
    return HybridIdentity.parse(text) if is_hybrid_secret(text) else X25519Identity.parse(text)


def parse_identities(text: str) -> list[SecretIdentity]:
    """Read an age identity file: one secret a line, ``#`` comments and empty lines between.

    Raises :class:`RecipientError` that names the line, never what it says.
    """
    identities = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            try:
                identities.append(parse_identity(line))
            except RecipientError as error:
                raise RecipientError(f"line {number} of the identity file: {error}") from None
    if not identities:
        raise RecipientError("the identity file holds no identity (AGE-SECRET-KEY-1…)")
    return identities


def unwrap_with(key: bytes, body: bytes) -> bytes | None:
    """Open a wrapped file key; None when this 32-byte key did not wrap it.

    Raises :class:`HeaderError` for any length but that of a 16-byte file key and its tag, before
    it is opened: a longer one could be made to open under several keys.
    """
    if len(body) != FILE_KEY_BYTES + TAG_BYTES:
        raise HeaderError("cannot read the age header: a wrapped file key has a wrong length")
    try:
        return ChaCha20Poly1305(key).decrypt(WRAP_NONCE, body, None)
    except InvalidTag:
        return None
