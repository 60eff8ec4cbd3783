"""Prepares films from elsewhere, one at a time, at lowest priority, never while the box records.

What is held meanwhile are the keys of that one upload's parts: the box may be locked, and the
film is prepared to its end. After a restart an unlock begins it again.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from vigbox.casework import audit, imports
from vigbox.casework.desk import Desk
from vigbox.casework.imports import Import
from vigbox.config import Settings
from vigbox.errors import VigboxError
from vigbox.media.sandbox import Conversion, Limits, Order
from vigbox.media.sniff import HEAD_BYTES, demuxer_of
from vigbox.media.wire import End, Picture, Shape
from vigbox.seal.signing import SigningKey
from vigbox.store.layout import Layout
from vigbox.store.uploads import Upload, UploadReader, clear_old
from vigbox.web.arriving import Arriving, discard
from vigbox.web.recorder_link import RecorderLink
from vigbox.web.words import clock

_log = logging.getLogger(__name__)

KEPT_S: Final = 7 * 24 * 3600
"""An upload that nothing is added to for so long is cleared away."""

_LOOK_S: Final = 1.0
_MS: Final = 1_000_000
_PICTURES_PER_SECOND: Final = 30
"""As many as a phone takes; more are thinned."""

_GONE: Final = "Nothing was added to it for a week, so it was cleared away. Add it again."


class CancelledError(VigboxError):
    """Somebody does not want the film any more."""


@dataclass(slots=True)
class _Job:
    wish: Import
    reader: UploadReader
    conversion: Conversion | None = None
    cancelled: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)
    told_ms: int = 0
    length_ns: int = 0
    is_waiting: bool = False

    def cancel(self) -> None:
        """End the work at once."""
        self.cancelled.set()
        if self.conversion is not None:
            self.conversion.kill()

    @property
    def progress(self) -> float:
        """How far it is, from 0 to 1."""
        whole_ns = self.told_ms * _MS
        return min(0.99, self.length_ns / whole_ns) if whole_ns else 0.0


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
        wall_s: Callable[[], float] = time.time,
    ) -> None:
        self._layout = layout
        self._settings = settings
        self._key = key
        self._recorder = recorder
        self._limits = limits
        self._wall_s = wall_s
        self._lock = threading.Lock()
        self._jobs: deque[_Job] = deque()
        self._is_working = False
        self._outcomes: dict[str, tuple[str, str]] = {}
        clear_old(layout, wall_s() - KEPT_S)

    def upload(self, wish: Import) -> Upload:
        """Give the upload of an import."""
        return Upload(self._layout, wish.id, wish.size_bytes)

    def begin(self, desk: Desk, wish: Import) -> None:
        """Prepare an import whose bytes are all here, unless it is under way.

        Raises NotSharedError, SealError, LockedError, OSError.
        """
        with self._lock:
            if any(each.wish.id == wish.id for each in self._jobs) or wish.id in self._outcomes:
                return
        job = _Job(wish, self.upload(wish).reader(desk.case_identities(wish.case)))
        with self._lock:
            if any(each.wish.id == wish.id for each in self._jobs):
                return
            self._jobs.append(job)
            if not self._is_working:
                self._is_working = True
                threading.Thread(target=self._work, name="importing", daemon=True).start()

    def go_on(self, desk: Desk) -> None:
        """Take up, after an unlock, what a restart left; clear away what nobody went on with."""
        clear_old(self._layout, self._wall_s() - KEPT_S)
        with desk.session() as session:
            self.settle(session)
            found = list(imports.every(session))
        self._sweep({each.id for each in found})
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
        audit.note(session, f"import {outcome[0]}", wish.id)
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
        """Take away all there is of an import: upload, work and recording. Raises OSError."""
        with self._lock:
            job = next((each for each in self._jobs if each.wish.id == name), None)
            if job is not None and job is not self._jobs[0]:
                self._jobs.remove(job)
                job = None
        if job is not None:
            job.cancel()
            job.over.wait()
        with self._lock:
            self._outcomes.pop(name, None)
        Upload(self._layout, name, 0).remove()
        discard(self._layout, name)

    def _sweep(self, known: set[str]) -> None:
        """Take away what no import speaks of, and what was half made when the power went."""
        place = self._layout.imported
        with self._lock:
            busy = {each.wish.id for each in self._jobs}
        for path in list(place.recordings.iterdir()):
            name = path.name.partition(".")[0]
            if name in busy:
                continue
            if path.is_dir() and name not in known:
                Upload(self._layout, name, 0).remove()
            elif not path.is_dir() and not place.manifest(name).exists():
                path.unlink(missing_ok=True)

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._jobs:
                    self._is_working = False
                    return
                job = self._jobs[0]
            outcome = self._outcome(job)
            with self._lock:
                self._jobs.popleft()
                if outcome is not None:
                    self._outcomes[job.wish.id] = outcome
            job.over.set()

    def _outcome(self, job: _Job) -> tuple[str, str] | None:
        try:
            return "ready", self._prepare(job)
        except VigboxError as error:
            return None if job.cancelled.is_set() else ("failed", str(error))
        except OSError as error:
            return "failed", f"The card failed: {error.strerror}. Nothing else was changed."

    def _prepare(self, job: _Job) -> str:
        """Make the recording; gives what is to be told of it. Raises VigboxError, OSError."""
        settings = self._settings
        order = Order(
            demuxer=demuxer_of(job.reader.read_at(0, HEAD_BYTES)),
            size=job.reader.size,
            bits_per_second=settings.bits_per_second,
            pictures_per_second=_PICTURES_PER_SECOND,
            longest_s=settings.longest_recording_minutes * 60,
        )
        arriving = Arriving(self._layout, settings, job.wish)
        try:
            end = self._convert(job, order, arriving)
            arriving.finish(self._key)
        except BaseException:
            arriving.abandon()
            raise
        self.upload(job.wish).remove()
        return _told(job) if end.is_cut else ""

    def _convert(self, job: _Job, order: Order, arriving: Arriving) -> End:
        with Conversion(
            order, job.reader.read_at, limits=self._limits, when_asked=lambda: self._wait_turn(job)
        ) as conversion:
            job.conversion = conversion
            for part in conversion:
                if isinstance(part, End):
                    return part
                arriving.take(part)
                if isinstance(part, Shape):
                    job.told_ms = part.told_ms
                if isinstance(part, Picture):
                    job.length_ns = arriving.length_ns
        raise CancelledError("the film ended without its end")

    def _wait_turn(self, job: _Job) -> None:
        """Let the recorder have the board for itself. Raises :class:`CancelledError`."""
        while self._is_recording():
            job.is_waiting = True
            if job.cancelled.wait(_LOOK_S):
                break
        job.is_waiting = False
        if job.cancelled.is_set():
            raise CancelledError("the import was cancelled")

    def _is_recording(self) -> bool:
        try:
            return bool(self._recorder.ask(do="status").get("recording"))
        except VigboxError:
            return False


def _told(job: _Job) -> str:
    return (
        f"The file was cut off: {clock(job.length_ns)} of {clock(job.told_ms * _MS)} were in it, "
        "and are here."
    )
