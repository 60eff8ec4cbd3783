"""The door: locked, or unlocked by a practitioner, for the browsers that unlocked it."""

import hmac
import secrets
import threading
import time
from collections.abc import Callable
from typing import Final

from vigbox.casework.desk import Desk
from vigbox.config import Settings
from vigbox.model import NS
from vigbox.seal.errors import LockedError, WrongPassphraseError
from vigbox.seal.keyring import Keyring
from vigbox.store.layout import Layout

_LOOK_S: Final = 5.0


class Door:
    """Holds the one keyring and the desk behind it. All methods may be called from any thread."""

    def __init__(
        self,
        layout: Layout,
        settings: Settings,
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
        when_locked: Callable[[], None] = lambda: None,
    ) -> None:
        self._layout = layout
        self._keyring = Keyring(
            idle_ns=settings.lock_idle_minutes * 60 * NS,
            absolute_ns=settings.lock_absolute_minutes * 60 * NS,
            monotonic_ns=monotonic_ns,
        )
        self._when_locked = when_locked
        self._desk: Desk | None = None
        self._tokens: set[str] = set()
        self._lock = threading.RLock()
        self._over = threading.Event()

    def unlock(self, passphrase: str) -> str:
        """Unlock with a practitioner's passphrase; gives the token of this browser.

        Raises :class:`~vigbox.seal.errors.WrongPassphraseError`.
        """
        with self._lock:
            self._close_if_due()
            self._try_each(passphrase.strip().lower())
            if self._desk is None:
                self._desk = Desk(self._layout, self._keyring)
                threading.Thread(target=self._watch, name="door", daemon=True).start()
            token = secrets.token_urlsafe(32)
            self._tokens.add(token)
            return token

    def lock(self) -> None:
        """Lock for everybody: the keys are wiped, the database is closed."""
        with self._lock:
            self._keyring.lock()
            self._tokens.clear()
            if self._desk is not None:
                self._desk.close()
                self._desk = None
            self._when_locked()

    def is_open_to(self, token: str | None) -> bool:
        """Tell whether this browser may see the desk; locks when the time is over."""
        with self._lock:
            self._close_if_due()
            known = (hmac.compare_digest(each, token or "") for each in self._tokens)
            return self._desk is not None and any([*known])

    def desk(self) -> Desk:
        """Give the desk; what is done at it keeps the door open.

        Raises :class:`~vigbox.seal.errors.LockedError`.
        """
        with self._lock:
            self._close_if_due()
            if self._desk is None:
                raise LockedError("the box is locked. Unlock it with your passphrase.")
            self._keyring.touch()
            return self._desk

    def _try_each(self, passphrase: str) -> None:
        files = sorted(self._layout.practitioners.glob("*.age"))
        for path in files:
            try:
                self._keyring.unlock(path.read_bytes(), passphrase)
            except WrongPassphraseError:
                continue
            return
        raise WrongPassphraseError(
            "That passphrase does not unlock this box. Check each word, then try again."
        )

    def _watch(self) -> None:
        """Lock on time even when nobody asks for anything."""
        while not self._over.wait(_LOOK_S):
            with self._lock:
                self._close_if_due()
                if self._desk is None:
                    return

    def _close_if_due(self) -> None:
        if self._desk is not None and self._keyring.is_locked:
            self.lock()
