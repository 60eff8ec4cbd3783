"""Every step can be taken back, with rows in every table, and taken again."""

import itertools
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlcipher3 import dbapi2

import vigbox.casework
import vigbox.casework.masks
import vigbox.casework.orders
import vigbox.casework.unfiled
from vigbox.casework.database import CaseDatabase, DatabaseError
from vigbox.casework.schema import HEAD, bring_down, noted
from vigbox.casework.tables import Base
from vigbox.casework.texts import CaseTexts, seal_text
from vigbox.seal.identities import X25519Identity

KEY = bytes(range(32))
FOLDER = Path(vigbox.casework.__file__).parent / "migrations"
STEPS = [f"{each:04}" for each in range(1, int(HEAD) + 1)]
IDENTITY = X25519Identity.generate()
TEXTS = CaseTexts(lambda _: [IDENTITY])
RECIPIENT = str(IDENTITY.recipient)


@pytest.fixture
def engine() -> sa.Engine:
    engine = sa.create_engine("sqlite://", poolclass=sa.pool.StaticPool, module=dbapi2)

    @sa.event.listens_for(engine, "connect")
    def _keys(connection: Any, _: object) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA foreign_keys = ON")

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def up(engine: sa.Engine, to: str) -> None:
    with engine.begin() as connection:
        config = Config(attributes={"connection": connection, "texts": TEXTS})
        config.set_main_option("script_location", str(FOLDER))
        command.upgrade(config, to)


def down(engine: sa.Engine, to: str) -> None:
    bring_down(engine, to, TEXTS)


def shape(engine: sa.Engine) -> dict[str, object]:
    """Tables with their columns, keys and indexes, and triggers: what a version builds on."""
    with engine.connect() as connection:
        found: dict[str, object] = {}
        inspector = sa.inspect(connection)
        for table in inspector.get_table_names():
            columns = {
                each["name"]: (str(each["type"]), each["nullable"])
                for each in inspector.get_columns(table)
            }
            keys = inspector.get_pk_constraint(table)["constrained_columns"]
            indexes = sorted(
                (str(each["name"]), tuple(each["column_names"]))
                for each in inspector.get_indexes(table)
            )
            points = sorted(
                (tuple(each["constrained_columns"]), each["referred_table"])
                for each in inspector.get_foreign_keys(table)
            )
            found[table] = columns, keys, indexes, points
        rows = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        found["triggers"] = sorted(rows.scalars())
        return found


def fill(engine: sa.Engine) -> None:
    """Put a row into every table there is, each pointing at the rows of the tables before it."""
    metadata = sa.MetaData()
    metadata.reflect(engine)
    kept: dict[str, dict[str, Any]] = {}
    with engine.begin() as connection:
        for table in metadata.sorted_tables:
            if table.name == "alembic_version":
                continue
            row = {each.name: value(each, kept) for each in table.columns}
            if connection.execute(sa.select(sa.func.count()).select_from(table)).scalar() == 0:
                connection.execute(table.insert().values(row))
            found = connection.execute(sa.select(table).limit(1)).mappings().one()
            kept[table.name] = {str(name): each for name, each in found.items()}


def value(column: sa.Column[Any], kept: dict[str, dict[str, Any]]) -> object:
    for key in column.foreign_keys:
        table, _, name = key.target_fullname.partition(".")
        return kept[table][name]
    if column.name == "recipient":
        return RECIPIENT
    match column.type:
        case sa.Integer():
            return 1
        case sa.LargeBinary():
            return seal_text(RECIPIENT, "What soothes him?")
        case sa.Boolean():
            return False
        case _:
            return f"{column.table.name}-{column.name}"


