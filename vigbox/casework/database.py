"""The case database: SQLCipher with a raw 32-byte key, never a plain file.

One connection, one transaction at a time: a session sees nothing half done, and the key can be
changed with nobody in between.
"""

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool
from sqlcipher3 import dbapi2

from vigbox.casework.schema import HEAD, SchemaError, bring_down, bring_up, note
from vigbox.casework.texts import CaseTexts
from vigbox.errors import VigboxError
from vigbox.seal.errors import LockedError
from vigbox.store.durable import TEMPORARY, sync_folder

CARD_ERRORS: Final = (OSError, SQLAlchemyError, dbapi2.Error)
"""What a card that fails or is full ends work on the database with."""

KEY_BYTES: Final = 32
_PLAIN: Final = b"SQLite format 3"

# Each is issued singly: SQLCipher ignores what follows a failed one in a script.
_PRAGMAS: Final = (
    "PRAGMA cipher_memory_security = ON",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",
    "PRAGMA temp_store = MEMORY",
)


class DatabaseError(VigboxError):
    """The case database cannot be opened; nothing in it was changed."""


class CaseDatabase:
    """The open case database, brought up to this version's schema.

    ``key`` is kept until :meth:`close`, then overwritten; the copies that SQLCipher and Python
    make of it are not in our hands. Raises :class:`DatabaseError` when the file is not sealed,
    the key does not open it, or a newer vigbox made it.
    """

    def __init__(self, path: Path, key: bytes | bytearray) -> None:
        self._path = path
        self._key = bytearray(key)
        self._lock = threading.RLock()
        self._is_closed = False
        self.settling = threading.Lock()
        """Held by whoever makes the card follow the tables."""
        refuse_plain(path)
        try:
            self._engine = _engine(path, self._key)
            if bring_up(self._engine):
                self.purge()
        except (dbapi2.DatabaseError, SchemaError) as error:
            raise DatabaseError(f"cannot open the case database {path}: {error}") from error
        refuse_plain(path)
        note(path.parent, HEAD)

    @property
    def key(self) -> bytes:
        """The 32 bytes that are in use. Raises LockedError after :meth:`close`."""
        with self._open():  # what is sealed in its place would be zeros
            return bytes(self._key)

    @contextlib.contextmanager
    def session(self, **info: Any) -> Iterator[Session]:  # noqa: ANN401  # as SQLAlchemy's info
        """Open a transaction; it is kept when the block ends well. Never one inside another.

        Raises LockedError after :meth:`close`.
        """
        with (
            self._open(),
            Session(self._engine, expire_on_commit=False, info=info) as session,
            session.begin(),
        ):
            yield session

    def purge(self) -> None:
        """Leave nothing of what was removed in the file or its log."""
        with self._open(), _raw(self._engine) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def change_key(self, key: bytes | bytearray) -> None:
        """Write the whole database anew under another key; a cut leaves the old file or the new.

        Raises OSError and SQLCipher's own errors; then the old one is in use as before.
        """
        making = self._path.with_name(self._path.name + TEMPORARY)
        with self._open():
            making.unlink(missing_ok=True)
            with _raw(self._engine) as connection:
                _copy(connection, making, key)
            self._replace(making)
            self._key[:] = key
            self._engine = _engine(self._path, self._key)

    def bring_down(self, to: str, texts: CaseTexts) -> None:
        """Give it the schema of an older version, and close it: this one brings it up again.

        Raises :class:`DatabaseError` when that cannot be; nothing is changed then.
        """
        with self._open():
            try:
                bring_down(self._engine, to, texts)
            except (dbapi2.DatabaseError, SchemaError) as error:
                raise DatabaseError(f"cannot change {self._path}: {error}") from error
            self.purge()
            note(self._path.parent, to)
        self.close()

    def close(self) -> None:
        """Close it and overwrite the key."""
        with self._lock:
            self._is_closed = True
            self._engine.dispose()
            self._key[:] = bytes(len(self._key))

    @contextlib.contextmanager
    def _open(self) -> Iterator[None]:
        with self._lock:
            if self._is_closed:
                raise LockedError("the box is locked. Unlock it with your passphrase.")
            yield

    def _replace(self, made: Path) -> None:
        refuse_plain(made)
        with made.open("rb") as file:
            os.fsync(file.fileno())
        self._engine.dispose()
        # a log that outlived its database would be played into the new one
        for rest in ("-wal", "-shm"):
            self._path.with_name(self._path.name + rest).unlink(missing_ok=True)
        made.replace(self._path)
        sync_folder(self._path.parent)


def _copy(connection: Any, path: Path, key: bytes | bytearray) -> None:  # noqa: ANN401  # untyped
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    connection.execute(f"ATTACH DATABASE ? AS fresh KEY \"x'{key.hex()}'\"", (str(path),))
    try:
        connection.execute("SELECT sqlcipher_export('fresh')").fetchall()
    finally:
        connection.execute("DETACH DATABASE fresh")


@contextlib.contextmanager
def _raw(engine: Engine) -> Iterator[Any]:
    """Give the driver's own connection, outside of any transaction."""
    proxy = engine.raw_connection()
    try:
        yield proxy.driver_connection
    finally:
        proxy.close()


def _engine(path: Path, key: bytearray) -> Engine:
    engine = create_engine("sqlite://", creator=lambda: _connect(path, key), poolclass=StaticPool)
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    # said by us: the driver begins none before a change of the schema
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _connect(path: Path, key: bytearray) -> Any:  # noqa: ANN401  # untyped library
    connection = dbapi2.connect(str(path), check_same_thread=False, isolation_level=None)
    try:
        connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        for pragma in _PRAGMAS:
            connection.execute(pragma).fetchall()
    except dbapi2.Error:
        connection.close()
        raise
    return connection


def refuse_plain(path: Path) -> None:
    """Raise :class:`DatabaseError` for a database that is not sealed; a missing one is none."""
    with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
        if file.read(len(_PLAIN)) == _PLAIN:
            raise DatabaseError(f"the case database {path} is not sealed. Do not use this box.")
