"""Recipients: who can be sealed to. Nothing here can open anything.

Source: https://c2sp.org/age, "The X25519 recipient type".
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, Self

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from vigbox.seal import bech32
from vigbox.seal.errors import RecipientError
from vigbox.seal.hybrid import HYBRID, HybridRecipient, is_hybrid_text
from vigbox.seal.payload import KEY_BYTES, derive
from vigbox.seal.stanza import Stanza, encode64

X25519: Final = "X25519"
X25519_INFO: Final = b"age-encryption.org/v1/X25519"
WRAP_NONCE: Final = bytes(12)
_POST_QUANTUM: Final = frozenset({HYBRID})

_PREFIX: Final = "age"
IDENTITY_PREFIX: Final = "age-secret-key-"
"""How the text of the matching identity begins."""


class Recipient(Protocol):
    """Wraps file keys so that the matching identity alone can unwrap them."""

    def wrap(self, file_key: bytes) -> Stanza:
        """Wrap a 16-byte file key. Raises :class:`RecipientError`."""


@dataclass(frozen=True, slots=True)
class X25519Recipient:
    """A Curve25519 public key of 32 bytes; its text begins with ``age1``."""

    public: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an ``age1…`` text. Raises :class:`RecipientError`."""
        public = bytes(bech32.decode(_PREFIX, text))
        if len(public) != KEY_BYTES or text != text.lower():
            raise RecipientError("the text is not an X25519 recipient (age1…). Copy it again.")
        recipient = cls(public)
        recipient.wrap(bytes(16))  # a press must not be the first to find that it cannot be used
        return recipient

    def __str__(self) -> str:
        return bech32.encode(_PREFIX, self.public)

    def wrap(self, file_key: bytes) -> Stanza:
        """Wrap a 16-byte file key. Raises :class:`RecipientError` for a low-order point."""
        ephemeral = X25519PrivateKey.generate()
        share = ephemeral.public_key().public_bytes_raw()
        try:
            shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(self.public))
        except ValueError as error:
            raise RecipientError(f"cannot seal to {self}: it is not a safe key") from error
        key = derive(shared, share + self.public, X25519_INFO)
        return Stanza(X25519, (encode64(share),), wrap_with(key, file_key))


def parse_recipient(text: str) -> Recipient:
    """Read an ``age1…`` or an ``age1pq1…`` text. Raises :class:`RecipientError`."""
    text = text.strip()
    return HybridRecipient.parse(text) if is_hybrid_text(text) else X25519Recipient.parse(text)


def parse_recipients(texts: Iterable[str]) -> list[Recipient]:
    """Read the texts of all who shall open one file.

    Raises :class:`RecipientError`, also when one file cannot be sealed to all of them.
    """
    recipients = [parse_recipient(each) for each in texts]
    check_together([each.wrap(bytes(16)) for each in recipients])
    return recipients


def is_post_quantum(texts: Iterable[str]) -> bool:
    """Tell whether all of these texts name hybrid recipients."""
    return all(is_hybrid_text(each) for each in texts)


def check_together(stanzas: Sequence[Stanza]) -> None:
    """Raise :class:`RecipientError` unless these may be all the stanzas of one new file."""
    if not stanzas:
        raise RecipientError("cannot seal for nobody: give at least one recipient")
    if len(stanzas) > 1 and any(each.type == "scrypt" for each in stanzas):
        raise RecipientError("cannot seal: a passphrase must be the only recipient of a file")
    if len({each.type in _POST_QUANTUM for each in stanzas}) > 1:
        # the weakest stanza would open the whole file to a quantum computer
        raise RecipientError(
            "cannot seal: post-quantum recipients (age1pq1…) cannot share a file with others. "
            "Give recipients of one kind."
        )


def wrap_with(key: bytes, file_key: bytes) -> bytes:
    """Seal a file key with a 32-byte wrapping key that is used this once: 32 bytes."""
    return ChaCha20Poly1305(key).encrypt(WRAP_NONCE, file_key, None)
