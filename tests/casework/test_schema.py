"""Every released schema is brought up to today's, with its rows; today's steps give the tables."""

import re
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import select, text
from sqlcipher3 import dbapi2

import vigbox.casework
from vigbox.casework import schema
from vigbox.casework.database import CaseDatabase, DatabaseError
from vigbox.casework.tables import Base, Case, CaseRecipient, Clip, Export, Recipient
from vigbox.casework.texts import INFO, CaseTexts
from vigbox.seal.identities import X25519Identity

RELEASED = sorted((Path(__file__).parent / "schemas").glob("*.sql"))
KEY = bytes(range(32))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "case.db"


def write(path: Path, script: str) -> None:
    connection = dbapi2.connect(str(path))
    connection.execute(f"PRAGMA key = \"x'{KEY.hex()}'\"")
    connection.executescript(script)
    connection.close()


def differences(database: CaseDatabase) -> list[object]:
    with database.session() as session:
        context = MigrationContext.configure(session.connection(), opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))


def test_there_is_a_released_schema() -> None:
    assert [each.stem for each in RELEASED] == ["0.1.0"]


@pytest.mark.parametrize("released", RELEASED, ids=lambda each: each.stem)
def test_a_released_schema_is_brought_up_with_its_rows(released: Path, path: Path) -> None:
    script = released.read_text("utf-8")
    secret = re.search("AGE-SECRET-KEY-1[0-9A-Z]+", script)
    assert secret
    write(path, script)
    database = CaseDatabase(path, KEY)
    assert not differences(database)
    texts = CaseTexts(lambda _: [X25519Identity.parse(secret[0])])
    with database.session(**{INFO: texts}) as session:
        case = session.scalars(select(Case).where(Case.code == "VIG-7")).one()
        assert case.helping_question == "What soothes him?"
        assert [each.initials for each in case.participants] == ["M.", "Ü"]
        clip = session.scalars(select(Clip)).one()
        assert clip.name == "She waits, he looks up"
        assert (clip.state, clip.position, clip.speed, clip.freeze) == ("candidate", 0, 100, None)
        assert (clip.note, clip.initiative, clip.principle_keys) == ("", "", [])
        assert session.scalars(select(Export)).one().machine_name == "laptop"
        kinds = session.scalars(select(Recipient.kind).join(CaseRecipient)).all()
        assert kinds == ["practitioner", "practitioner"], "both cases, and not the recovery sheet"
        found = session.scalars(text("SELECT name FROM pragma_table_info('case')")).all()
        assert "helping_question" not in found
    database.close()


def test_words_that_were_plain_inside_are_in_no_page_any_more(path: Path) -> None:
    write(path, RELEASED[0].read_text("utf-8"))
    CaseDatabase(path, KEY).close()
    plain = path.with_name("plain.db")
    connection = dbapi2.connect(str(path))
    connection.execute(f"PRAGMA key = \"x'{KEY.hex()}'\"")
    connection.execute(f"ATTACH DATABASE '{plain}' AS plain KEY ''")
    connection.execute("SELECT sqlcipher_export('plain')").fetchall()
    connection.close()
    data = plain.read_bytes()
    assert b"VIG-7" in data
    assert b"soothes" not in data
    assert b"he looks up" not in data


def test_a_new_database_is_made_by_the_same_steps(path: Path) -> None:
    database = CaseDatabase(path, KEY)
    assert not differences(database)
    database.close()


def test_the_head_is_the_newest_step() -> None:
    config = Config()
    config.set_main_option(
        "script_location", str(Path(vigbox.casework.__file__).parent / "migrations")
    )
    assert ScriptDirectory.from_config(config).get_heads() == [schema.HEAD]


def test_a_database_of_a_newer_vigbox_is_left_alone(path: Path) -> None:
    database = CaseDatabase(path, KEY)
    with database.session() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    before = path.read_bytes()
    with pytest.raises(DatabaseError, match="newer version of vigbox"):
        CaseDatabase(path, KEY)
    assert path.read_bytes() == before


def test_a_step_that_fails_changes_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(path, RELEASED[0].read_text("utf-8"))

    def fail(*_: object) -> bytes:
        raise OSError("the plug was pulled")

    monkeypatch.setattr("vigbox.casework.texts.seal_text", fail)
    with pytest.raises(OSError, match="plug"):
        CaseDatabase(path, KEY)
    monkeypatch.undo()
    database = CaseDatabase(path, KEY)
    with database.session() as session:
        assert len(session.scalars(select(Case)).all()) == 2
    database.close()
