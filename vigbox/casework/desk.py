"""The desk: what can be done while the box is unlocked, and nothing of it afterwards."""

import contextlib
from collections.abc import Iterator

from sqlalchemy.orm import Session, sessionmaker

from vigbox.casework.database import open_database
from vigbox.seal.identities import X25519Identity, parse_identities
from vigbox.seal.keyring import Keyring
from vigbox.seal.signing import SigningKey
from vigbox.store.layout import Layout


class Desk:
    """The case database and the keys of an unlocked box.

    Raises :class:`~vigbox.errors.VigboxError` when the keyring is locked or a file is damaged.
    """

    def __init__(self, layout: Layout, keyring: Keyring) -> None:
        self.layout = layout
        self._keyring = keyring
        key = bytearray(keyring.open(layout.database_key.read_bytes()))
        self._engine = open_database(layout.database, bytes(key))
        key[:] = bytes(len(key))
        self._sessions = sessionmaker(self._engine, expire_on_commit=False)

    @contextlib.contextmanager
    def session(self) -> Iterator[Session]:
        """Open a transaction on the case database; it is kept when the block ends well."""
        with self._sessions.begin() as session:
            yield session

    def arming_key(self) -> SigningKey:
        """Open the key that signs grants for the recorder."""
        return SigningKey.from_text(
            self._keyring.open(self.layout.arming_key.read_bytes()).decode()
        )

    def case_identities(self, case: str) -> list[X25519Identity]:
        """Open the identity that a case's recordings are sealed to."""
        sealed = self.layout.case_identity(case).read_bytes()
        return parse_identities(self._keyring.open(sealed).decode())

    def close(self) -> None:
        """Close the database."""
        self._engine.dispose()
