"""What is known of whether there is a camera, without opening it.

It is learned from every try, and from looks in the background: until the first of them is over
nobody knows, and while there is none it is looked again. What a camera refused with although it
is listed, no look can tell to be over; that stays until it gave a film its pictures.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import Final

from vigbox.devices.camera import AbsentError, CameraError
from vigbox.model import NS

EVERY_NS: Final = 30 * NS
"""Where there is no camera it is looked for so often, and oftener at first: at the start of a
computer the kernel may find it late."""

_FIRST_NS: Final = NS // 2
"""A service that is asked says that it is ready before a look loads a library for seconds."""


class Sight:
    """Remembers the last try or look. ``look`` raises :class:`CameraError` when there is none.

    It is called in a thread of its own, and never while :meth:`trying`; ``is_free`` tells, at once,
    whether it may be then, which it may not while the camera is open or hangs.
    """

    def __init__(self, look: Callable[[], object], is_free: Callable[[], bool]) -> None:
        self._look = look
        self._is_free = is_free
        self._in_use = threading.Lock()
        self._problem: str | None = None
        self._needs_film = False
        self._due_ns: int | None = None
        self._wait_ns = NS

    def problem(self) -> str | None:
        """Say what is wrong, nothing, or None while nobody knows; begins a look that is due."""
        now_ns = time.monotonic_ns()
        if self._due_ns is None:
            self._due_ns = now_ns + _FIRST_NS
        is_known = self._problem == "" or self._needs_film
        is_free = self._is_free() and not self._in_use.locked()
        if not is_known and is_free and now_ns >= self._due_ns:
            self._due_ns = now_ns + self._wait_ns
            self._wait_ns = min(2 * self._wait_ns, EVERY_NS)
            looking = threading.Thread(target=self._look_now, name="camera-look", daemon=True)
            with contextlib.suppress(RuntimeError):  # no thread can be had: the next one may be
                looking.start()
        return self._problem

    @contextlib.contextmanager
    def trying(self) -> Iterator[None]:
        """Open the camera within this: nobody looks meanwhile, and a refusal is remembered."""
        with self._in_use:
            try:
                yield
            except CameraError as error:
                self.refused(error)
                raise

    def refused(self, error: CameraError) -> None:
        """Remember why there is no film; that it hangs as well makes no camera well."""
        self._problem = str(error)
        self._needs_film = self._needs_film or not isinstance(error, AbsentError)

    def saw(self) -> None:
        """Remember that it is there and films."""
        self._problem, self._needs_film = "", False

    def _look_now(self) -> None:
        if not self._in_use.acquire(blocking=False):
            return
        try:
            if self._is_free():
                self._look()
                self.saw()
        except CameraError as error:
            self.refused(error)
        finally:
            self._in_use.release()
