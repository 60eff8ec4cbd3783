"""Ed25519 signatures (RFC 8032), keys as base64 text."""

import base64
import binascii
from dataclasses import dataclass
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from vigbox.seal.errors import SignatureError
from vigbox.seal.payload import KEY_BYTES


@dataclass(frozen=True, slots=True)
class VerifyKey:
    """The public half: 32 bytes."""

    public: bytes

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read a key's base64 text. Raises :class:`SignatureError`."""
        return cls(_key_bytes(text))

    def to_text(self) -> str:
        """Give the key as base64."""
        return base64.b64encode(self.public).decode("ascii")

    def verify(self, data: bytes, signature: bytes) -> None:
        """Raise :class:`SignatureError` unless this key signed exactly these bytes."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, data)
        except (InvalidSignature, ValueError) as error:
            raise SignatureError(
                "the signature is not by the key it should be by; nothing of it was used"
            ) from error


class SigningKey:
    """The secret half."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    @classmethod
    def generate(cls) -> Self:
        """Make a new key."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read a key's base64 text. Raises :class:`SignatureError`."""
        return cls(Ed25519PrivateKey.from_private_bytes(_key_bytes(text)))

    def to_text(self) -> str:
        """Give the secret as base64, to be stored where it is guarded."""
        return base64.b64encode(self._key.private_bytes_raw()).decode("ascii")

    def sign(self, data: bytes) -> bytes:
        """Give the 64-byte signature of some bytes."""
        return self._key.sign(data)

    @property
    def verify_key(self) -> VerifyKey:
        """The public half of this key."""
        return VerifyKey(self._key.public_key().public_bytes_raw())


def _key_bytes(text: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise SignatureError("the text is not an Ed25519 key (base64 of 32 bytes). Copy it again.")
    return key
