"""Stages: what a client screen shows now, and which browsers are client screens.

A stage belongs to one shared review and to the browser token of the practitioner who opened it:
when the door locks for that token the stage is gone. A seat is a browser that may reach the screen
of one review and nothing else; it holds no token of the door, so that nothing can be had from it.
All of this is in memory only.
"""

import hmac
import secrets
import threading
import time
from collections.abc import Callable
from typing import Final

from vigbox.model import NS
from vigbox.web.stage import Seat, Stage, StageError, WrongPinError

_CODE_NS: Final = 15 * 60 * NS
_SEEN_NS: Final = 6 * NS
_SHORTEST_PIN, _LONGEST_PIN = 4, 8


class Stages:
    """All stages, seats and codes of a box. Any thread may call any method."""

    def __init__(
        self,
        is_open: Callable[[str], bool],
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._is_open = is_open
        self._monotonic_ns = monotonic_ns
        self._stages: dict[str, Stage] = {}
        self._seats: dict[str, Seat] = {}
        self._codes: dict[str, tuple[str, int]] = {}
        self._lock = threading.RLock()

    def open(self, review: str, token: str) -> Stage:
        """Give the stage of a review; from now on it is held by the practitioner's ``token``."""
        with self._lock:
            stage = self.find(review)
            if stage is None:
                stage = self._stages[review] = Stage(review, token)
            stage.token = token
            return stage

    def find(self, review: str) -> Stage | None:
        """Give the stage of a review; None when there is none, or its token was locked out."""
        with self._lock:
            stage = self._stages.get(review)
            if stage is not None and not self._is_open(stage.token):
                self.end(review)
                return None
            return stage

    def code(self, review: str) -> str:
        """Make the one-time code of a second screen; one from before and its screen are over."""
        with self._lock:
            self.close_second(review)
            code = secrets.token_urlsafe(16)
            self._codes[code] = (review, self._monotonic_ns() + _CODE_NS)
            return code

    def is_code(self, code: str) -> bool:
        """Tell whether a code can still be taken."""
        with self._lock:
            review, until_ns = self._codes.get(code, ("", 0))
            return until_ns > self._monotonic_ns() and self.find(review) is not None

    def take(self, code: str) -> Seat:
        """Take the seat of a second screen: the first who comes gets it.

        Raises :class:`StageError`.
        """
        with self._lock:
            if not self.is_code(code):
                raise StageError("This code was used already, or is too old. Ask for a new one.")
            review, _ = self._codes.pop(code)
            return self._sit(review, is_same=False)

    def sit(self, review: str, pin: str = "") -> Seat:
        """Make the practitioner's own tablet a client screen. Raises :class:`StageError`."""
        if pin and not (
            pin.isascii() and pin.isdigit() and _SHORTEST_PIN <= len(pin) <= _LONGEST_PIN
        ):
            raise StageError(f"a way-out code must be {_SHORTEST_PIN} to {_LONGEST_PIN} digits.")
        with self._lock:
            return self._sit(review, is_same=True, pin=pin)

    def seat(self, key: str | None) -> Seat | None:
        """Give a browser's seat; None when it has none any more."""
        with self._lock:
            for known, seat in list(self._seats.items()):
                if hmac.compare_digest(known, key or ""):
                    return seat if self.find(seat.review) else None
            return None

    def see(self, seat: Seat) -> None:
        """Note that a screen asked."""
        seat.seen_ns = self._monotonic_ns()

    def has_screen(self, review: str) -> bool:
        """Tell whether a second screen asked within the last seconds."""
        now_ns = self._monotonic_ns()
        with self._lock:
            return any(
                seat.review == review and seat.seen_ns and now_ns - seat.seen_ns < _SEEN_NS
                for seat in self._seats.values()
                if not seat.is_same
            )

    def leave(self, seat: Seat, pin: str) -> str:
        """Let a tablet out by its way-out code; gives the practitioner's own token back.

        Raises :class:`WrongPinError`; after five wrong ones only the passphrase is left.
        """
        with self._lock:
            seat.tries -= 1
            is_right = bool(seat.pin) and hmac.compare_digest(seat.pin, pin)
            if seat.tries < 0 or not is_right:
                told = "Try again." if seat.tries > 0 else "Use your passphrase."
                raise WrongPinError(f"That is not the way-out code. {told}")
            self.get_up(seat)
            return self._stages[seat.review].token

    def get_up(self, seat: Seat) -> None:
        """End one seat."""
        with self._lock:
            self._seats.pop(seat.key, None)

    def close_second(self, review: str) -> None:
        """End the second screen of a review, and a code that nobody took."""
        with self._lock:
            for key, seat in list(self._seats.items()):
                if seat.review == review and not seat.is_same:
                    del self._seats[key]
            self._codes = {code: each for code, each in self._codes.items() if each[0] != review}

    def end(self, review: str) -> None:
        """End a stage with all its seats and codes."""
        with self._lock:
            self._stages.pop(review, None)
            self.close_second(review)
            self._seats = {key: s for key, s in self._seats.items() if s.review != review}

    def _sit(self, review: str, *, is_same: bool, pin: str = "") -> Seat:
        if self.find(review) is None:
            raise StageError("this shared review is over, or the box was locked.")
        seat = Seat(secrets.token_urlsafe(32), review, is_same, pin)
        seat.seen_ns = self._monotonic_ns()
        self._seats[seat.key] = seat
        return seat
