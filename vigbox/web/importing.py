"""Prepares films from elsewhere, one at a time, at lowest priority, never while the box records.

What is held meanwhile are the keys of that one upload's parts: the box may be locked, and the
film is prepared to its end. After a restart an unlock begins it again.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from vigbox.casework import audit, imports
from vigbox.casework.desk import Desk
from vigbox.casework.imports import Import
from vigbox.config import Settings
from vigbox.errors import VigboxError
from vigbox.media.jobs import Walls
from vigbox.media.sandbox import Limits
from vigbox.seal.recipients import parse_recipient
from vigbox.seal.signing import SigningKey
from vigbox.store.layout import Layout
from vigbox.store.uploads import Upload, clear_old
from vigbox.web.arriving import discard
from vigbox.web.preparing import Ground, Preparation
from vigbox.web.recorder_link import RecorderLink

_log = logging.getLogger(__name__)

KEPT_S: Final = 7 * 24 * 3600
"""An upload that nothing is added to for so long is cleared away."""

_ENDS_S: Final = 60.0
"""A reader that was killed is over by then, unless the kernel holds it."""

_GONE: Final = "Nothing was added to it for a week, so it was cleared away. Add it again."


class StillReadError(VigboxError):
    """A film is still being read although it was let be; what lies of it goes later."""


class Importing:
    """The uploads' other half. Any thread may call any method."""

    def __init__(
        self,
        layout: Layout,
        settings: Settings,
        key: SigningKey,
        recorder: RecorderLink,
        *,
        limits: Limits | None = None,
        walls: Walls | None = None,
        wall_s: Callable[[], float] = time.time,
    ) -> None:
        self._layout = layout
        self._ground = Ground(layout, settings, key, recorder, limits, walls)
        self._wall_s = wall_s
        self.ends_s = _ENDS_S
        """How long the end of a reader that was killed is waited for."""
        self._lock = threading.Lock()
        self._adding = threading.Lock()
        self._jobs: deque[Preparation] = deque()
        self._is_working = False
        self._outcomes: dict[str, tuple[str, str]] = {}
        layout.imported.recordings.mkdir(mode=0o700, exist_ok=True)  # a box from before there was
        clear_old(layout, wall_s() - KEPT_S)

    def upload(self, wish: Import) -> Upload:
        """Give the upload of an import."""
        return Upload(self._layout, wish.id, wish.size_bytes)

    def add(self, wish: Import, offset: int, data: bytes) -> None:
        """Keep a part, sealed, for good. Raises MisplacedPartError, RecipientError, OSError.

        One at a time: the same part sent twice at once would be written by both into one file.
        """
        with self._adding:
            self.upload(wish).add(offset, data, [parse_recipient(wish.recipient)])

    def begin(self, desk: Desk, wish: Import) -> None:
        """Prepare an import whose bytes are all here, unless it is under way.

        Raises NotSharedError, SealError, LockedError, OSError.
        """
        with self._lock:
            if any(each.wish.id == wish.id for each in self._jobs) or wish.id in self._outcomes:
                return
        job = Preparation(
            self._ground, wish, self.upload(wish).reader(desk.case_identities(wish.case))
        )
        with self._lock:
            if any(each.wish.id == wish.id for each in self._jobs):
                return
            self._jobs.append(job)
            if not self._is_working:
                self._is_working = True
                threading.Thread(target=self._work, name="importing", daemon=True).start()

    def go_on(self, desk: Desk) -> None:
        """Take up, after an unlock, what a restart left; clear away what nobody went on with."""
        with self._lock:
            busy = {each.wish.id for each in self._jobs}
        clear_old(self._layout, self._wall_s() - KEPT_S, busy)
        # the folder before the papers: what is begun meanwhile stands in them before it lies here
        lying = list(self._layout.imported.recordings.iterdir())
        with desk.session() as session:
            self.settle(session)
            found = list(imports.every(session))
        self._sweep(lying, {each.id for each in found})
        for wish in found:
            if wish.state != "preparing":
                continue
            try:
                self.begin(desk, wish)
            except (VigboxError, OSError) as error:
                _log.warning("import %s is not prepared yet: %s", wish.id, error)

    def settle(self, session: Session) -> None:
        """Write down what became of imports meanwhile."""
        with self._lock:
            outcomes, self._outcomes = self._outcomes, {}
            busy = {each.wish.id for each in self._jobs}
        for wish in imports.every(session):
            if wish.state in ("uploading", "preparing") and wish.id not in busy:
                self._settle(session, wish, outcomes.get(wish.id))

    def _settle(self, session: Session, wish: Import, outcome: tuple[str, str] | None) -> None:
        if outcome is None and self._layout.imported.manifest(wish.id).exists():
            outcome = ("ready", "")
        if outcome is None and wish.state == "preparing" and not self.upload(wish).offset:
            outcome = ("failed", _GONE)
        if outcome is None:
            if self._is_forgotten(wish):
                imports.forget(session, wish.id)
            return
        imports.keep(session, wish.now(*outcome))
        audit.note(session, f"import {outcome[0]}", wish.id, wish.case)
        self.upload(wish).remove()

    def _is_forgotten(self, wish: Import) -> bool:
        """Tell whether an upload was begun long ago and nothing of it is here."""
        begun_s = datetime.fromisoformat(wish.begun_at).timestamp()
        is_old = self._wall_s() - begun_s > KEPT_S
        return wish.state == "uploading" and is_old and not self.upload(wish).offset

    def under_way(self, name: str) -> dict[str, object] | None:
        """Tell how far a film is being prepared, without the database; None when it is not."""
        with self._lock:
            for job in self._jobs:
                if job.wish.id == name:
                    why = "The box is recording; this goes on afterwards." if job.is_waiting else ""
                    return {"state": "preparing", "progress": job.progress, "why": why}
        return None

    def erase(self, name: str) -> None:
        """Take away all there is of an import: upload, work and recording.

        Raises OSError, and :class:`StillReadError` when its reader does not end; nothing was taken
        away then.
        """
        with self._lock:
            job = next((each for each in self._jobs if each.wish.id == name), None)
            if job is not None and job is not self._jobs[0]:
                self._jobs.remove(job)
                job = None
        if job is not None:
            job.cancel()
            if not job.over.wait(self.ends_s):
                raise StillReadError(
                    "The reader of this film does not end. What is left of it is erased after the "
                    "next unlock; if it stays, switch the box off and on."
                )
        with self._lock:
            self._outcomes.pop(name, None)
        Upload(self._layout, name, 0).remove()
        discard(self._layout, name)

    def _sweep(self, lying: Iterable[Path], known: set[str]) -> None:
        """Take away what no import speaks of, and what was half made when the power went."""
        for path in lying:
            with self._lock:  # so that no film is begun between the look and the deed
                if path.name.partition(".")[0] not in {each.wish.id for each in self._jobs}:
                    self._sweep_one(path, known)

    def _sweep_one(self, path: Path, known: set[str]) -> None:
        name = path.name.partition(".")[0]
        if path.is_dir():
            if name not in known:
                Upload(self._layout, name, 0).remove()
        elif not self._layout.imported.manifest(name).exists():
            path.unlink(missing_ok=True)

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._jobs:
                    self._is_working = False
                    return
                job = self._jobs[0]
            outcome = job.run()
            with self._lock:
                self._jobs.popleft()
                if outcome is not None:
                    self._outcomes[job.wish.id] = outcome
            job.over.set()
