"""The desk: what one practitioner can do while the box is unlocked, nothing of it afterwards."""

import contextlib
import threading
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from vigbox.casework import audit
from vigbox.casework.database import CaseDatabase
from vigbox.casework.database_key import open_with_key
from vigbox.casework.sheet import Sheet
from vigbox.casework.tables import Recipient
from vigbox.casework.texts import INFO, CaseTexts
from vigbox.errors import VigboxError
from vigbox.seal.errors import LockedError, NoMatchError
from vigbox.seal.identities import SecretIdentity, parse_identities
from vigbox.seal.keyring import Keyring
from vigbox.seal.opening import open_bytes
from vigbox.seal.signing import SigningKey
from vigbox.store.layout import Layout
from vigbox.store.manifests import Manifest


class NotHereError(VigboxError):
    """Whoever unlocked does not belong to this box any more."""


class CaseGoneError(VigboxError):
    """A case's key was destroyed."""


class NotSharedError(NoMatchError):
    """A case is not shared with whoever unlocked."""


_Stamp = tuple[int, int, int] | None


class Desk:
    """The case database and the keys that one keyring opens.

    ``database`` is shared by the desks of several practitioners; without it the desk opens its
    own, and closes it. Raises :class:`NotHereError` for somebody who was removed, LockedError,
    and what :func:`~vigbox.casework.database_key.open_with_key` raises.
    """

    def __init__(
        self, layout: Layout, keyring: Keyring, database: CaseDatabase | None = None
    ) -> None:
        self.layout = layout
        self.keyring = keyring
        self.database = database or open_with_key(layout, keyring)
        self._owns_database = database is None
        self.sheet: Sheet | None = None
        """A recovery sheet that waits to be proved."""
        self._cases: dict[str, tuple[_Stamp, list[SecretIdentity]]] = {}
        self._own: dict[str, dict[str, list[SecretIdentity]]] = {}
        self._is_closed = False
        self._lock = threading.Lock()
        try:
            self.me = self._recognised()
        except VigboxError:
            self.close()
            raise

    @contextlib.contextmanager
    def session(self) -> Iterator[Session]:
        """Open a transaction on the case database; it is kept when the block ends well.

        Never one inside another. Sealed texts of the cases that this desk may open can be read.
        """
        info = {INFO: CaseTexts(self.case_identities), audit.BY: self.me.id}
        with self.database.session(**info) as session:
            yield session

    def arming_key(self) -> SigningKey:
        """Open the key that signs grants for the recorder."""
        return SigningKey.from_text(self.keyring.open(self.layout.arming_key.read_bytes()).decode())

    def case_identities(self, case: str) -> list[SecretIdentity]:
        """Open the identity that a case's recordings are sealed to, and hold it.

        It is held for as long as its file stays as it is: who a case is no longer shared with, and
        everybody once a family took it back, is refused from the next question on. Raises
        :class:`NotSharedError`, :class:`CaseGoneError`, LockedError, OSError.
        """
        with self._lock:
            if self._is_closed:
                raise LockedError("the box is locked. Unlock it with your passphrase.")
            stamp = _stamp(self.layout.case_identity(case))
            held = self._cases.get(case)
            if held is None or held[0] != stamp:
                self._cases[case] = held = stamp, self._open_again(case)
            return held[1]

    def film_identities(self, film: Manifest) -> list[SecretIdentity]:
        """Open what a film is sealed to: its case's identity, or its own through its case's.

        A film that is of no case yet is opened by nothing here. Raises as :meth:`case_identities`.
        """
        of_case = self.case_identities(film.case)
        if not film.has_own_identity:
            return of_case
        with self._lock:
            if self._is_closed:
                raise LockedError("the box is locked. Unlock it with your passphrase.")
            own = self._own.setdefault(film.case, {})
            if film.recording not in own:
                own[film.recording] = self._open_own(film.recording, of_case)
            return own[film.recording]

    def forget_case(self, case: str) -> None:
        """Wipe a case's identity from memory."""
        with self._lock:
            self._forget(case)

    def close(self) -> None:
        """Wipe the cases' identities; close the database if it is this desk's own."""
        self.sheet = None
        with self._lock:
            self._is_closed = True  # whoever is still at it gets no key any more
            for case in list(self._cases):
                self._forget(case)
        if self._owns_database:
            self.database.close()

    def _open_again(self, case: str) -> list[SecretIdentity]:
        try:
            opened = self._open_case(case)
        except (NoMatchError, CaseGoneError):
            self._forget(case)
            raise
        # a case's identity never changes: who is reading with the one that is held goes on
        if case in self._cases:
            for identity in opened:
                identity.wipe()
            return self._cases[case][1]
        return opened

    def _forget(self, case: str) -> None:
        own = chain.from_iterable(self._own.pop(case, {}).values())
        for identity in (*self._cases.pop(case, (None, []))[1], *own):
            identity.wipe()

    def _open_own(self, recording: str, of_case: list[SecretIdentity]) -> list[SecretIdentity]:
        try:
            sealed = self.layout.film_identity(recording).read_bytes()
        except FileNotFoundError:
            raise CaseGoneError(
                "The key of this film was destroyed: nobody can open it any more."
            ) from None
        return parse_identities(open_bytes(sealed, of_case).decode())

    def _open_case(self, case: str) -> list[SecretIdentity]:
        try:
            sealed = self.layout.case_identity(case).read_bytes()
            return parse_identities(self.keyring.open(sealed).decode())
        except FileNotFoundError:
            raise CaseGoneError(
                "The key of this case was destroyed: nobody can open its films any more."
            ) from None
        except NoMatchError:
            raise NotSharedError(
                "This case is not shared with you. Ask a colleague who opens it to share it."
            ) from None

    def _recognised(self) -> Recipient:
        held = {str(each.recipient) for each in self.keyring.identities}
        with self.database.session() as session:
            for each in session.scalars(select(Recipient).where(Recipient.left_at == "")):
                if each.text in held:
                    return each
        raise NotHereError("That passphrase belongs to somebody who was removed from this box.")


def _stamp(path: Path) -> _Stamp:
    try:
        told = path.stat()
    except OSError:
        return None
    return told.st_ino, told.st_ctime_ns, told.st_size
