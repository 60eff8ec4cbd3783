"""The plain bytes of a film with holes: what cannot be opened is left out, not an error."""

import errno
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from vigbox.seal.identities import Identity
from vigbox.seal.payload import CHUNK_BYTES, SEALED_CHUNK_BYTES
from vigbox.seal.sealing import FINAL_TEXT
from vigbox.seal.seekable import PositionedRead, open_at_start, pread_fully

_FINAL_BYTES: Final = len(FINAL_TEXT) + SEALED_CHUNK_BYTES - CHUNK_BYTES
_CACHED_CHUNKS: Final = 64


class HoledFilm:
    """Reads a sealed file chunk by chunk; every byte given was authenticated at its own place.

    Making one raises what :func:`~vigbox.seal.opened.open_header` raises, and OSError. After that
    a chunk that the disk cannot read (EIO) is a hole too; any other OSError passes through.
    """

    def __init__(
        self, pread: PositionedRead, sealed_bytes: int, identities: Sequence[Identity]
    ) -> None:
        self._pread = pread
        self._opened = open_at_start(pread, sealed_bytes, identities)
        payload_bytes = max(sealed_bytes - self._opened.payload_offset, 0)
        self._chunks = -(-payload_bytes // SEALED_CHUNK_BYTES)
        self._texts: OrderedDict[int, bytes | None] = OrderedDict()
        self._seen: set[int] = set()
        self.damaged: set[int] = set()
        self.unreadable: set[int] = set()
        self.is_finished = False

    @property
    def chunks(self) -> int:
        """How many chunks there are, the last one perhaps short."""
        return self._chunks

    def chunk(self, index: int) -> bytes | None:
        """Give a chunk's text, None for a hole and beyond the end."""
        if index >= self._chunks:
            return None
        if index not in self._texts:
            self._texts[index] = self._open(index)
            if len(self._texts) > _CACHED_CHUNKS:
                self._texts.popitem(last=False)
        return self._texts[index]

    def read(self, offset: int, size: int) -> bytes | None:
        """Give exactly these bytes, None when one of them is in a hole or beyond the end."""
        pieces, end = [], offset + size
        while offset < end:
            index, start = divmod(offset, CHUNK_BYTES)
            piece = (self.chunk(index) or b"")[start : start + end - offset]
            if not piece:
                return None
            pieces.append(piece)
            offset += len(piece)
        return b"".join(pieces)

    def ends_at(self, offset: int) -> bool:
        """Say whether the film was finished and has no byte at this offset or after it."""
        index, start = divmod(offset, CHUNK_BYTES)
        text = self.chunk(index) if index < self._chunks else self.chunk(self._chunks - 1)
        return self.is_finished and (index >= self._chunks or start >= len(text or b""))

    def see_rest(self) -> None:
        """Open what was not asked for either, so that every hole is counted. Raises OSError."""
        for index in range(self._chunks):
            if index < self._chunks and index not in self._seen:
                self._open(index)

    def _open(self, index: int) -> bytes | None:
        self._seen.add(index)
        try:
            sealed = pread_fully(self._pread, self._opened.chunk_offset(index), SEALED_CHUNK_BYTES)
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            self.unreadable.add(index)
            return None
        text = self._opened.try_chunk(index, sealed, is_final=False)
        if text is None:
            text = self._open_last(index, sealed)
        if text is None:
            self.damaged.add(index)
        return text

    def _open_last(self, index: int, sealed: bytes) -> bytes | None:
        """Open the end, with what finishing left behind it when that was cut short."""
        for end in (sealed, sealed[:_FINAL_BYTES]):
            text = self._opened.try_chunk(index, end, is_final=True)
            if text is not None:
                self._chunks = index + 1
                self.is_finished = True
                return text
        return None
