"""Opens an age file from its start to its end, as from a pipe."""

from collections.abc import Iterator, Sequence

from vigbox.seal.errors import PayloadError
from vigbox.seal.identities import Identity
from vigbox.seal.opened import Source, open_header, read_fully
from vigbox.seal.payload import SEALED_CHUNK_BYTES


class StreamReader:
    """The plain bytes of a whole age file.

    Every byte given was authenticated. That the file is whole is known only at its end: until
    ``read`` gives ``b""`` without an error, keep what was read apart from what is trusted.
    """

    def __init__(self, source: Source, identities: Sequence[Identity]) -> None:
        self._source = source
        self._opened = open_header(source, identities)
        self._index = 0
        self._is_ended = False
        self._has_more = False
        self._rest = memoryview(b"")

    def read(self, size: int = -1) -> bytes:
        """Give ``size`` plain bytes, fewer only at the end; all of them without a size.

        Raises :class:`~vigbox.seal.errors.PayloadError` and what the source raises.
        """
        pieces = []
        while size and (self._rest or self._advance()):
            piece = self._rest[:size] if size > 0 else self._rest
            self._rest = self._rest[len(piece) :]
            size -= len(piece) if size > 0 else 0
            pieces.append(piece)
        return b"".join(pieces)

    def __iter__(self) -> Iterator[bytes]:
        """Give the plain bytes chunk by chunk; raises as :meth:`read`."""
        while self._rest or self._advance():
            piece, self._rest = bytes(self._rest), memoryview(b"")
            yield piece

    def _advance(self) -> bool:
        """Open the next chunk; tell whether it held anything."""
        if self._is_ended:
            self._check_end()
            return False
        sealed = read_fully(self._source, SEALED_CHUNK_BYTES)
        text = None
        if len(sealed) == SEALED_CHUNK_BYTES:
            text = self._opened.try_chunk(self._index, sealed, is_final=False)
        if text is None:
            text = self._opened.open_chunk(self._index, sealed, is_final=True)
            self._is_ended = True
        self._index += 1
        self._rest = memoryview(text)
        return bool(text)

    def _check_end(self) -> None:
        self._has_more = self._has_more or bool(self._source.read(1))
        if self._has_more:
            raise PayloadError("cannot open the file: bytes follow its end. Use another copy.")
