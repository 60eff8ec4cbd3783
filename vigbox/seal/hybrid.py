"""Hybrid recipients: safe as long as either X25519 or ML-KEM-768 is, so against quantum computers.

Source: https://c2sp.org/age, "The MLKEM768-X25519 hybrid post-quantum recipient type"; HPKE is
RFC 9180. Nothing here can open anything.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Self

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, MLKEM768X25519PublicKey, Suite

from vigbox.seal import bech32
from vigbox.seal.errors import RecipientError
from vigbox.seal.stanza import Stanza, encode64

HYBRID: Final = "mlkem768x25519"
HYBRID_INFO: Final = b"age-encryption.org/mlkem768x25519"
MLKEM_SHARE_BYTES: Final = 1088
SHARE_BYTES: Final = MLKEM_SHARE_BYTES + 32
"""What a stanza's one argument holds: an ML-KEM-768 ciphertext, then an X25519 share."""

_PREFIX: Final = "age1pq"
_MLKEM_BYTES: Final = 1184
_PUBLIC_BYTES: Final = _MLKEM_BYTES + 32
_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class HybridRecipient:
    """An ML-KEM-768 and an X25519 public key, 1216 bytes; its text begins with ``age1pq1``."""

    public: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an ``age1pq1…`` text. Raises :class:`RecipientError`."""
        public = bytes(bech32.decode(_PREFIX, text))
        if len(public) != _PUBLIC_BYTES or text != text.lower():
            raise RecipientError("the text is not a hybrid recipient (age1pq1…). Copy it again.")
        recipient = cls(public)
        recipient.wrap(bytes(16))  # a press must not be the first to find that it cannot be used
        return recipient

    def __str__(self) -> str:
        return bech32.encode(_PREFIX, self.public)

    def wrap(self, file_key: bytes) -> Stanza:
        """Wrap a 16-byte file key. Raises :class:`RecipientError` for a key that is not safe."""
        try:
            with ml_kem_needed():
                sealed = hybrid_suite().encrypt(file_key, self._key(), HYBRID_INFO)
        except ValueError as error:  # an ML-KEM key out of range, or a low-order point
            shown = f"{self}"[:_SHOWN]
            raise RecipientError(f"cannot seal to {shown}…: it is not a safe key") from error
        return Stanza(HYBRID, (encode64(sealed[:SHARE_BYTES]),), sealed[SHARE_BYTES:])

    def _key(self) -> MLKEM768X25519PublicKey:
        mlkem = MLKEM768PublicKey.from_public_bytes(self.public[:_MLKEM_BYTES])
        x25519 = X25519PublicKey.from_public_bytes(self.public[_MLKEM_BYTES:])
        return MLKEM768X25519PublicKey(mlkem, x25519)


def is_hybrid_text(text: str) -> bool:
    """Tell whether a text is meant as a hybrid recipient, right or not."""
    return text.lower().startswith(f"{_PREFIX}1")


def hybrid_suite() -> Suite:
    """Give the one HPKE suite of the age specification."""
    return Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)


@contextlib.contextmanager
def ml_kem_needed() -> Iterator[None]:
    """Raise :class:`RecipientError` when what is done inside finds no ML-KEM on this machine."""
    try:
        yield
    except UnsupportedAlgorithm as error:
        raise RecipientError(
            "cannot use a post-quantum key: the OpenSSL of this machine's cryptography package "
            "has no ML-KEM. Install cryptography 48 or newer with OpenSSL 3.5 or newer."
        ) from error
