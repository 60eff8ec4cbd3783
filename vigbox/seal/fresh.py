"""A fresh identity for one film: sealed to those who may file it, then forgotten.

It is the one secret that the recorder ever makes. It never leaves :func:`make_fresh` but as an age
file, and nothing here can open that again.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from vigbox.seal import bech32
from vigbox.seal.hybrid_keys import HYBRID_PREFIX, grow
from vigbox.seal.payload import KEY_BYTES
from vigbox.seal.recipients import (
    IDENTITY_PREFIX,
    X25519Recipient,
    is_post_quantum,
    parse_recipients,
)
from vigbox.seal.sealing import seal_bytes


@dataclass(frozen=True, slots=True)
class Fresh:
    """What is left of a fresh identity: its recipient's text, and itself as an age file."""

    recipient: str
    sealed: bytes


def make_fresh(texts: Sequence[str]) -> Fresh:
    """Make an identity of the kind of these recipients, and seal it to them.

    The sealed text is an age identity file of one line, so that stock age opens it and then the
    film. Raises :class:`~vigbox.seal.errors.RecipientError`.
    """
    to = parse_recipients(texts)
    secret = bytearray(secrets.token_bytes(KEY_BYTES))
    text = bytearray()
    try:
        if is_post_quantum(texts):
            prefix, recipient = HYBRID_PREFIX, str(grow(secret).recipient())
        else:
            key = X25519PrivateKey.from_private_bytes(secret)
            public = X25519Recipient(key.public_key().public_bytes_raw())
            prefix, recipient = IDENTITY_PREFIX, str(public)
        text[:] = bech32.encode(prefix, secret).upper().encode() + b"\n"
        return Fresh(recipient, seal_bytes(text, to))
    finally:
        secret[:] = bytes(len(secret))
        text[:] = bytes(len(text))
