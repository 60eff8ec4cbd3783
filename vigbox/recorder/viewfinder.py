"""The live picture for aiming the camera: the latest one alone, in memory, while somebody looks.

A view is a lease of 10 s, given for a grant and renewed by another one. A lease and not a held
connection, because only an unlocked web can sign: once it is locked, hangs or is broken into, the
camera closes by itself. Whoever looked last closes it.

Pictures are made in a thread of their own that the film never waits for. While a film is made they
come from the same camera's small stream; in a privacy pause they are black.
"""

import logging
import secrets
import threading
import time
from collections import deque
from typing import Final

from vigbox.devices.level import Level
from vigbox.errors import VigboxError
from vigbox.model import NS
from vigbox.recorder.glimpse import SILENT, Glimpse, black_jpeg, jpeg_of, loudest
from vigbox.recorder.lent import LentCamera, LentMicrophone
from vigbox.recorder.recording import Devices

_log = logging.getLogger(__name__)

LEASE_NS: Final = 10 * NS
FIRST_NS: Final = 5 * NS
"""A camera that shows nothing for so long is closed."""

_STEP_S: Final = 0.05
_STEPS: Final = 4
_MOST_VIEWS: Final = 4


class NoViewError(VigboxError):
    """There is no live picture; the text says why."""


class Viewfinder:
    """Lends ``devices`` to films and looks through them in between and beside."""

    def __init__(self, devices: Devices, lease_ns: int = LEASE_NS) -> None:
        self._camera = LentCamera(devices.camera, self._go_black, self.close)
        self._microphone = LentMicrophone(devices.microphone)
        self.devices = Devices(self._camera, self._microphone)
        self._lease_ns = lease_ns
        self._views: dict[str, int] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._latest: Glimpse | None = None
        self._number = 0
        self._seen_ns = 0
        self._levels: deque[Level] = deque(maxlen=_STEPS)
        self._problem = ""

    @property
    def is_open(self) -> bool:
        """Whether somebody sees the room, or is about to."""
        return self._thread is not None

    def open_view(self) -> str:
        """Let somebody who was granted it look for 10 s; gives the word that shows it."""
        view = secrets.token_hex(16)
        with self._changed:
            while len(self._views) >= _MOST_VIEWS:
                del self._views[next(iter(self._views))]
            self._views[view] = time.monotonic_ns() + self._lease_ns
            if self._thread is None:
                self._problem, self._latest, self._seen_ns = "", None, time.monotonic_ns()
                self._thread = threading.Thread(target=self._run, name="viewfinder", daemon=True)
                self._thread.start()
        return view

    def close_view(self, view: str) -> None:
        """Look no longer."""
        with self._changed:
            self._views.pop(view, None)
            self._changed.notify_all()

    def hide(self, *, is_hidden: bool) -> None:
        """Be black in a privacy pause, also where no film is made that could be; never waits."""
        self._camera.hide(is_hidden=is_hidden)

    def close(self) -> None:
        """Let nobody look any longer, as at the end of a film; returns at once."""
        with self._changed:
            self._views.clear()
            self._latest = None
            self._changed.notify_all()

    def join(self) -> None:
        """Close, and wait until the camera is."""
        self.close()
        thread = self._thread
        if thread is not None:
            thread.join()

    def next(self, view: str, after: int, timeout_s: float) -> Glimpse:
        """Give the latest picture, once there is another than number ``after``.

        Raises :class:`NoViewError` when the lease is over or no picture comes.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._is_told(view, after), timeout_s)
            if not self._is_leased(view):
                raise NoViewError(self._problem or "Looking is over. Open it again from the page.")
            if self._latest is None:
                raise NoViewError("No picture yet.")
            return self._latest

    def _is_told(self, view: str, after: int) -> bool:
        is_new = self._latest is not None and self._latest.number != after
        return is_new or not self._is_leased(view)

    def _is_leased(self, view: str) -> bool:
        return self._views.get(view, 0) > time.monotonic_ns()

    def _is_wanted(self) -> bool:
        return any(self._is_leased(each) for each in self._views)

    def _run(self) -> None:
        while True:
            try:
                self._look_on()
            except Exception as error:  # noqa: BLE001  # a film must not end with it
                self._problem = str(error) if isinstance(error, VigboxError) else _BROKEN
                _log.exception("the live picture ended")
                self.close()
            self._microphone.unwatch()
            self._camera.unwatch()
            with self._changed:
                self._latest = None
                self._changed.notify_all()
                if not self._is_wanted():
                    self._views.clear()
                    self._thread = None
                    return

    def _look_on(self) -> None:
        step = 0
        while True:
            with self._changed:
                self._changed.wait_for(lambda: not self._is_wanted(), _STEP_S)
                if not self._is_wanted():
                    return
            self._camera.watch()
            if not self._camera.is_filming:
                self._microphone.watch()
            self._levels.append(self._microphone.level())
            step += 1
            if step % _STEPS == 0:
                self._see()

    def _see(self) -> None:
        frame = self._camera.look()
        if self._camera.is_blank:
            self._go_black()
        elif frame is not None:
            self._show(jpeg_of(frame))
        elif time.monotonic_ns() - self._seen_ns > FIRST_NS:
            raise NoViewError("The camera gives no picture. Check its cable, then look again.")

    def _show(self, jpeg: bytes) -> None:
        with self._changed:
            # a pause may have begun while it was made
            if not self._camera.is_blank:
                self._publish(Glimpse(jpeg, loudest(self._levels), self._number + 1))

    def _go_black(self) -> None:
        if self._thread is None:
            return
        width, height = self._camera.size
        jpeg = black_jpeg((width // 4, height // 4))
        with self._changed:
            if self._camera.is_blank:
                self._levels.clear()
                self._publish(Glimpse(jpeg, SILENT, self._number + 1, is_black=True))

    def _publish(self, glimpse: Glimpse) -> None:
        self._latest, self._number = glimpse, glimpse.number
        self._seen_ns = time.monotonic_ns()
        self._changed.notify_all()


_BROKEN: Final = "The live picture broke. Look again; a film that is being made goes on."
