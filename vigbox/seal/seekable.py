"""Opens an age file at any place: each chunk alone, the last ones opened kept at hand."""

import io
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence

from vigbox.seal.identities import Identity
from vigbox.seal.opened import OpenedHeader, open_header
from vigbox.seal.payload import CHUNK_BYTES, SEALED_CHUNK_BYTES, TAG_BYTES

PositionedRead = Callable[[int, int], bytes]
"""Gives the bytes of a file at an offset, as ``os.pread`` does; raises OSError."""


class ChunkShelf:
    """Opened chunks of one file, the least used dropped first; for many threads."""

    def __init__(self, pread: PositionedRead, opened: OpenedHeader, most_chunks: int) -> None:
        self._pread = pread
        self._opened = opened
        self._most_chunks = most_chunks
        self._texts: OrderedDict[int, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def text(self, index: int, sealed_bytes: int, *, is_final: bool) -> bytes:
        """Give a chunk's text. Raises PayloadError, OSError."""
        with self._lock:
            text = self._texts.get(index)
            if text is not None:
                self._texts.move_to_end(index)
                return text
        offset = self._opened.chunk_offset(index)
        sealed = pread_fully(self._pread, offset, sealed_bytes)
        text = self._opened.open_chunk(index, sealed, is_final=is_final)
        with self._lock:
            self._texts[index] = text
            while len(self._texts) > self._most_chunks:
                self._texts.popitem(last=False)
        return text


class SeekableReader:
    """Random access to a whole age file; its last chunk was verified, so ``size`` is true.

    Raises, when made, what :func:`~vigbox.seal.opened.open_header` raises, PayloadError for a
    file without its end, OSError. ``read_at`` may be called from many threads.
    """

    def __init__(
        self,
        pread: PositionedRead,
        sealed_bytes: int,
        identities: Sequence[Identity],
        *,
        cached_chunks: int = 32,
    ) -> None:
        opened = open_at_start(pread, sealed_bytes, identities)
        payload_bytes = sealed_bytes - opened.payload_offset
        self._last = max(payload_bytes - 1, 0) // SEALED_CHUNK_BYTES
        self._last_sealed_bytes = payload_bytes - self._last * SEALED_CHUNK_BYTES
        self._shelf = ChunkShelf(pread, opened, cached_chunks)
        self._text(self._last)
        self.size = payload_bytes - (self._last + 1) * TAG_BYTES

    def read_at(self, offset: int, size: int) -> bytes:
        """Give plain bytes, fewer only at the end. Raises PayloadError, OSError."""
        return gather(self._text, offset, min(size, self.size - offset))

    def _text(self, index: int) -> bytes:
        is_last = index == self._last
        sealed_bytes = self._last_sealed_bytes if is_last else SEALED_CHUNK_BYTES
        return self._shelf.text(index, sealed_bytes, is_final=is_last)


class _Start(io.RawIOBase):
    """The start of a file as a stream, read by place."""

    def __init__(self, pread: PositionedRead, sealed_bytes: int) -> None:
        self._pread = pread
        self._end = sealed_bytes
        self._at = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # as io calls it
        data = self._pread(self._at, min(len(buffer), self._end - self._at))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


def open_at_start(
    pread: PositionedRead, sealed_bytes: int, identities: Sequence[Identity]
) -> OpenedHeader:
    """Open the header of a file that is read by place; raises as ``open_header``, and OSError."""
    return open_header(io.BufferedReader(_Start(pread, sealed_bytes), 4096), identities)


def pread_fully(pread: PositionedRead, offset: int, size_bytes: int) -> bytes:
    """Read this many bytes at an offset, fewer only at the end of the file."""
    data = pread(offset, size_bytes)
    while len(data) < size_bytes:
        more = pread(offset + len(data), size_bytes - len(data))
        if not more:
            break
        data += more
    return data


def gather(text: Callable[[int], bytes], offset: int, size: int) -> bytes:
    """Join the plain bytes at an offset out of the chunks that hold them."""
    if offset < 0:
        raise ValueError(f"an offset must not be negative, not {offset}")
    pieces = []
    while size > 0:
        index, start = divmod(offset, CHUNK_BYTES)
        piece = memoryview(text(index))[start : start + size]
        pieces.append(piece)
        offset += len(piece)
        size -= len(piece)
    return b"".join(pieces)
