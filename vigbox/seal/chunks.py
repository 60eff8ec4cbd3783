"""Seals whole chunks in order, each nonce once, into a sink.

A sink is a function or an object with ``write``. It takes all bytes, or gives the number it took
(then it gets the rest of the same ciphertext), or raises. The memory it is given is reused after
it returns: it copies what it keeps.
"""

import secrets
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from vigbox.seal.errors import RecipientError, SealerError
from vigbox.seal.header import format_header
from vigbox.seal.payload import (
    CHUNK_BYTES,
    FILE_KEY_BYTES,
    NONCE_BYTES,
    SEALED_CHUNK_BYTES,
    chunk_nonce,
    payload_key,
)
from vigbox.seal.recipients import Recipient

MOST_CHUNKS: Final = 8
"""How many chunks reach the sink in one write at most: fewer, larger writes are faster."""


class Writable(Protocol):
    """A sink that is an object, such as a binary file."""

    def write(self, data: memoryview, /) -> object:
        """Take bytes, as the module says."""


Sink = Callable[[memoryview], object] | Writable


class ChunkSealer:
    """Writes the header at once, then chunk after chunk, then one end.

    When the sink raises, its error passes through and the sealer is dead: what reached the sink
    is unknown, and sealing the same place again could give one nonce two texts.
    """

    def __init__(self, sink: Sink, recipients: Sequence[Recipient]) -> None:
        self._send = sink if callable(sink) else sink.write
        file_key = secrets.token_bytes(FILE_KEY_BYTES)
        nonce = secrets.token_bytes(NONCE_BYTES)
        self._key = payload_key(file_key, nonce)
        self._cipher = ChaCha20Poly1305(self._key)
        self._sealed = memoryview(bytearray(MOST_CHUNKS * SEALED_CHUNK_BYTES))
        self._refusal: str | None = None
        self._index = 0
        self.sealed_bytes = 0
        self._deliver(memoryview(_header(file_key, recipients) + nonce))

    def check(self) -> None:
        """Raise :class:`SealerError` when nothing more can be sealed."""
        if self._refusal:
            raise SealerError(self._refusal)

    def seal(self, chunks: memoryview) -> None:
        """Seal and send whole chunks, 8 at most, none of them the last.

        Raises ValueError for any other length, :class:`SealerError`, and what the sink raises.
        """
        self.check()
        count, beyond = divmod(len(chunks), CHUNK_BYTES)
        if beyond or not 0 < count <= MOST_CHUNKS:
            raise ValueError(f"whole chunks are sealed, at most {MOST_CHUNKS}, not {len(chunks)}")
        for number in range(count):
            chunk = chunks[number * CHUNK_BYTES : (number + 1) * CHUNK_BYTES]
            place = self._sealed[number * SEALED_CHUNK_BYTES : (number + 1) * SEALED_CHUNK_BYTES]
            nonce = chunk_nonce(self._index + number, is_final=False)
            self._cipher.encrypt_into(nonce, chunk, None, place)
        self._deliver(self._sealed[: count * SEALED_CHUNK_BYTES])
        self._index += count

    def end(self, seal_last: Callable[[bytes, int], bytes]) -> None:
        """Send the last chunk, as ``seal_last`` makes it from the payload key and its index.

        Raises :class:`SealerError`, and what the sink raises.
        """
        self.check()
        self._deliver(memoryview(seal_last(self._key, self._index)))
        self._refusal = "cannot seal more: the file was ended. Begin another one."

    def _deliver(self, sealed: memoryview) -> None:
        # set before and taken back after: whatever interrupts the sink leaves a dead sealer
        self._refusal = "cannot seal more: an earlier write failed. Begin another file."
        rest = sealed
        while rest:
            taken = self._send(rest)
            count = len(rest) if taken is None else taken
            if not isinstance(count, int) or not 0 < count <= len(rest):
                raise SealerError(f"cannot seal: the sink says that it took {taken!r} bytes")
            rest = rest[count:]
        self.sealed_bytes += len(sealed)
        self._refusal = None


def _header(file_key: bytes, recipients: Sequence[Recipient]) -> bytes:
    stanzas = [each.wrap(file_key) for each in recipients]
    if not stanzas:
        raise RecipientError("cannot seal for nobody: give at least one recipient")
    if len(stanzas) > 1 and any(each.type == "scrypt" for each in stanzas):
        raise RecipientError("cannot seal: a passphrase must be the only recipient of a file")
    return format_header(stanzas, file_key)
