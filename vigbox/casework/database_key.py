"""The database's raw key: an age file sealed to the practitioners and the recovery sheet.

It holds one key, or two while the key is being changed, the new one first: whichever of them a
power cut left in use opens the database.
"""

import secrets
from collections.abc import Sequence
from typing import Final

from vigbox.casework.database import KEY_BYTES, CaseDatabase, DatabaseError
from vigbox.seal.keyring import Keyring
from vigbox.seal.recipients import Recipient
from vigbox.seal.sealing import seal_bytes
from vigbox.store.durable import save
from vigbox.store.layout import Layout

_MOST_KEYS: Final = 2


def new_key() -> bytearray:
    """Make a key of 32 random bytes."""
    return bytearray(secrets.token_bytes(KEY_BYTES))


def keep_keys(layout: Layout, keys: Sequence[bytes | bytearray], to: Sequence[Recipient]) -> None:
    """Seal one key, or the new one and the old one, durably. Raises RecipientError, OSError."""
    save(layout.database_key, seal_bytes(b"".join(keys), to))


def open_with_key(layout: Layout, keyring: Keyring) -> CaseDatabase:
    """Open the case database with the key that is in use.

    Raises :class:`~vigbox.casework.database.DatabaseError`, SealError, OSError.
    """
    if not layout.database.exists():
        raise DatabaseError(f"the case database {layout.database} is missing. Restore a copy.")
    keys = read_keys(layout, keyring)
    for key in keys[:-1]:
        try:
            return CaseDatabase(layout.database, key)
        except DatabaseError:
            continue
    return CaseDatabase(layout.database, keys[-1])


def read_keys(layout: Layout, keyring: Keyring) -> list[bytes]:
    """Open the key file. Raises DatabaseError, SealError, OSError."""
    data = keyring.open(layout.database_key.read_bytes())
    keys = [data[at : at + KEY_BYTES] for at in range(0, len(data), KEY_BYTES)]
    if not 0 < len(keys) <= _MOST_KEYS or len(data) % KEY_BYTES:
        raise DatabaseError(f"{layout.database_key} holds no key of the case database")
    return keys


def change_key(layout: Layout, database: CaseDatabase, to: Sequence[Recipient]) -> None:
    """Give the database a new key, sealed to these alone; a cut at any point leaves it openable.

    Raises RecipientError, OSError.
    """
    key = new_key()
    keep_keys(layout, [key, database.key], to)
    database.change_key(key)
    keep_keys(layout, [key], to)
    key[:] = bytes(len(key))
