"""The film being made: fragments go in, a sealed file grows on the card.

A sync point comes after a whole fragment: a ``free`` box fills the chunk to its edge, so every
byte so far lies in whole sealed chunks, then fdatasync. A film cut there is a whole MP4.
"""

import contextlib
from collections.abc import Sequence

from vigbox.recorder.syncer import Syncer
from vigbox.seal.recipients import Recipient
from vigbox.store.film import FilmFile
from vigbox.store.layout import Layout


class Film(FilmFile):
    """One film file and its index, made durable by the second.

    Every method raises OSError when the card fails; the film then ends where it is safe.
    """

    def __init__(self, layout: Layout, recording: str, recipients: Sequence[Recipient]) -> None:
        super().__init__(layout, recording, recipients)
        self.syncer = Syncer(self.descriptor)

    def sync_point(self) -> None:
        """Fill the chunk to its edge and ask that all of it becomes durable."""
        self.fill()
        self.syncer.ask(self.length_ns)

    def finish(self) -> None:
        """End the film: a sync point, the final chunk, and all of it durable."""
        self.sync_point()
        self.end()
        self.syncer.ask(self.length_ns)
        self.close()

    def close(self) -> None:
        """Give the files back as they are. Raises the OSError of a card that failed."""
        with contextlib.ExitStack() as closing:
            closing.callback(super().close)
            closing.callback(self.syncer.close)
