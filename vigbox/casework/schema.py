"""Brings a case database up to this version's schema, in one transaction.

The steps are Alembic's, in ``migrations/versions``; a released one is never changed again.
"""

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, inspect, text

from vigbox.errors import VigboxError

HEAD: Final = "0008"
"""The newest step; a test compares it with the folder's."""

_FIRST: Final = "0001"
_FOLDER: Final = Path(__file__).parent / "migrations"


class SchemaError(VigboxError):
    """The database has a schema that this version does not know."""


def bring_up(engine: Engine) -> bool:
    """Take the steps that are missing; tells whether there were any on a database in use.

    Raises :class:`SchemaError` for a database of a newer vigbox; nothing is changed then.
    """
    with engine.begin() as connection:
        at = _revision(connection)
        if at == HEAD:
            return False
        if at is not None and at > HEAD:
            raise SchemaError("a newer version of vigbox made it. Install that version again.")
        _take(connection, stamp=at is None and inspect(connection).has_table("case"))
        return at is not None


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def _take(connection: Connection, *, stamp: bool) -> None:
    # only when there is something to do: it takes a while to load on a small board
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_FOLDER))
    if stamp:  # made before there were steps
        command.stamp(config, _FIRST)
    command.upgrade(config, HEAD)
