"""A film as a plain MP4 with its index in front, made up as it is read; nothing is rewritten.

The virtual file is a head (``ftyp``, ``moov`` and the header of one large ``mdat``) and behind it
the film's own bytes from its first fragment on. The sample table points at the samples; the
``moof`` boxes, padding and events between them are bytes that nothing points at.
"""

from vigbox.media.boxes import BoxError, ReadAt
from vigbox.media.chapters import Chapters
from vigbox.media.fragments import FilmIndex
from vigbox.media.moov import PICTURE_TRACK, SOUND_TRACK
from vigbox.media.tables import plain_head, tracks_of


class VirtualMp4:
    """The plain MP4 of a film as it was indexed. Raises BoxError when the film has no header."""

    def __init__(self, index: FilmIndex, chapters: Chapters | None = None) -> None:
        self._first = index.first
        self._data_bytes = index.end - index.first
        found = {each.number: each for each in tracks_of(index.moov)}
        if PICTURE_TRACK not in found:
            raise BoxError("the film has no header")
        both = ((PICTURE_TRACK, index.pictures), (SOUND_TRACK, index.sound))
        tracks = [(found[number], samples) for number, samples in both if number in found]
        more = chapters.told() if chapters else b""
        self.head = plain_head(tracks, index.first, self._data_bytes, more)

    @property
    def size(self) -> int:
        """How many bytes the MP4 has."""
        return len(self.head) + self._data_bytes

    def read_at(self, offset: int, size: int, film_read_at: ReadAt) -> bytes:
        """Read up to ``size`` bytes; ``film_read_at`` reads the film itself."""
        size = min(size, self.size - offset)
        head = self.head[offset : offset + size]
        if len(head) >= size:
            return head
        start = self._first + max(0, offset - len(self.head))
        return head + film_read_at(start, size - len(head))
