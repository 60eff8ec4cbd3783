"""Writers of sealed files: the ordinary age file, and the film that may be cut at any moment."""

from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Final, Protocol, Self

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from vigbox.seal.chunks import MOST_CHUNKS, ChunkSealer, Sink
from vigbox.seal.payload import CHUNK_BYTES, chunk_nonce
from vigbox.seal.recipients import Recipient

FINAL_TEXT: Final = bytes.fromhex("0000000866726565")
"""C, what the final chunk of every film holds: an empty ``free`` box of 8 bytes."""


class Readable(Protocol):
    """What plain bytes are read from, such as a binary file."""

    def readinto(self, buffer: memoryview, /) -> int | None:
        """Fill the buffer from its start; gives how many bytes, 0 at the end."""


def seal_final_text(payload_key: bytes, index: int) -> bytes:
    """Seal C, and nothing else ever, as the final chunk at ``index``: 24 bytes.

    Since (index, final) has one text only, sealing it again gives the same bytes and no secret
    away; a film that was cut can be finished as often as need be.
    """
    return _seal_last(FINAL_TEXT, payload_key, index)


class _Sealer:
    """Gathers plain bytes into chunks; a full one waits until more bytes follow."""

    def __init__(self, sink: Sink, recipients: Sequence[Recipient]) -> None:
        self._chunks = ChunkSealer(sink, recipients)
        self._gathered = memoryview(bytearray(CHUNK_BYTES))
        self._gathered_bytes = 0
        self.plain_bytes = 0

    @property
    def sealed_bytes(self) -> int:
        """How many bytes the sink took, the header with them."""
        return self._chunks.sealed_bytes

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """Take plain bytes, all of them; gives how many.

        Raises :class:`~vigbox.seal.errors.SealerError` after the end or a failure, and what the
        sink raises; after that, what was taken of ``data`` is unknown and the sealer is dead.
        """
        self._chunks.check()
        rest = memoryview(data).cast("B")
        size_bytes = len(rest)
        while rest:
            rest = rest[self._take(rest) :]
        self.plain_bytes += size_bytes
        return size_bytes

    def _take(self, rest: memoryview) -> int:
        if self._gathered_bytes == CHUNK_BYTES:
            self._seal_gathered()
        if not self._gathered_bytes and len(rest) > CHUNK_BYTES:
            size_bytes = min((len(rest) - 1) // CHUNK_BYTES, MOST_CHUNKS) * CHUNK_BYTES
            self._chunks.seal(rest[:size_bytes])
            return size_bytes
        start = self._gathered_bytes
        piece = rest[: CHUNK_BYTES - start]
        self._gathered[start : start + len(piece)] = piece
        self._gathered_bytes += len(piece)
        return len(piece)

    def _seal_gathered(self) -> None:
        self._chunks.seal(self._gathered)
        self._gathered_bytes = 0


class SealingWriter(_Sealer):
    """Writes an ordinary age file; ``close`` ends it.

    As a context it ends the file only when the block ends well: a file without its end can be
    told from a whole one.
    """

    _is_closed = False

    def write_from(self, source: Readable) -> int:
        """Take the plain bytes of ``source`` to its end; gives how many.

        Faster than many a ``write``: source and sink are called in a second thread while this one
        seals. When it returns, the sink has all but the chunk in progress. Raises as
        ``write``, and what the source raises; then the writer is dead.
        """
        before = self.plain_bytes
        self._chunks.seal_each(self._whole_chunks(source))
        return self.plain_bytes - before

    def _whole_chunks(self, source: Readable) -> Iterator[memoryview]:
        """Give what was gathered and is read, as whole chunks; gathers again what is left."""
        room, other = (memoryview(bytearray((MOST_CHUNKS + 1) * CHUNK_BYTES)) for _ in range(2))
        held = self._gathered_bytes
        room[:held] = self._gathered[:held]
        while count := _read_full(source, room[held:]):
            held += count
            self.plain_bytes += count
            # the last chunk stays, full or not: only what follows tells that it is not the end
            whole = (held - 1) // CHUNK_BYTES * CHUNK_BYTES
            if whole:
                yield room[:whole]
                other[: held - whole] = room[whole:held]
                room, other, held = other, room, held - whole
        self._gathered[:held] = room[:held]
        self._gathered_bytes = held

    def close(self) -> None:
        """Seal the last chunk. Again does nothing. Raises as ``write`` does."""
        if not self._is_closed:
            last = self._gathered[: self._gathered_bytes]
            self._chunks.end(lambda key, index: _seal_last(last, key, index))
            self._is_closed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()


class FilmSealer(_Sealer):
    """Writes a film: a full chunk is sealed at once, and the only end there is is C.

    Whole chunks that reached the card stay readable whatever happens. A writer fills each chunk
    to its edge (``room``) where the film must survive a cut.
    """

    @property
    def room(self) -> int:
        """How many bytes are missing to the edge of the chunk in progress; 0 at an edge."""
        return -self._gathered_bytes % CHUNK_BYTES

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """Take plain bytes and seal every chunk they fill; raises as the ordinary writer."""
        size_bytes = super().write(data)
        if self._gathered_bytes == CHUNK_BYTES:
            self._seal_gathered()
        return size_bytes

    def finish(self) -> None:
        """End the film with C, at an edge. Raises ValueError elsewhere, else as ``write``."""
        if self.room:
            raise ValueError(f"a film ends at the edge of a chunk, not {self.room} bytes before")
        self._chunks.end(seal_final_text)


def seal_bytes(data: bytes | bytearray, recipients: Sequence[Recipient]) -> bytes:
    """Give ``data`` as one age file. Raises :class:`~vigbox.seal.errors.RecipientError`."""
    sealed = bytearray()
    with SealingWriter(sealed.extend, recipients) as writer:
        writer.write(data)
    return bytes(sealed)


def _read_full(source: Readable, room: memoryview) -> int:
    """Fill the room, less only at the end of the source."""
    count = 0
    while count < len(room) and (more := source.readinto(room[count:])):
        count += more
    return count


def _seal_last(text: bytes | memoryview, payload_key: bytes, index: int) -> bytes:
    nonce = chunk_nonce(index, is_final=True)
    return ChaCha20Poly1305(payload_key).encrypt(nonce, text, None)
