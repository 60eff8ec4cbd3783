"""The payload's arithmetic: chunks, nonces and keys.

Source: https://c2sp.org/age, "Payload" (STREAM with ChaCha20-Poly1305). A payload is a 16-byte
nonce and then chunks of 64 KiB, each with a 16-byte tag; the last one may be shorter and alone
carries the final flag.
"""

from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

FILE_KEY_BYTES: Final = 16
NONCE_BYTES: Final = 16
TAG_BYTES: Final = 16
CHUNK_BYTES: Final = 64 * 1024
SEALED_CHUNK_BYTES: Final = CHUNK_BYTES + TAG_BYTES
KEY_BYTES: Final = 32


def chunk_nonce(index: int, *, is_final: bool) -> bytes:
    """Give the 12-byte nonce of a chunk: an 11-byte big-endian counter and the final flag."""
    return (index << 8 | is_final).to_bytes(12, "big")


def payload_key(file_key: bytes, nonce: bytes) -> bytes:
    """Give the 32-byte key of a payload from the file key and the payload's own nonce."""
    return derive(file_key, nonce, b"payload")


def derive(secret: bytes, salt: bytes, info: bytes) -> bytes:
    """Give 32 bytes of HKDF-SHA256 (RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=salt, info=info).derive(secret)
