"""The door: locked, or unlocked by practitioners, each for the browsers they unlocked it in."""

import hmac
import logging
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from vigbox.casework.database import CaseDatabase
from vigbox.casework.database_key import open_with_key
from vigbox.casework.desk import Desk, NotHereError
from vigbox.config import Settings
from vigbox.errors import VigboxError
from vigbox.model import NS
from vigbox.seal.errors import LockedError, NoMatchError, SealError, WrongPassphraseError
from vigbox.seal.identities import parse_identities
from vigbox.seal.keyring import Keyring
from vigbox.seal.passphrases import first_unknown, plain, word_list
from vigbox.store.guesses import Guesses
from vigbox.store.layout import Layout

_LOOK_S: Final = 5.0

_log = logging.getLogger(__name__)


class WrongSheetError(NoMatchError):
    """What was typed is not this box's recovery sheet."""


@dataclass(slots=True)
class _Inside:
    """One practitioner who unlocked: keys, desk, and the tokens of their browsers."""

    keyring: Keyring
    desk: Desk
    tokens: set[str] = field(default_factory=set)


class Door:
    """Holds every keyring and the database behind them. Any thread may call any method."""

    def __init__(
        self,
        layout: Layout,
        settings: Settings,
        guesses: Guesses,
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
        when_locked: Callable[[], None] = lambda: None,
    ) -> None:
        self._layout = layout
        self._settings = settings
        self._monotonic_ns = monotonic_ns
        self._when_locked = when_locked
        self.guesses = guesses
        self._inside: dict[str, _Inside] = {}
        self._database: CaseDatabase | None = None
        self._lock = threading.RLock()
        self._trying = threading.Lock()
        self._over = threading.Event()

    def unlock(self, passphrase: str) -> str:
        """Unlock with a practitioner's passphrase; gives the token of this browser.

        Raises :class:`~vigbox.seal.errors.WrongPassphraseError`, TooManyGuessesError,
        GuessNotKeptError, NotHereError.
        """
        passphrase = _listed(passphrase)
        with self._trying:  # one at a time: nobody guesses faster with many browsers
            taken = self.guesses.take()
            keyring = self._new_keyring()
            self._try_each(keyring, passphrase)
            self.guesses.succeeded(taken)
        return self._let_in(keyring)

    def check(self, who: str, passphrase: str) -> None:
        """Make sure that somebody knows a practitioner's passphrase; this is a guess as well.

        Raises as :meth:`unlock`.
        """
        passphrase = _listed(passphrase)
        with self._trying:
            taken = self.guesses.take()
            keyring = self._new_keyring()
            keyring.unlock(self._layout.practitioner(who).read_bytes(), passphrase)
            keyring.lock()
            self.guesses.succeeded(taken)

    def recover(self, text: str) -> str:
        """Unlock with the recovery sheet's identity, however it is spaced.

        256 random bits need no counting of guesses. Raises RecipientError for a text that is no
        identity, :class:`WrongSheetError`.
        """
        keyring = self._new_keyring()
        keyring.hold(*parse_identities("".join(text.split()).upper()))
        try:
            return self._let_in(keyring)
        except (NoMatchError, NotHereError) as error:
            raise WrongSheetError("That is not the recovery sheet of this box.") from error

    def lock(self) -> None:
        """Lock for everybody: the keys are wiped, the database is closed."""
        with self._lock:
            for who in list(self._inside):
                self._show_out(who)

    def lock_out(self, who: str) -> None:
        """Lock for one practitioner alone, who was removed."""
        with self._lock:
            for key, inside in list(self._inside.items()):
                if who in (key, inside.desk.me.id):
                    self._show_out(key)

    def is_open_to(self, token: str | None) -> bool:
        """Tell whether this browser may see a desk; locks when the time is over."""
        with self._lock:
            return self._find(token) is not None

    def desk(self, token: str | None, *, is_activity: bool = True) -> Desk:
        """Give the desk of a browser; what is done at it keeps the door open, if it is activity.

        Raises :class:`~vigbox.seal.errors.LockedError`.
        """
        with self._lock:
            inside = self._find(token)
            if inside is None:
                raise LockedError("the box is locked. Unlock it with your passphrase.")
            if is_activity:
                inside.keyring.touch()
            return inside.desk

    def some_desk(self) -> Desk | None:
        """Give the desk of somebody who is inside, for what the box does by itself; no activity.

        None while the box is locked.
        """
        with self._lock:
            self._close_if_due()
            return next((each.desk for each in self._inside.values()), None)

    def _new_keyring(self) -> Keyring:
        return Keyring(
            idle_ns=self._settings.lock_idle_minutes * 60 * NS,
            absolute_ns=self._settings.lock_absolute_minutes * 60 * NS,
            monotonic_ns=self._monotonic_ns,
        )

    def _try_each(self, keyring: Keyring, passphrase: str) -> None:
        for path in sorted(self._layout.practitioners.glob("*.age")):
            try:
                keyring.unlock(path.read_bytes(), passphrase)
            except WrongPassphraseError:
                continue
            except (SealError, OSError) as error:
                # whoever's file it is needs the recovery sheet; their colleagues get in
                _log.warning("%s cannot be tried, it is damaged: %s", path, error)
                continue
            return
        raise WrongPassphraseError(
            "That passphrase does not unlock this box. Check each word, then try again."
        )

    def _let_in(self, keyring: Keyring) -> str:
        with self._lock:
            self._close_if_due()
            desk = self._desk_for(keyring)
            inside = self._inside.setdefault(desk.me.id, _Inside(keyring, desk))
            if inside.desk is not desk:  # the same person in another browser
                desk.close()
                inside.keyring.hold(*keyring.identities)
            elif len(self._inside) == 1:
                threading.Thread(target=self._watch, name="door", daemon=True).start()
            token = secrets.token_urlsafe(32)
            inside.tokens.add(token)
            return token

    def _desk_for(self, keyring: Keyring) -> Desk:
        database = self._database or open_with_key(self._layout, keyring)
        try:
            desk = Desk(self._layout, keyring, database)
        except VigboxError:
            if self._database is None:
                database.close()
            raise
        self._database = database
        return desk

    def _find(self, token: str | None) -> _Inside | None:
        self._close_if_due()
        found = None
        for inside in self._inside.values():
            for each in inside.tokens:
                if hmac.compare_digest(each, token or ""):
                    found = inside
        return found

    def _show_out(self, who: str) -> None:
        inside = self._inside.pop(who)
        inside.keyring.lock()
        inside.desk.close()
        self._when_locked()
        if not self._inside and self._database is not None:
            self._database.close()
            self._database = None

    def _watch(self) -> None:
        """Lock on time even when nobody asks for anything."""
        while not self._over.wait(_LOOK_S):
            with self._lock:
                self._close_if_due()
                if not self._inside:
                    return

    def _close_if_due(self) -> None:
        for who, inside in list(self._inside.items()):
            if inside.keyring.is_locked:
                self._show_out(who)


def _listed(typed: str) -> str:
    """Give a passphrase as it was made; a slip of the finger is told, and costs no guess."""
    passphrase = plain(typed)
    number = first_unknown(passphrase, set(word_list()))
    if number is not None:
        raise WrongPassphraseError(
            f"Word {number} is not one of the words of passphrases. Check its letters."
        )
    return passphrase
