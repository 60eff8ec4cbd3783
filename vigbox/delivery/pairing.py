"""The box's pairing window: one code, two minutes, three tries, one machine.

A try is two messages (``handshake``): :meth:`PairingWindow.begin` gives the box's element, and
:meth:`PairingWindow.prove` takes the machine's proof. What is begun and never proved tells its
sender nothing about the code, so only proofs are counted.
"""

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

from vigbox.delivery.certificates import key_of_request
from vigbox.delivery.handshake import (
    BoxSide,
    Confirmation,
    Hello,
    Proof,
    Reply,
    WrongCodeError,
    new_code,
)
from vigbox.errors import VigboxError
from vigbox.model import NS

OPEN_NS: Final = 120 * NS
MOST_FAILURES: Final = 3
_MOST_RUNS: Final = 8
"""So many tries may be under way; the oldest is forgotten for the next."""


class PairingClosedError(VigboxError):
    """No pairing window is open."""


class Issuer(Protocol):
    """The box's certificate authority, for as long as the window is open."""

    @property
    def box_key(self) -> bytes:
        """The public key in the box's TLS certificate (SubjectPublicKeyInfo, DER)."""

    @property
    def authority(self) -> str:
        """The authority's own certificate, PEM."""

    @property
    def box_name(self) -> str:
        """The box's own name, which is in its certificate."""

    def issue(self, key: bytes, machine_id: str) -> str:
        """Give a machine's certificate for its public key, PEM."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A machine that knows the code: its public key, and what the answer is made with."""

    key: bytes
    issuer: Issuer
    confirmation: Confirmation


@dataclass(slots=True)
class _Window:
    code: str
    until_ns: int
    issuer: Issuer
    failures: int = 0
    runs: dict[str, tuple[bytes, Confirmation]] = field(default_factory=dict)


class PairingWindow:
    """Closed at first; ``clock`` gives nanoseconds that never run backwards."""

    def __init__(self, clock: Callable[[], int] = time.monotonic_ns) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._window: _Window | None = None

    def open(self, issuer: Issuer) -> str:
        """Open the window, or a new one in place of the old; gives the code to show."""
        with self._lock:
            self._window = _Window(new_code(), self._clock() + OPEN_NS, issuer)
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

    def begin(self, hello: Hello) -> Reply:
        """Answer a machine's element.

        Raises :class:`PairingClosedError`, HandshakeError, CertificateError for a bad request.
        """
        machine_key = key_of_request(hello.request)
        with self._lock:
            window = self._opened()
            side = BoxSide(window.code, machine_key, window.issuer.box_key)
            confirmation = side.finish(hello.element)
            run = secrets.token_hex(16)
            window.runs[run] = machine_key, confirmation
            while len(window.runs) > _MOST_RUNS:
                del window.runs[next(iter(window.runs))]
            return Reply(run, side.element)

    def prove(self, proof: Proof) -> Claim:
        """Check a machine's proof; the window closes with it.

        Raises :class:`PairingClosedError`, also for a try that is forgotten, or
        :class:`~vigbox.delivery.handshake.WrongCodeError`, the third of which closes the window.
        """
        with self._lock:
            window = self._opened()
            if proof.run not in window.runs:
                raise PairingClosedError("that try to pair is over; run vigbox pair again")
            key, confirmation = window.runs.pop(proof.run)
            self._try(window, confirmation, proof)
            return Claim(key, window.issuer, confirmation)

    def _try(self, window: _Window, confirmation: Confirmation, proof: Proof) -> None:
        try:
            confirmation.check(proof)
        except WrongCodeError:
            window.failures += 1
            if window.failures >= MOST_FAILURES:
                self._window = None
            raise
        self._window = None

    def _opened(self) -> _Window:
        window = self._current()
        if window is None:
            raise PairingClosedError(
                "the box's pairing window is closed; hold the box's button for 5 seconds and type "
                "the code that the tablet shows within two minutes"
            )
        return window

    def _current(self) -> _Window | None:
        if self._window is not None and self._clock() >= self._window.until_ns:
            self._window = None
        return self._window
