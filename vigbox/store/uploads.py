"""Uploads: films from elsewhere on their way in, in parts that are each sealed as they arrive.

A part is an age file of its own, durable before the next is asked for, so an upload goes on where
it was after any break. No plain byte of it reaches a disk.
"""

import contextlib
import os
import shutil
from collections.abc import Container, Sequence
from pathlib import Path
from typing import Final

from vigbox.errors import VigboxError
from vigbox.seal.identities import Identity
from vigbox.seal.recipients import Recipient
from vigbox.seal.sealing import seal_bytes
from vigbox.seal.seekable import SeekableReader
from vigbox.store.durable import save, sync_folder
from vigbox.store.layout import Layout

PART_BYTES: Final = 2 << 20
"""Plain bytes in each part but the last."""


class MisplacedPartError(VigboxError):
    """A part does not belong where it was to go; ask for the offset and go on from there."""


class Upload:
    """One upload's folder; ``size`` is how many plain bytes there will be."""

    def __init__(self, layout: Layout, name: str, size: int) -> None:
        self._folder = layout.upload(name)
        self._size = size

    @property
    def offset(self) -> int:
        """How many plain bytes are kept, without a hole."""
        try:
            names = {each.name for each in self._folder.iterdir()}
        except FileNotFoundError:
            return 0
        count = 0
        while _name(count) in names:
            count += 1
        return min(count * PART_BYTES, self._size)

    def add(self, offset: int, data: bytes, recipients: Sequence[Recipient]) -> int:
        """Keep a part, durably; gives the new offset. One that is kept already changes nothing.

        Raises :class:`MisplacedPartError`, OSError.
        """
        known = self.offset
        expected = min(PART_BYTES, self._size - offset)
        if offset % PART_BYTES or not 0 <= offset <= known or len(data) != expected or not data:
            raise MisplacedPartError(
                f"a part of {len(data)} bytes cannot go to byte {offset}: "
                f"{known} of {self._size} are here"
            )
        if offset == known:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            save(self._folder / _name(offset // PART_BYTES), seal_bytes(data, recipients))
            if not offset:
                sync_folder(self._folder.parent)
        return self.offset

    def reader(self, identities: Sequence[Identity]) -> "UploadReader":
        """Open every part's header. Raises SealError, OSError."""
        count = -(-self._size // PART_BYTES)
        return UploadReader([self._folder / _name(each) for each in range(count)], identities)

    def remove(self) -> None:
        """Take all of it away. Raises OSError."""
        if self._folder.exists():
            with contextlib.suppress(FileNotFoundError):  # somebody else is taking it away
                shutil.rmtree(self._folder)
            sync_folder(self._folder.parent)


class UploadReader:
    """The plain bytes of a whole upload; holds the parts' own keys, not the case's identity."""

    def __init__(self, paths: Sequence[Path], identities: Sequence[Identity]) -> None:
        self._parts = [_opened(path, identities) for path in paths]
        self.size = sum(each.size for each in self._parts)

    def read_at(self, offset: int, size: int) -> bytes:
        """Give plain bytes, fewer only at the end. Raises PayloadError, OSError."""
        pieces = []
        while size > 0 and 0 <= offset < self.size:
            number, start = divmod(offset, PART_BYTES)
            piece = self._parts[number].read_at(start, size)
            pieces.append(piece)
            offset, size = offset + len(piece), size - len(piece)
        return b"".join(pieces)


def clear_old(layout: Layout, before: float, busy: Container[str] = ()) -> None:
    """Take away uploads that nothing was added to since a time (seconds, as os.stat tells).

    Those that are ``busy`` stay: a box without a clock may learn all at once that a week is over.
    """
    for folder in layout.imported.recordings.iterdir():
        is_left = folder.is_dir() and folder.name not in busy
        if is_left and folder.stat().st_mtime < before:
            shutil.rmtree(folder, ignore_errors=True)


def _opened(path: Path, identities: Sequence[Identity]) -> SeekableReader:
    def pread(offset: int, size: int) -> bytes:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            return os.pread(descriptor, size, offset)
        finally:
            os.close(descriptor)

    return SeekableReader(pread, path.stat().st_size, identities, cached_chunks=0)


def _name(number: int) -> str:
    return f"{number:06d}.age"
