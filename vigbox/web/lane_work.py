"""Lanes of every film, made in the background while the box is unlocked, forgotten at the lock."""

import threading
from typing import Final

from vigbox.casework.desk import Desk
from vigbox.model import Life
from vigbox.store.identity import PublicBox
from vigbox.store.layout import Layout
from vigbox.store.manifests import Manifest
from vigbox.web.lane_cache import LaneCache
from vigbox.web.lane_job import Ground, Job
from vigbox.web.lane_making import Makers
from vigbox.web.lane_standing import Standing, State
from vigbox.web.recorder_link import RecorderLink

STILL_FILMED: Final = "This film is still being made."

_LOOK_S: Final = 1.0


class LaneWork:
    """Knows how far the lanes of every film are. Any thread may call any method."""

    def __init__(
        self,
        layout: Layout,
        public: PublicBox,
        recorder: RecorderLink,
        makers: Makers | None = None,
        look_s: float = _LOOK_S,
    ) -> None:
        self.cache = LaneCache(layout)
        self._ground = Ground(
            layout, public, self.cache, makers or Makers(), recorder.is_recording, look_s
        )
        self._lock = threading.Lock()
        self._job: Job | None = None
        self._before: Job | None = None

    def begin(self, desk: Desk) -> Job:
        """Make what is missing of every film that this desk may open, until the box is locked."""
        with self._lock:
            if self._job is not None and not self._job.is_over:
                self._job.desks[desk.me.id] = desk
            else:
                self._job = Job(self._ground, desk, self._job or self._before)
                self._before = None
                self._job.start()
            return self._job

    def standing(self, desk: Desk, manifest: Manifest) -> Standing:
        """Tell how far a film's lanes are; it is made before others from now on.

        Raises NotSharedError, CaseGoneError, LockedError, OSError.
        """
        identities = desk.film_identities(manifest)
        if manifest.life is Life.RECORDING:
            return Standing(State.WAITING, why=STILL_FILMED)
        film_bytes = self.cache.film_bytes(manifest.recording)
        lanes = self.cache.get(manifest.recording, film_bytes, identities)
        if lanes is not None:
            return Standing(State.READY, 1.0, lanes.why, lanes)
        return self.begin(desk).standing(manifest.recording, film_bytes)

    def erase(self, recording: str) -> None:
        """Leave a recording, and take its lanes off the card. Raises OSError."""
        with self._lock:
            job = self._job
        if job is not None:
            job.drop(recording)
        self.cache.erase(recording)

    def forget(self) -> None:
        """Stop at once and forget every film: the box was locked, or somebody left."""
        with self._lock:
            job, self._job = self._job, None
            self._before = job or self._before
        if job is not None:
            job.stop()
        self.cache.forget()
