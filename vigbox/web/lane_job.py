"""One unlock's work on lanes: a thread of the lowest priority, over at the lock.

The newest film first, the one that is being watched before all; films that a cut left without
their end come last, since they are being finished. Nothing is made while the recorder records.
"""

import contextlib
import logging
import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from vigbox.casework.desk import Desk, NotSharedError
from vigbox.errors import VigboxError
from vigbox.media.lanes import Lanes
from vigbox.model import Life
from vigbox.seal.errors import LockedError
from vigbox.seal.identities import SecretIdentity
from vigbox.store import holdings
from vigbox.store.identity import PublicBox
from vigbox.store.layout import Layout
from vigbox.store.manifests import Manifest
from vigbox.web.lane_cache import LaneCache
from vigbox.web.lane_making import Makers, StoppedError, make
from vigbox.web.shelf import Shelf

_log = logging.getLogger(__name__)

_WORK_S: Final = 0.001
_REST: Final = 0.25
"""After each millisecond or more of work the thread rests a quarter as long, and Python's lock is
free: whoever watches waits 1 ms a wake where it would be 6 (measured with the model at work)."""
_LONGEST_REST_S: Final = 0.05
_LOWEST: Final = 19

RECORDING_GOES_ON: Final = "A recording is being made. This film's turn comes after it."
IN_LINE: Final = "This film's turn comes in a moment."
NOT_MADE: Final = "The strip, the sound and the movement of this film could not be made."


