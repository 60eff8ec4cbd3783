"""Opens a film: finished, cut at any byte, or still growing.

What a film looks like on the card is told in :class:`vigbox.seal.sealing.FilmSealer`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from vigbox.seal.errors import PayloadError
from vigbox.seal.identities import Identity
from vigbox.seal.payload import CHUNK_BYTES, SEALED_CHUNK_BYTES, TAG_BYTES
from vigbox.seal.sealing import FINAL_TEXT, seal_final_text
from vigbox.seal.seekable import ChunkShelf, PositionedRead, gather, open_at_start, pread_fully

FINAL_CHUNK_BYTES: Final = len(FINAL_TEXT) + TAG_BYTES
MOST_DROPPED_BYTES: Final = 64 << 20
"""More than this at the end is damage, not a tail."""


@dataclass(frozen=True, slots=True)
class _Extent:
    """How far a film goes: whole chunks, and whether C ends them and the file."""

    chunks: int
    is_finished: bool
    sealed_bytes: int


class FilmReader:
    """Random access to the whole chunks of a film, from many threads.

    When made, the end is verified and bad chunks at it (at most 64 MiB) are left out; every
    other chunk is verified when it is read. Raises what
    :func:`~vigbox.seal.opened.open_header` raises (EOFError too when the film was cut before its
    first chunk), PayloadError, and OSError of the card, which is never taken for damage.
    """

    def __init__(
        self,
        pread: PositionedRead,
        sealed_bytes: int,
        identities: Sequence[Identity],
        *,
        cached_chunks: int = 32,
    ) -> None:
        self._pread = pread
        self._opened = open_at_start(pread, sealed_bytes, identities)
        self._shelf = ChunkShelf(pread, self._opened, cached_chunks)
        self._extent = self._measure(sealed_bytes)

    @property
    def is_finished(self) -> bool:
        """Whether the file ends with the final chunk of C."""
        return self._extent.is_finished

    @property
    def size(self) -> int:
        """Plain bytes in whole chunks, C not counted."""
        return self._extent.chunks * CHUNK_BYTES

    def grow(self, sealed_bytes: int) -> None:
        """Take the file as it is now, unless it was finished before. Raises as when made."""
        before = self._extent
        if not before.is_finished:
            known = before.chunks if sealed_bytes >= before.sealed_bytes else 0
            self._extent = self._measure(sealed_bytes, known)

    def read_at(self, offset: int, size: int) -> bytes:
        """Give plain bytes, fewer only at the end. Raises PayloadError that names the chunk."""
        return gather(self._text, offset, min(size, self.size - offset))

    def finishing(self, plain_end: int) -> tuple[int, bytes]:
        """Give the file offset and the 24 bytes that finish the film at this plain length.

        The caller has read every byte before it and knows the film as one of our own writer.
        Raises ValueError unless ``plain_end`` is a chunk's edge within the film; PayloadError
        when more than 64 MiB would go, or the film ended elsewhere already.
        """
        index, beyond = divmod(plain_end, CHUNK_BYTES)
        extent = self._extent
        if beyond or not 0 < index <= extent.chunks:
            raise ValueError(f"a film of {self.size} bytes cannot be finished at {plain_end}")
        offset = self._opened.chunk_offset(index)
        if extent.is_finished and index != extent.chunks:
            raise PayloadError("cannot finish the film there: it is finished already")
        if extent.sealed_bytes - offset > MOST_DROPPED_BYTES:
            raise _too_much(offset)
        return offset, seal_final_text(self._opened.payload_key, index)

    def _text(self, index: int) -> bytes:
        return self._shelf.text(index, SEALED_CHUNK_BYTES, is_final=False)

    def _measure(self, sealed_bytes: int, known: int = 0) -> _Extent:
        """Find the end, no further back than ``known`` whole chunks."""
        payload_bytes = max(sealed_bytes - self._opened.payload_offset, 0)
        whole, tail_bytes = divmod(payload_bytes, SEALED_CHUNK_BYTES)
        first = max(whole - MOST_DROPPED_BYTES // SEALED_CHUNK_BYTES, known)
        for index in range(whole, first - 1, -1):
            if self._is_end(index):
                # with more behind it, finishing was itself cut short, and can be done again
                is_last = index == whole and tail_bytes == FINAL_CHUNK_BYTES
                return _Extent(index, is_last, sealed_bytes)
        self._refuse_other_end(whole, tail_bytes)
        return _Extent(
            self._good_chunks(whole, first, known), is_finished=False, sealed_bytes=sealed_bytes
        )

    def _is_end(self, index: int) -> bool:
        sealed = pread_fully(self._pread, self._opened.chunk_offset(index), FINAL_CHUNK_BYTES)
        return self._opened.try_chunk(index, sealed, is_final=True) == FINAL_TEXT

    def _refuse_other_end(self, whole: int, tail_bytes: int) -> None:
        """Refuse a whole age file that is no film: C would be a second text under its end."""
        index = whole if tail_bytes else whole - 1
        if index >= 0:
            offset = self._opened.chunk_offset(index)
            sealed = pread_fully(self._pread, offset, tail_bytes or SEALED_CHUNK_BYTES)
            if self._opened.try_chunk(index, sealed, is_final=True) is not None:
                raise PayloadError("the file is a whole age file, but no film of a box. Import it.")

    def _good_chunks(self, whole: int, first: int, known: int) -> int:
        for index in range(whole - 1, first - 1, -1):
            try:
                self._text(index)
            except PayloadError:
                continue
            return index + 1
        if first > known:
            raise _too_much(self._opened.chunk_offset(first))
        return known


def _too_much(offset: int) -> PayloadError:
    return PayloadError(
        f"more than 64 MiB from byte {offset} on would be lost: the film is damaged and left as "
        "it is. `vigbox salvage` gets every whole fragment."
    )
