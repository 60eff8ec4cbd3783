"""Opens an age file from its start to its end, as from a pipe."""

from collections.abc import Iterator, Sequence
from typing import Final

from vigbox.seal.chunks import Sink, send_fully
from vigbox.seal.errors import PayloadError
from vigbox.seal.identities import Identity
from vigbox.seal.opened import Source, open_header, read_fully
from vigbox.seal.payload import CHUNK_BYTES, SEALED_CHUNK_BYTES

_CHUNKS_AHEAD: Final = 16
"""How many chunks are read at once: fewer, larger reads are faster."""


class StreamReader:
    """The plain bytes of a whole age file.

    Every byte given was authenticated. That the file is whole is known only at its end: until
    ``read`` gives ``b""`` without an error, keep what was read apart from what is trusted. The
    source is read a megabyte ahead.
    """

    def __init__(self, source: Source, identities: Sequence[Identity]) -> None:
        self._source = source
        self._opened = open_header(source, identities)
        self._index = 0
        self._is_ended = False
        self._has_more = False
        self._sealed = memoryview(b"")
        self._texts = memoryview(bytearray(_CHUNKS_AHEAD * CHUNK_BYTES))
        self._rest = self._texts[:0]

    def read(self, size: int = -1) -> bytes:
        """Give ``size`` plain bytes, fewer only at the end; all of them without a size.

        Raises :class:`~vigbox.seal.errors.PayloadError` and what the source raises.
        """
        pieces = []
        while size and (self._rest or self._advance()):
            piece = bytes(self._rest[:size] if size > 0 else self._rest)
            self._rest = self._rest[len(piece) :]
            size -= len(piece) if size > 0 else 0
            pieces.append(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def __iter__(self) -> Iterator[bytes]:
        """Give the plain bytes, some chunks at a time; raises as :meth:`read`."""
        while self._rest or self._advance():
            piece, self._rest = bytes(self._rest), self._texts[:0]
            yield piece

    def read_into(self, sink: Sink) -> int:
        """Give all plain bytes to ``sink``, as :mod:`~vigbox.seal.chunks` says; gives how many.

        Faster than ``read``: nothing is copied. Raises as it, and what the sink raises.
        """
        size_bytes = 0
        while self._rest or self._advance():
            piece, self._rest = self._rest, self._texts[:0]
            send_fully(sink, piece)
            size_bytes += len(piece)
        return size_bytes

    def _advance(self) -> bool:
        """Open the next chunks; tell whether they held anything."""
        if self._is_ended:
            self._check_end()
            return False
        if not self._sealed:
            self._sealed = memoryview(read_fully(self._source, _CHUNKS_AHEAD * SEALED_CHUNK_BYTES))
        self._rest = self._texts[: self._open_some()]
        return bool(self._rest)

    def _open_some(self) -> int:
        """Open what was read, as far as it can be opened; gives the length of its text."""
        size_bytes = 0
        while not self._is_ended:
            count = self._open_next(self._texts[size_bytes:])
            if not count:
                break
            size_bytes += count
        # what comes before a bad chunk is given out first, and the bad one tried again
        if not size_bytes and not self._is_ended:
            raise self._opened.refusal(self._index)
        return size_bytes

    def _open_next(self, place: memoryview) -> int:
        """Open the next chunk read; gives its length, 0 unless it can be opened."""
        sealed = self._sealed[:SEALED_CHUNK_BYTES]
        count = self._opened.try_chunk_into(place, self._index, sealed, is_final=False)
        if count is None:
            count = self._opened.try_chunk_into(place, self._index, sealed, is_final=True)
            if count is None:
                return 0
            self._is_ended = True
        self._sealed = self._sealed[len(sealed) :]
        self._index += 1
        return count

    def _check_end(self) -> None:
        self._has_more = self._has_more or bool(self._sealed or self._source.read(1))
        if self._has_more:
            raise PayloadError("cannot open the file: bytes follow its end. Use another copy.")
