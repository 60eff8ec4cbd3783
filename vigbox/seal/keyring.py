"""The keyring: the identities of an unlocked box, in memory only, for a limited time."""

import threading
import time
from collections.abc import Callable
from typing import Final

from vigbox.model import NS
from vigbox.seal.errors import LockedError
from vigbox.seal.identities import SecretIdentity, parse_identities
from vigbox.seal.opening import open_bytes
from vigbox.seal.passphrases import WORK_FACTOR, ScryptIdentity

__all__ = ["Keyring", "LockedError"]

IDLE_NS: Final = 600 * NS
ABSOLUTE_NS: Final = 4 * 3600 * NS


class Keyring:
    """Holds identities until it is locked: by hand, after idleness, or at the latest in the end.

    Only ``touch`` counts as activity, so that work in the background keeps nothing open. Time is
    judged at each access; whoever holds a keyring looks at ``is_locked`` now and then. All
    methods may be called from any thread.

    What is wiped in place: the secrets of the identities held. What Python gives no way to wipe,
    and is overwritten only when its memory is used again: the passphrase and an identity file's
    text (``str`` and ``bytes`` never change), keys derived on the way, and what was opened. Of
    a secret that the cipher library copied we only drop our hold; OpenSSL clears it on freeing.
    So the process itself is kept off every disk (``web/memory``), and whoever reads the memory of
    a running box is not defended against.
    """

    def __init__(
        self,
        *,
        idle_ns: int = IDLE_NS,
        absolute_ns: int = ABSOLUTE_NS,
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._idle_ns = idle_ns
        self._absolute_ns = absolute_ns
        self._monotonic_ns = monotonic_ns
        self._identities: tuple[SecretIdentity, ...] = ()
        self._idle_since_ns = self._unlocked_ns = 0
        self._lock = threading.RLock()

    def unlock(self, identity_file: bytes, passphrase: str) -> None:
        """Open an identity file with its passphrase and hold what it has beside what is held.

        Both clocks begin anew. Raises :class:`~vigbox.seal.errors.WrongPassphraseError` (nothing
        changes then), and what ``open_bytes`` and ``parse_identities`` raise.
        """
        # outside of the lock: stretching a passphrase takes a second or more
        text = open_bytes(identity_file, [ScryptIdentity(passphrase, WORK_FACTOR)])
        self.hold(*parse_identities(text.decode("utf-8", "replace")))

    def hold(self, *found: SecretIdentity) -> None:
        """Hold identities beside what is held; both clocks begin anew."""
        with self._lock:
            self._lock_if_due()
            held = {each.recipient: each for each in self._identities}
            for each in found:
                if held.setdefault(each.recipient, each) is not each:
                    each.wipe()
            self._identities = tuple(held.values())
            self._idle_since_ns = self._unlocked_ns = self._monotonic_ns()

    def lock(self) -> None:
        """Wipe every identity. Again does nothing."""
        with self._lock:
            for each in self._identities:
                each.wipe()
            self._identities = ()

    @property
    def is_locked(self) -> bool:
        """Whether nothing is held; locks when the time is over."""
        with self._lock:
            self._lock_if_due()
            return not self._identities

    @property
    def identities(self) -> tuple[SecretIdentity, ...]:
        """The identities held; they are wiped in place when it locks. Raises LockedError."""
        with self._lock:
            if self.is_locked:
                raise LockedError("the box is locked. Unlock it with your passphrase.")
            return self._identities

    def open(self, sealed: bytes) -> bytes:
        """Open an age file with what is held. Raises LockedError, and as ``open_bytes``."""
        return open_bytes(sealed, self.identities)

    def touch(self) -> None:
        """Note that somebody is at work. Raises :class:`LockedError`."""
        with self._lock:
            if self.identities:
                self._idle_since_ns = self._monotonic_ns()

    def _lock_if_due(self) -> None:
        now_ns = self._monotonic_ns()
        is_idle = now_ns - self._idle_since_ns >= self._idle_ns
        if is_idle or now_ns - self._unlocked_ns >= self._absolute_ns:
            self.lock()