def counts(engine: sa.Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return {
            name: connection.execute(
                sa.select(sa.func.count()).select_from(sa.table(name))
            ).scalar_one()
            for name in sa.inspect(connection).get_table_names()
        }


@pytest.mark.parametrize(("below", "above"), list(itertools.pairwise(STEPS)))
def test_a_step_is_taken_back_with_its_rows_and_taken_again(
    engine: sa.Engine, below: str, above: str
) -> None:
    up(engine, below)
    before = shape(engine)
    up(engine, above)
    after = shape(engine)
    fill(engine)
    rows = counts(engine)
    down(engine, below)
    assert shape(engine) == before
    assert counts(engine) == {name: rows[name] for name in counts(engine)}, "a row was lost"
    up(engine, above)
    assert shape(engine) == after


def test_all_the_way_down_and_up_again_the_words_are_still_there(engine: sa.Engine) -> None:
    up(engine, HEAD)
    fill(engine)
    down(engine, STEPS[0])
    with engine.connect() as connection:
        found = connection.exec_driver_sql('SELECT helping_question FROM "case"').scalar_one()
    assert found == "What soothes him?"
    up(engine, HEAD)
    with engine.connect() as connection:
        case, sealed = connection.exec_driver_sql('SELECT id, sealed_question FROM "case"').one()
    assert TEXTS.read(case, sealed) == "What soothes him?"


def test_of_an_export_of_many_clips_one_row_stays(engine: sa.Engine) -> None:
    up(engine, "0008")
    fill(engine)
    with engine.begin() as connection:
        insert = "INSERT INTO clip SELECT 'second', {} FROM clip"
        names = [each["name"] for each in sa.inspect(connection).get_columns("clip")][1:]
        connection.exec_driver_sql(insert.format(", ".join(f'"{each}"' for each in names)))
        connection.exec_driver_sql(
            "INSERT INTO export SELECT id, 'second', machine, machine_name, made_at, verified_at,"
            ' first, "end" FROM export'
        )
    down(engine, "0007")
    assert counts(engine)["export"] == 1


def test_what_lies_on_a_storage_is_out_for_a_version_that_knows_no_storage(
    engine: sa.Engine,
) -> None:
    up(engine, "0008")
    fill(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE disclosure SET verified_at = '', sent_at = 'then'")
        names = [each["name"] for each in sa.inspect(connection).get_columns("disclosure")]
        others = ", ".join(f'"{each}"' for each in names if each not in ("id", "sent_at"))
        for sent, verified in (("", ""), ("then", "before")):
            connection.exec_driver_sql(
                f"INSERT INTO disclosure ({others}, sent_at) SELECT {others}, '{sent}'"  # noqa: S608  # our own words
                " FROM disclosure WHERE id = 1"
            )
            connection.exec_driver_sql(
                "UPDATE disclosure SET verified_at = ? WHERE id = (SELECT MAX(id) FROM disclosure)",
                (verified,),
            )
    down(engine, "0007")
    with engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT verified_at FROM disclosure ORDER BY id")
        assert found.scalars().all() == ["then", "", "before"]


def test_a_database_is_brought_down_and_noted_and_up_at_the_next_unlock(tmp_path: Path) -> None:
    path = tmp_path / "case.db"
    CaseDatabase(path, KEY).close()
    assert noted(tmp_path) == HEAD
    CaseDatabase(path, KEY).bring_down("0005", TEXTS)
    assert noted(tmp_path) == "0005"
    database = CaseDatabase(path, KEY)
    assert noted(tmp_path) == HEAD
    with database.session() as session:
        assert session.scalar(sa.text("SELECT version_num FROM alembic_version")) == HEAD
    database.close()


@pytest.mark.parametrize("to", ["0000", "9999", "5", "", "x", "00 5"])
def test_a_schema_that_is_none_of_before_changes_nothing(tmp_path: Path, to: str) -> None:
    database = CaseDatabase(tmp_path / "case.db", KEY)
    with pytest.raises(DatabaseError, match="must be one of"):
        database.bring_down(to, TEXTS)
    database.close()
    assert noted(tmp_path) == HEAD


def test_every_table_of_today_is_among_what_is_filled() -> None:
    assert {"clip_mask", "export_order", "adopted", "consent"} <= set(Base.metadata.tables)
