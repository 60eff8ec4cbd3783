"""The shelf: films that are open for watching, each as a virtual faststart MP4.

A film on the shelf is a snapshot: it ends where the film ended when the page was made, so that
its bytes stay the same while a recording goes on. Its address names that end.
"""

import os
import threading
import weakref
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from vigbox.casework.desk import Desk
from vigbox.errors import VigboxError
from vigbox.media.boxes import BoxError
from vigbox.media.faststart import VirtualMp4
from vigbox.media.fragments import FilmIndex
from vigbox.seal.errors import SealError
from vigbox.seal.identities import Identity
from vigbox.seal.opening import FilmReader, open_bytes
from vigbox.store.holdings import place_of
from vigbox.store.layout import Layout
from vigbox.store.manifests import Manifest
from vigbox.web.cut_clips import CutClips
from vigbox.web.previews import Previews

_MOST_FILMS: Final = 8
_LARGEST_INDEX_BYTES: Final = 64 << 20


class EmptyFilmError(VigboxError):
    """Nothing of a film reached the card before it was cut."""


@dataclass(frozen=True, slots=True)
class OpenFilm:
    """One film, opened up to an end: what it holds, and how to read it."""

    recording: str
    reader: FilmReader
    index: FilmIndex
    mp4: VirtualMp4
    previews: Previews = field(default_factory=Previews, repr=False, compare=False)

    @property
    def etag(self) -> str:
        """Names these bytes: the recording and where it ends."""
        return f"{self.recording}-{self.index.end}"

    def read_at(self, offset: int, size: int) -> bytes:
        """Read the virtual MP4. Raises SealError or OSError."""
        return self.mp4.read_at(offset, size, self.reader.read_at)


class Shelf:
    """Opens films and keeps the last few open, each for the practitioner who may see it."""

    def __init__(self, layout: Layout) -> None:
        self.cut_clips = CutClips()
        """What screens are given; they go with the films."""
        self._layout = layout
        self._films: OrderedDict[tuple[str, str], OpenFilm] = OrderedDict()
        self._epoch = 0
        self._lock = threading.Lock()

    def film(self, desk: Desk, manifest: Manifest, end: int | None = None) -> OpenFilm:
        """Open a film as it is now, or as it was when it ended at plain byte ``end``.

        Raises :class:`EmptyFilmError`, NotSharedError, CaseGoneError, SealError, BoxError, OSError.
        """
        # first of all: a film that is open already is not shown to whom the case was taken from
        identities = desk.film_identities(manifest)
        with self._lock:
            epoch = self._epoch
            known = self._known(desk.me.id, manifest.recording, end)
            if known is not None:
                self._films.move_to_end((desk.me.id, known.etag))
                return known
        film = self._open(manifest, end, identities)
        with self._lock:
            if epoch != self._epoch:
                return film  # closed meanwhile: it goes with whoever asked
            self._films[desk.me.id, film.etag] = film
            while len(self._films) > _MOST_FILMS:
                self._films.popitem(last=False)
        return film

    def _known(self, who: str, recording: str, end: int | None) -> OpenFilm | None:
        if end is not None:
            return self._films.get((who, f"{recording}-{end}"))
        for (opener, _), film in self._films.items():
            # a film that is finished is the same ever after; any other may have grown
            if opener == who and film.recording == recording and film.reader.is_finished:
                return film
        return None

    def clear(self) -> None:
        """Close every film, and with them the keys that open them."""
        self.cut_clips.clear()
        with self._lock:
            self._epoch += 1
            self._films.clear()

    def _open(
        self, manifest: Manifest, end: int | None, identities: Sequence[Identity]
    ) -> OpenFilm:
        place = place_of(self._layout, manifest.recording)
        file = _File(place.film(manifest.recording))
        try:
            reader = FilmReader(file.pread, file.size, identities)
        except EOFError as error:
            raise _empty() from error
        index = self._sidecar(manifest, identities) if end is None else None
        if index is None:
            index = FilmIndex.scan(reader.read_at, reader.size if end is None else end)
        else:
            index.extend(reader.read_at, reader.size)
        if not index.picture_count:
            raise _empty()
        return OpenFilm(manifest.recording, reader, index, VirtualMp4(index))

    def _sidecar(self, manifest: Manifest, identities: Sequence[Identity]) -> FilmIndex | None:
        path = place_of(self._layout, manifest.recording).index(manifest.recording)
        try:
            if path.stat().st_size > _LARGEST_INDEX_BYTES:
                return None
            return FilmIndex.from_sidecar(open_bytes(path.read_bytes(), identities))
        except (OSError, SealError, BoxError):
            # missing, cut or damaged: the film itself is scanned instead
            return None


class _File:
    """A film's file, closed once nobody reads it any more."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self.size = os.fstat(self._descriptor).st_size
        weakref.finalize(self, os.close, self._descriptor)

    def pread(self, offset: int, size: int) -> bytes:
        """Read at an offset. Raises OSError."""
        return os.pread(self._descriptor, size, offset)


def _empty() -> EmptyFilmError:
    return EmptyFilmError("Nothing of this film reached the card before it was cut.")
