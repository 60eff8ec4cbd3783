"""Seals whole chunks in order, each nonce once, into a sink.

A sink is a function or an object with ``write``. It takes all bytes, or gives the number it took
(then it gets the rest of the same ciphertext), or raises. The memory it is given is reused after
it returns: it copies what it keeps.
"""

import contextlib
import itertools
import secrets
from collections.abc import Callable, Iterator, Sequence
from typing import Final, Protocol

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from vigbox.seal.alongside import Alongside
from vigbox.seal.errors import SealerError
from vigbox.seal.header import format_header
from vigbox.seal.payload import (
    CHUNK_BYTES,
    FILE_KEY_BYTES,
    NONCE_BYTES,
    SEALED_CHUNK_BYTES,
    chunk_nonce,
    payload_key,
)
from vigbox.seal.recipients import Recipient, check_together

MOST_CHUNKS: Final = 16
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
        self._sealed = _room_for_most()
        self._refusal: str | None = None
        self._index = 0
        self.sealed_bytes = 0
        header = _header(file_key, recipients) + nonce
        with self._dead_unless_done():
            self._deliver(memoryview(header))

    def check(self) -> None:
        """Raise :class:`SealerError` when nothing more can be sealed."""
        if self._refusal:
            raise SealerError(self._refusal)

    def seal(self, chunks: memoryview) -> None:
        """Seal and send whole chunks, :data:`MOST_CHUNKS` at most, none of them the last.

        Raises ValueError for any other length, :class:`SealerError`, and what the sink raises.
        """
        self.check()
        _check_whole(chunks)
        with self._dead_unless_done():
            self._deliver(self._seal_into(self._sealed, chunks))

    def seal_each(self, pieces: Iterator[memoryview]) -> None:
        """Do as :meth:`seal` with each piece, while a second thread sends the last one and gets on.

        Both the sink and ``pieces`` are called in that thread, in order, never twice at once. A
        piece stays as it is until the one after the next is asked for. When this returns all was
        sent; raises as ``seal`` and what ``pieces`` raises, and then the sealer is dead.
        """
        self.check()

        def turn(sealed: memoryview | None) -> memoryview | None:
            if sealed:
                self._deliver(sealed)
            return next(pieces, None)

        places = itertools.cycle([self._sealed, _room_for_most()])
        with self._dead_unless_done(), Alongside(turn) as second:
            second.ask(None)
            second.ask(None)
            while (chunks := second.answer()) is not None:
                _check_whole(chunks)
                second.ask(self._seal_into(next(places), chunks))
            second.answer()

    def end(self, seal_last: Callable[[bytes, int], bytes]) -> None:
        """Send the last chunk, as ``seal_last`` makes it from the payload key and its index.

        Raises :class:`SealerError`, and what the sink raises.
        """
        self.check()
        with self._dead_unless_done():
            self._deliver(memoryview(seal_last(self._key, self._index)))
        self._refusal = "cannot seal more: the file was ended. Begin another one."

    @contextlib.contextmanager
    def _dead_unless_done(self) -> Iterator[None]:
        # set before and taken back after: whatever interrupts the sink leaves a dead sealer
        self._refusal = "cannot seal more: an earlier write failed. Begin another file."
        yield
        self._refusal = None

    def _seal_into(self, place: memoryview, chunks: memoryview) -> memoryview:
        """Seal whole chunks in their order; no index is ever taken twice, even after an error."""
        size_bytes = 0
        for start in range(0, len(chunks), CHUNK_BYTES):
            nonce = chunk_nonce(self._index, is_final=False)
            self._index += 1
            sealed = place[size_bytes : size_bytes + SEALED_CHUNK_BYTES]
            self._cipher.encrypt_into(nonce, chunks[start : start + CHUNK_BYTES], None, sealed)
            size_bytes += SEALED_CHUNK_BYTES
        return place[:size_bytes]

    def _deliver(self, sealed: memoryview) -> None:
        send_fully(self._send, sealed)
        self.sealed_bytes += len(sealed)


def send_fully(sink: Sink, data: memoryview) -> None:
    """Give a sink all of ``data``. Raises what it raises, SealerError when it cannot count."""
    send = sink if callable(sink) else sink.write
    while data:
        taken = send(data)
        count = len(data) if taken is None else taken
        if not isinstance(count, int) or not 0 < count <= len(data):
            raise SealerError(f"cannot write: the sink says that it took {taken!r} bytes")
        data = data[count:]


def _room_for_most() -> memoryview:
    return memoryview(bytearray(MOST_CHUNKS * SEALED_CHUNK_BYTES))


def _check_whole(chunks: memoryview) -> None:
    count, beyond = divmod(len(chunks), CHUNK_BYTES)
    if beyond or not 0 < count <= MOST_CHUNKS:
        raise ValueError(f"whole chunks are sealed, at most {MOST_CHUNKS}, not {len(chunks)} bytes")


def _header(file_key: bytes, recipients: Sequence[Recipient]) -> bytes:
    stanzas = [each.wrap(file_key) for each in recipients]
    check_together(stanzas)
    return format_header(stanzas, file_key)
