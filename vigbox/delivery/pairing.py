"""The box's pairing window: one code, two minutes, three tries, one machine."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from vigbox.delivery.handshake import Ask, Handshake, WrongCodeError, new_code
from vigbox.errors import VigboxError
from vigbox.model import NS

OPEN_NS: Final = 120 * NS
MOST_FAILURES: Final = 3


class PairingClosedError(VigboxError):
    """No pairing window is open."""


@dataclass(slots=True)
class _Window:
    code: str
    until_ns: int
    failures: int = 0


class PairingWindow:
    """Closed at first; ``clock`` gives nanoseconds that never run backwards."""

    def __init__(self, clock: Callable[[], int] = time.monotonic_ns) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._window: _Window | None = None

    def open(self) -> str:
        """Open the window, or a new one in place of the old; gives the code to show."""
        with self._lock:
            self._window = _Window(new_code(), self._clock() + OPEN_NS)
            return self._window.code

    def close(self) -> None:
        """Forget the code."""
        with self._lock:
            self._window = None

    @property
    def left_ns(self) -> int:
        """How long the window stays open; 0 when it is closed."""
        with self._lock:
            window = self._current()
            return window.until_ns - self._clock() if window else 0

    @property
    def is_open(self) -> bool:
        """Whether a machine may pair now."""
        return self.left_ns > 0

    def claim(self, ask: Ask) -> Handshake:
        """Check a machine's proof; the window closes with it, and the answer's mac is made by it.

        Raises :class:`PairingClosedError`, or :class:`~vigbox.delivery.handshake.WrongCodeError`,
        the third of which closes the window.
        """
        with self._lock:
            window = self._current()
            if window is None:
                raise PairingClosedError(
                    "the box's pairing window is closed; open it on the box and type the code "
                    "it shows within two minutes"
                )
            handshake = Handshake(window.code, ask.nonce)
            self._try(window, handshake, ask)
            return handshake

    def _try(self, window: _Window, handshake: Handshake, ask: Ask) -> None:
        try:
            handshake.check(ask)
        except WrongCodeError:
            window.failures += 1
            if window.failures >= MOST_FAILURES:
                self._window = None
            raise
        self._window = None

    def _current(self) -> _Window | None:
        if self._window is not None and self._clock() >= self._window.until_ns:
            self._window = None
        return self._window
