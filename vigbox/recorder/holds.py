"""Long holds of the button: each is one thing only, three tries for the passphrase or pairing."""

from typing import Final

from vigbox.model import NS

_ASKED_FOR_NS: Final = 5 * NS
"""A page that waits for a hold asks every second or so."""

_PAIRING_NS: Final = 120 * NS


class Holds:
    """Counts holds, and tells which of them ask for pairing. Times on CLOCK_MONOTONIC."""

    def __init__(self) -> None:
        self.count = 0
        self._asked_ns: int | None = None
        self._pairing_ns: int | None = None

    def ask(self, now_ns: int) -> int:
        """Wait for a hold that gives tries; gives how many there were so far."""
        self._asked_ns = now_ns
        return self.count

    def add(self, at_ns: int) -> None:
        """Take a hold: for pairing, unless the unlock page asks for one."""
        self.count += 1
        if self._asked_ns is None or at_ns - self._asked_ns > _ASKED_FOR_NS:
            self._pairing_ns = at_ns

    def is_pairing_asked(self, now_ns: int) -> bool:
        """Tell whether pairing was asked for within the last two minutes."""
        return self._pairing_ns is not None and now_ns - self._pairing_ns < _PAIRING_NS
