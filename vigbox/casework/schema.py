"""Brings a case database up to this version's schema, or down to an older one, in a transaction.

The steps are Alembic's, in ``migrations/versions``; a released one is never changed again. Down is
for whoever must go back to an older version: what that one has no place for is forgotten.

Which schema a database has is noted beside it in plain (``case.schema``), for whoever has no key:
an update asks it before it installs a version that would not know the database.
"""

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, Engine, inspect, text

from vigbox.errors import VigboxError
from vigbox.store.durable import save

if TYPE_CHECKING:
    from alembic.config import Config

    from vigbox.casework.texts import CaseTexts

HEAD: Final = "0009"
"""The newest step; a test compares it with the folder's."""

_FIRST: Final = "0001"
_FOLDER: Final = Path(__file__).parent / "migrations"
_NOTE: Final = "case.schema"


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


def bring_down(engine: Engine, to: str, texts: "CaseTexts") -> None:
    """Take steps back until a database has an older schema; ``texts`` opens its sealed words.

    Raises :class:`SchemaError` for a schema that is none of before; nothing is changed then.
    """
    with engine.begin() as connection:
        at = _revision(connection) or _FIRST
        if not _FIRST <= to <= at or len(to) != len(_FIRST) or not to.isdecimal():
            raise SchemaError(f"the schema must be one of {_FIRST} to {at}, not {to!r}.")
        from alembic import command

        command.downgrade(_config(connection, texts), to)


def noted(data: Path) -> str:
    """Tell which schema the case database of a data folder has; nothing when it is not noted."""
    try:
        return (data / _NOTE).read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def note(data: Path, schema: str) -> None:
    """Write down which schema the case database has."""
    if noted(data) != schema:
        # a card that cannot be written is told by whatever needs it
        with contextlib.suppress(OSError):
            save(data / _NOTE, f"{schema}\n".encode("ascii"), mode=0o644)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def _take(connection: Connection, *, stamp: bool) -> None:
    # only when there is something to do: it takes a while to load on a small board
    from alembic import command

    config = _config(connection)
    if stamp:  # made before there were steps
        command.stamp(config, _FIRST)
    command.upgrade(config, HEAD)


def _config(connection: Connection, texts: "CaseTexts | None" = None) -> "Config":
    from alembic.config import Config

    config = Config(attributes={"connection": connection, "texts": texts})
    config.set_main_option("script_location", str(_FOLDER))
    return config
