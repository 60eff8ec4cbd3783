"""How a hybrid key grows from its 32 secret bytes: draft-connolly-cfrg-xwing-kem.

Nothing here can open anything: the recorder makes fresh identities with it (see ``fresh``).
"""

import hashlib
from typing import Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from vigbox.seal.hybrid import HybridRecipient, ml_kem_needed
from vigbox.seal.payload import KEY_BYTES

HYBRID_PREFIX: Final = "age-secret-key-pq-"
_MLKEM_SEED_BYTES: Final = 64


class HybridKeys(NamedTuple):
    """The two secret keys of one hybrid identity."""

    mlkem: MLKEM768PrivateKey
    x25519: X25519PrivateKey

    def recipient(self) -> HybridRecipient:
        """Give whom to seal to."""
        public = self.x25519.public_key().public_bytes_raw()
        return HybridRecipient(self.mlkem.public_key().public_bytes_raw() + public)


def grow(secret: bytes | bytearray) -> HybridKeys:
    """Grow both keys from 32 bytes. Raises :class:`RecipientError` without ML-KEM."""
    grown = hashlib.shake_256(secret).digest(_MLKEM_SEED_BYTES + KEY_BYTES)
    with ml_kem_needed():
        mlkem = MLKEM768PrivateKey.from_seed_bytes(grown[:_MLKEM_SEED_BYTES])
    return HybridKeys(mlkem, X25519PrivateKey.from_private_bytes(grown[_MLKEM_SEED_BYTES:]))