class State(StrEnum):
    """How far the lanes of one film are."""

    WAITING = "waiting"
    WORKING = "working"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the lanes of one film are, and the lanes once they are ready."""

    state: State
    progress: float = 0.0
    why: str = ""
    lanes: Lanes = field(default_factory=Lanes)


@dataclass(frozen=True, slots=True)
class Ground:
    """What a job works on and with; ``look_s`` is how often recorder and card are looked at."""

    layout: Layout
    public: PublicBox
    cache: LaneCache
    makers: Makers
    is_recording: Callable[[], bool]
    look_s: float


class Job(threading.Thread):
    """Makes what is missing of every film that its desks may open, until it is stopped."""

    def __init__(self, ground: Ground, desk: Desk, before: "Job | None") -> None:
        super().__init__(name="lanes", daemon=True)
        self.desks: dict[str, Desk] = {desk.me.id: desk}
        self._ground = ground
        self._before = before
        self._line = _Line(ground)
        self._over = threading.Event()
        self._wake = threading.Event()
        self._failed: dict[str, tuple[int, str]] = {}
        self._current = ""
        self._progress = 0.0
        self._is_held = False
        self._looked_s = self._rested_s = 0.0

    @property
    def is_over(self) -> bool:
        """Whether nothing is made any more: it was stopped, or every keyring is locked."""
        if all(desk.keyring.is_locked for desk in list(self.desks.values())):
            self._over.set()
        return self._over.is_set()

    def stop(self) -> None:
        """Be over at the next byte that is to be read."""
        self._over.set()
        self._wake.set()

    def drop(self, recording: str) -> None:
        """Leave a film that was erased."""
        self._line.drop(recording)

    def standing(self, recording: str, film_bytes: int) -> Standing:
        """Tell how far a film is that is not ready; it comes before the others from now on."""
        failed_bytes, why = self._failed.get(recording, (-1, ""))
        if failed_bytes == film_bytes:
            return Standing(State.FAILED, why=why)
        self._line.ask(recording)
        self._wake.set()
        if self._is_held:
            return Standing(State.WAITING, self._progress_of(recording), RECORDING_GOES_ON)
        if recording == self._current:
            return Standing(State.WORKING, self._progress)
        return Standing(State.WAITING, why=IN_LINE)

    def run(self) -> None:
        """Work through the line, then look for more."""
        if self._before is not None:
            self._before.join()
            self._before = None
        lower_priority()
        try:
            self._ground.cache.erase_orphans()
            while not self.is_over:
                manifest = self._line.next()
                if manifest is not None:
                    self._take(manifest)
                elif self._wake.wait(self._ground.look_s):
                    self._wake.clear()
        except OSError as error:
            _log.warning("no lanes are made until somebody asks for one: %s", error)
        self._over.set()
        self.desks.clear()

    def _take(self, manifest: Manifest) -> None:
        recording, film_bytes = (
            manifest.recording,
            self._ground.cache.film_bytes(manifest.recording),
        )
        self._progress, self._current = 0.0, recording
        try:
            self._look()
            self._make(manifest, film_bytes)
        except (StoppedError, LockedError):
            self._line.put_back(manifest)
            return
        except NotSharedError:
            pass  # a case of somebody who has not unlocked
        except Exception as error:  # noqa: BLE001  # one film must not keep the others from being made
            _log.warning("no lanes of recording %s", recording, exc_info=True)
            is_told = isinstance(error, VigboxError)
            self._failed[recording] = (film_bytes, str(error) if is_told else NOT_MADE)
        finally:
            self._current = ""
        self._line.settle(recording, film_bytes)

    def _make(self, manifest: Manifest, film_bytes: int) -> None:
        cache, recording = self._ground.cache, manifest.recording
        desk, identities = self._desk_for(manifest)
        if cache.is_kept(recording, film_bytes, identities):
            return
        epoch = cache.epoch
        # a shelf of its own: what is watched stays on the other
        film = Shelf(self._ground.layout).film(desk, manifest)
        lanes = make(film.index, film.reader.read_at, self._told, self._ground.makers)
        cache.keep(recording, film_bytes, lanes, identities, epoch)

    def _desk_for(self, manifest: Manifest) -> tuple[Desk, list[SecretIdentity]]:
        for desk in list(self.desks.values()):
            with contextlib.suppress(NotSharedError):
                return desk, desk.film_identities(manifest)
        raise NotSharedError("This case is not shared with anybody who unlocked.")

    def _told(self, part: float) -> None:
        self._progress = max(self._progress, min(1.0, part))
        now_s = time.monotonic()
        if now_s - self._looked_s >= self._ground.look_s:
            self._look()
        worked_s = now_s - self._rested_s
        if worked_s >= _WORK_S:
            self._over.wait(min(_REST * worked_s, _LONGEST_REST_S))
            self._rested_s = time.monotonic()
        if self._over.is_set() or self._line.is_another_first(self._current):
            raise StoppedError("the lanes of this film are made later")

    def _look(self) -> None:
        """Wait while the recorder records. Raises StoppedError at the lock."""
        while not self.is_over and self._ground.is_recording():
            self._is_held = True
            self._over.wait(self._ground.look_s)
        self._is_held = False
        self._looked_s = time.monotonic()
        if self._over.is_set():
            raise StoppedError("the box was locked")

    def _progress_of(self, recording: str) -> float:
        return self._progress if recording == self._current else 0.0


class _Line:
    """Whose turn is next. Any thread may call any method."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
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
        layout = self._ground.layout
        folders = (layout.recordings, layout.imported.recordings)
        changed_ns = tuple(each.stat().st_mtime_ns for each in folders if each.exists())
        if changed_ns == self._listed_ns:
            return
        self._listed_ns = changed_ns
        found = list(holdings.listed(layout, self._ground.public))[::-1]
        found.sort(key=lambda each: each.life is Life.INTERRUPTED)
        self._left = {each.recording: each for each in found if self._is_due(each)}

    def _is_due(self, manifest: Manifest) -> bool:
        film_bytes = self._ground.cache.film_bytes(manifest.recording)
        is_there = bool(film_bytes) and manifest.recording not in self._gone
        is_over = manifest.life is not Life.RECORDING and not manifest.is_unfiled
        return is_over and is_there and self._settled.get(manifest.recording) != film_bytes


def lower_priority() -> None:
    """Give way to everybody; on Linux this counts for the calling thread alone."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _LOWEST)
