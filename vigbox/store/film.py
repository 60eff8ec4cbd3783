"""A film's file and its index, grown by appending: fragments go in, sealed chunks come out."""

import contextlib
import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

from vigbox.media.boxes import free_box
from vigbox.media.fragments import IndexWriter
from vigbox.media.mux import Fragment
from vigbox.seal.payload import CHUNK_BYTES
from vigbox.seal.recipients import Recipient
from vigbox.seal.sealing import FilmSealer, SealingWriter
from vigbox.store.durable import sync_folder, write_all
from vigbox.store.layout import Layout

_LEAST_BOX_BYTES: Final = 8


class FilmFile:
    """One film file and its index, open for appending by this process alone.

    Every method raises OSError when the card fails.
    """

    def __init__(self, layout: Layout, recording: str, recipients: Sequence[Recipient]) -> None:
        self.descriptor = _create(layout.film(recording))
        self._index_descriptor = _create(layout.index(recording))
        self._sealer = FilmSealer(partial(write_all, self.descriptor), recipients)
        self._index = SealingWriter(partial(write_all, self._index_descriptor), recipients)
        self._index_writer = IndexWriter()
        sync_folder(layout.recordings)
        self.length_ns = 0

    @property
    def sealed_bytes(self) -> int:
        """How many bytes of film the card has."""
        return self._sealer.sealed_bytes

    def begin(self, header: bytes) -> None:
        """Write the film's own header."""
        self._index.write(self._index_writer.record_for(0, header))
        self._sealer.write(header)

    def append(self, fragment: Fragment) -> None:
        """Write one fragment."""
        self._index.write(self._index_writer.record_for(self._sealer.plain_bytes, fragment.data))
        self._sealer.write(fragment.data)
        self.length_ns = fragment.start_ns + fragment.duration_ns

    def note(self, event: bytes) -> None:
        """Write an event box between fragments."""
        self._index.write(self._index_writer.record_for(self._sealer.plain_bytes, event))
        self._sealer.write(event)

    def fill(self) -> None:
        """Fill the chunk in progress to its edge, so that all so far lies in whole chunks."""
        room = self._sealer.room
        if 0 < room < _LEAST_BOX_BYTES:
            room += CHUNK_BYTES
        if room:
            self._sealer.write(free_box(room))

    def end(self) -> None:
        """Write the film's final chunk and the index to its end; the index is durable then."""
        self.fill()
        self._sealer.finish()
        self._index.close()
        os.fsync(self._index_descriptor)

    def close(self) -> None:
        """Give the files back as they are."""
        with contextlib.ExitStack() as closing:
            closing.callback(os.close, self.descriptor)
            closing.callback(os.close, self._index_descriptor)


def _create(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o640)
