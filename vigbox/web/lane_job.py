"""One unlock's work on lanes, over at the lock. Nothing is made while the recorder records.

The newest film first, the one that is being watched before all; films that a cut left without
their end come last, since they are being finished.
"""

import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from vigbox.casework.desk import Desk, NotSharedError
from vigbox.errors import VigboxError
from vigbox.seal.errors import LockedError
from vigbox.seal.identities import SecretIdentity
from vigbox.store.identity import PublicBox
from vigbox.store.layout import Layout
from vigbox.store.manifests import Manifest
from vigbox.web.background_job import BackgroundJob
from vigbox.web.lane_cache import LaneCache
from vigbox.web.lane_line import LaneLine
from vigbox.web.lane_making import Makers, StoppedError, make
from vigbox.web.lane_standing import IN_LINE, RECORDING_GOES_ON, Standing, State
from vigbox.web.shelf import Shelf

_log = logging.getLogger(__name__)

NOT_MADE: Final = "The strip, the sound and the movement of this film could not be made."
_WORK_S: Final = 0.001
"""With the model at work, whoever watches waits 1 ms a wake where it would be 6 (measured)."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What a job works on and with; ``look_s`` is how often recorder and card are looked at."""

    layout: Layout
    public: PublicBox
    cache: LaneCache
    makers: Makers
    is_recording: Callable[[], bool]
    look_s: float


class Job(BackgroundJob):
    """Makes what is missing of every film that its desks may open, until it is stopped."""

    def __init__(self, ground: Ground, desk: Desk, before: "Job | None") -> None:
        super().__init__("lanes", desk, before, look_s=ground.look_s, work_s=_WORK_S)
        self._ground = ground
        self._line = LaneLine(ground.layout, ground.public, ground.cache)
        self._failed: dict[str, tuple[int, str]] = {}
        self._current = ""
        self._progress = 0.0
        self._is_held = False

    def drop(self, recording: str) -> None:
        """Leave a film that was erased."""
        self._line.drop(recording)

    def standing(self, recording: str, film_bytes: int) -> Standing:
        """Tell how far a film is that is not ready; it comes before the others from now on."""
        failed_bytes, why = self._failed.get(recording, (-1, ""))
        if failed_bytes == film_bytes:
            return Standing(State.FAILED, why=why)
        self._line.ask(recording)
        self.wake.set()
        if self._is_held:
            return Standing(State.WAITING, self._progress_of(recording), RECORDING_GOES_ON)
        if recording == self._current:
            return Standing(State.WORKING, self._progress)
        return Standing(State.WAITING, why=IN_LINE)

    def work(self) -> None:
        """Work through the line, then look for more."""
        try:
            self._ground.cache.erase_orphans()
            while not self.is_over:
                manifest = self._line.next()
                if manifest is not None:
                    self._take(manifest)
                elif self.wake.wait(self._ground.look_s):
                    self.wake.clear()
        except OSError as error:
            _log.warning("no lanes are made until somebody asks for one: %s", error)

    def _take(self, manifest: Manifest) -> None:
        recording = manifest.recording
        film_bytes = self._ground.cache.film_bytes(recording)
        self._progress, self._current = 0.0, recording
        try:
            self.look()
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

    def wait_turn(self) -> None:
        """Wait while the recorder records. Raises StoppedError at the lock."""
        while not self.is_over and self._ground.is_recording():
            self._is_held = True
            self.over.wait(self._ground.look_s)
        self._is_held = False
        if self.over.is_set():
            raise StoppedError("the box was locked")

    def _told(self, part: float) -> None:
        self._progress = max(self._progress, min(1.0, part))
        self.step()
        if self.over.is_set() or self._line.is_another_first(self._current):
            raise StoppedError("the lanes of this film are made later")

    def _progress_of(self, recording: str) -> float:
        return self._progress if recording == self._current else 0.0
