"""Which film's lanes are made next: what is asked for, then the newest, and cut films last."""

import threading

from vigbox.model import Life
from vigbox.store import holdings
from vigbox.store.identity import PublicBox
from vigbox.store.layout import Layout
from vigbox.store.manifests import Manifest
from vigbox.web.lane_cache import LaneCache


class LaneLine:
    """Whose turn is next. Any thread may call any method."""

    def __init__(self, layout: Layout, public: PublicBox, cache: LaneCache) -> None:
        self._layout = layout
        self._public = public
        self._cache = cache
        self._lock = threading.Lock()
        self._left: dict[str, Manifest] = {}
        self._asked: dict[str, None] = {}
        self._settled: dict[str, int] = {}
        self._gone: set[str] = set()
        self._listed_ns: tuple[int, ...] = ()

    def ask(self, recording: str) -> None:
        """Let a film come before those that nobody asked for."""
        with self._lock:
            if recording not in self._asked:
                self._asked[recording] = None
                self._settled.pop(recording, None)
                self._listed_ns = ()

    def next(self) -> Manifest | None:
        """Take the film whose turn it is out of the line, None when there is none."""
        with self._lock:
            self._list()
            # what is not on the card cannot come first
            self._asked = {each: None for each in self._asked if each in self._left}
            name = next(iter(self._asked or self._left), None)
            return None if name is None else self._left.pop(name)

    def put_back(self, manifest: Manifest) -> None:
        """Let a film that was stopped come again, as the next of its kind."""
        with self._lock:
            self._left = {manifest.recording: manifest} | self._left

    def settle(self, recording: str, film_bytes: int) -> None:
        """Note that there is nothing more to do for a film of this size."""
        with self._lock:
            self._settled[recording] = film_bytes
            self._asked.pop(recording, None)

    def drop(self, recording: str) -> None:
        """Take out a film that was erased."""
        with self._lock:
            self._gone.add(recording)
            self._left.pop(recording, None)
            self._asked.pop(recording, None)

    def is_another_first(self, recording: str) -> bool:
        """Tell whether a film is to be left: it is gone, or somebody asked for another."""
        with self._lock:
            is_asked = recording in self._asked
            return recording in self._gone or (bool(self._asked) and not is_asked)

    def _list(self) -> None:
        """Look at the card again when a folder changed: the newest first, cut films last."""
        layout = self._layout
        folders = (layout.recordings, layout.imported.recordings)
        changed_ns = tuple(each.stat().st_mtime_ns for each in folders if each.exists())
        if changed_ns == self._listed_ns:
            return
        self._listed_ns = changed_ns
        found = list(holdings.listed(layout, self._public))[::-1]
        found.sort(key=lambda each: each.life is Life.INTERRUPTED)
        self._left = {each.recording: each for each in found if self._is_due(each)}

    def _is_due(self, manifest: Manifest) -> bool:
        film_bytes = self._cache.film_bytes(manifest.recording)
        is_there = bool(film_bytes) and manifest.recording not in self._gone
        is_over = manifest.life is not Life.RECORDING and not manifest.is_unfiled
        return is_over and is_there and self._settled.get(manifest.recording) != film_bytes
