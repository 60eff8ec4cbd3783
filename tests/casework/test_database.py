import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select
from sqlcipher3 import dbapi2

from vigbox.casework.database import CaseDatabase, DatabaseError
from vigbox.casework.tables import AuditEvent, Counter, Fact
from vigbox.seal.errors import LockedError

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))
MARKER = "a word that is long enough to be found"


class UndoneError(Exception):
    pass


@pytest.fixture
def database(tmp_path: Path) -> Iterator[CaseDatabase]:
    database = CaseDatabase(tmp_path / "case.db", KEY)
    yield database
    database.close()


def note(database: CaseDatabase, what: str = MARKER) -> None:
    with database.session() as session:
        session.add(AuditEvent(at="", what=what, about=""))


def noted(database: CaseDatabase) -> list[str]:
    with database.session() as session:
        return list(session.scalars(select(AuditEvent.what)))


def plain_bytes(path: Path, key: bytes) -> bytes:
    """Every page as SQLCipher opens it, free ones too."""
    plain = path.with_name("pages.db")
    plain.unlink(missing_ok=True)
    connection = dbapi2.connect(str(path))
    connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    freed = connection.execute("PRAGMA freelist_count").fetchone()[0]
    connection.execute(f"ATTACH DATABASE '{plain}' AS plain KEY ''")
    connection.execute("SELECT sqlcipher_export('plain')").fetchall()
    connection.close()
    assert pages
    assert freed == 0
    return plain.read_bytes()


def test_another_key_opens_the_same_rows_and_the_old_one_nothing(database: CaseDatabase) -> None:
    note(database)
    path = database._path
    database.change_key(OTHER)
    note(database, "after")
    assert noted(database) == [MARKER, "after"]
    database.close()
    with pytest.raises(DatabaseError):
        CaseDatabase(path, KEY)
    again = CaseDatabase(path, OTHER)
    assert noted(again) == [MARKER, "after"]
    again.close()
    assert {each.name for each in path.parent.iterdir()} == {path.name, "case.schema"}


@pytest.mark.parametrize("name", ["_copy", "sync_folder"])
def test_a_cut_while_the_key_changes_leaves_the_old_one_or_the_new_one(
    database: CaseDatabase, cut: Callable[[str], None], name: str
) -> None:
    note(database)
    cut(f"vigbox.casework.database.{name}")
    with pytest.raises(OSError, match="plug"):
        database.change_key(OTHER)
    path = database._path
    database.close()
    found = []
    for key in (KEY, OTHER):
        try:
            again = CaseDatabase(path, key)
        except DatabaseError:
            continue
        found += noted(again)
        again.close()
    assert found == [MARKER]


def test_purge_leaves_nothing_of_what_was_removed(database: CaseDatabase) -> None:
    with database.session() as session:
        session.add_all(Fact(name=f"{number}", text=MARKER) for number in range(50))
    with database.session() as session:
        session.execute(delete(Fact))
    database.purge()
    path = database._path
    log = path.with_name("case.db-wal")
    assert not log.exists() or not log.stat().st_size
    database.close()
    assert MARKER.encode() not in plain_bytes(path, KEY)


def test_the_key_is_wiped_and_nothing_opens_after_close(database: CaseDatabase) -> None:
    database.close()
    assert database._key == bytes(32)
    with pytest.raises(LockedError):
        _ = database.key
    with pytest.raises(LockedError), database.session():
        pass
    with pytest.raises(LockedError):
        database.purge()


def test_many_threads_lose_no_count(database: CaseDatabase) -> None:
    with database.session() as session:
        session.add(Counter(name="n", value=0))

    def count() -> None:
        for _ in range(25):
            with database.session() as session:
                session.get_one(Counter, "n").value += 1

    threads = [threading.Thread(target=count) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    with database.session() as session:
        assert session.get_one(Counter, "n").value == 200


def test_what_fails_in_one_thread_takes_nothing_of_another(database: CaseDatabase) -> None:
    def fail() -> None:
        with database.session() as session:
            session.add(AuditEvent(at="", what="undone", about=""))
            session.flush()
            raise UndoneError

    def failing() -> None:
        for _ in range(20):
            with pytest.raises(UndoneError):
                fail()

    thread = threading.Thread(target=failing)
    thread.start()
    for _ in range(20):
        note(database)
    thread.join()
    with database.session() as session:
        assert session.scalar(select(func.count()).select_from(AuditEvent)) == 20


def test_it_is_sealed_with_all_that_is_in_it(database: CaseDatabase, tmp_path: Path) -> None:
    note(database)
    for path in tmp_path.glob("case.db*"):
        data = path.read_bytes()
        assert not data.startswith(b"SQLite format 3")
        assert MARKER.encode() not in data
    plain = sqlite3.connect(tmp_path / "case.db")
    with pytest.raises(sqlite3.DatabaseError):
        plain.execute("SELECT * FROM sqlite_master")
    plain.close()


@pytest.mark.usefixtures("database")
def test_a_wrong_key_opens_nothing(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match=r"case\.db"):
        CaseDatabase(tmp_path / "case.db", OTHER)


def test_a_plain_database_is_refused(tmp_path: Path) -> None:
    plain = sqlite3.connect(tmp_path / "case.db")
    plain.execute("CREATE TABLE x (y)")
    plain.commit()
    plain.close()
    with pytest.raises(DatabaseError):
        CaseDatabase(tmp_path / "case.db", KEY)
