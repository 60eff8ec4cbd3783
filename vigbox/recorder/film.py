"""The film being made: fragments go in, a sealed file grows on the card.

A sync point comes after a whole fragment: a ``free`` box fills the chunk to its edge, so every
byte so far lies in whole sealed chunks, then fdatasync. A film cut there is a whole MP4.
"""

import contextlib
import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

from vigbox.media.boxes import free_box
from vigbox.media.fragments import IndexWriter
from vigbox.media.mux import Fragment
from vigbox.recorder.syncer import Syncer
from vigbox.seal.payload import CHUNK_BYTES
from vigbox.seal.recipients import Recipient
from vigbox.seal.sealing import FilmSealer, SealingWriter
from vigbox.store.durable import sync_folder, write_all
from vigbox.store.layout import Layout

_LEAST_BOX_BYTES: Final = 8


class Film:
    """One film file and its index, open for appending by this process alone.

    Every method raises OSError when the card fails; the film then ends where it is safe.
    """

    def __init__(self, layout: Layout, recording: str, recipients: Sequence[Recipient]) -> None:
        self._descriptor = _create(layout.film(recording))
        self._index_descriptor = _create(layout.index(recording))
        self._sealer = FilmSealer(partial(write_all, self._descriptor), recipients)
        self._index = SealingWriter(partial(write_all, self._index_descriptor), recipients)
        self._index_writer = IndexWriter()
        sync_folder(layout.recordings)
        self.syncer = Syncer(self._descriptor)
        self.length_ns = 0

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

    def sync_point(self) -> None:
        """Fill the chunk to its edge and ask that all of it becomes durable."""
        room = self._sealer.room
        if 0 < room < _LEAST_BOX_BYTES:
            room += CHUNK_BYTES
        if room:
            self._sealer.write(free_box(room))
        self.syncer.ask(self.length_ns)

    def finish(self) -> None:
        """End the film: a sync point, the final chunk, and all of it durable."""
        self.sync_point()
        self._sealer.finish()
        self._index.close()
        os.fsync(self._index_descriptor)
        self.syncer.ask(self.length_ns)
        self.close()

    def close(self) -> None:
        """Give the files back as they are. Raises the OSError of a card that failed."""
        with contextlib.ExitStack() as closing:
            closing.callback(os.close, self._descriptor)
            closing.callback(os.close, self._index_descriptor)
            closing.callback(self.syncer.close)


def _create(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o640)
