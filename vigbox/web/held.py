"""The held button: it proves that somebody is beside the box, for more tries or for pairing."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from vigbox.model import NS

_ASKING_NS: Final = 5 * NS


class HeldButton:
    """Tells a hold that came while a page was asking from one of before. For many threads."""

    def __init__(self, monotonic_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self._monotonic_ns = monotonic_ns
        self._lock = threading.Lock()
        self._asked_ns: int | None = None
        self._holds = 0

    def was_held(self, holds: int) -> bool:
        """Tell whether a hold was added since the page began to ask, every second or so.

        ``holds`` is how many the recorder has seen. Each hold counts once.
        """
        now_ns = self._monotonic_ns()
        with self._lock:
            begins = self._asked_ns is None or now_ns - self._asked_ns > _ASKING_NS
            self._asked_ns = now_ns
            is_new = not begins and holds > self._holds
            self._holds = holds
            return is_new


class PairingHold:
    """A hold that asks for pairing, which is answered once. For many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken = -1

    def is_asked(self, status: Mapping[str, Any]) -> bool:
        """Tell whether the recorder saw a hold in the last two minutes that is not yet taken."""
        return bool(status.get("pairing_asked")) and int(status.get("holds", 0)) != self._taken

    def take(self, status: Mapping[str, Any]) -> bool:
        """Take that hold; tells whether there was one."""
        with self._lock:
            is_asked = self.is_asked(status)
            if is_asked:
                self._taken = int(status.get("holds", 0))
            return is_asked
