"""Opens the case database: SQLCipher with a raw 32-byte key, never a plain file."""

from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import StaticPool
from sqlcipher3 import dbapi2

from vigbox.casework.tables import Base
from vigbox.errors import VigboxError

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


def open_database(path: Path, key: bytes | bytearray) -> Engine:
    """Open the case database, making its tables where they are missing.

    Raises :class:`DatabaseError` when the file is not sealed or the key does not open it.
    """
    engine = create_engine("sqlite://", creator=lambda: _connect(path, key), poolclass=StaticPool)
    try:
        Base.metadata.create_all(engine)
    except dbapi2.DatabaseError as error:
        raise DatabaseError(f"cannot open the case database {path}: {error}") from error
    if path.read_bytes()[: len(_PLAIN)] == _PLAIN:
        raise DatabaseError(f"the case database {path} is not sealed. Do not use this box.")
    return engine


def _connect(path: Path, key: bytes | bytearray) -> Any:  # noqa: ANN401  # untyped library
    connection = dbapi2.connect(str(path), check_same_thread=False)
    connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
    for pragma in _PRAGMAS:
        connection.execute(pragma).fetchall()
    return connection
