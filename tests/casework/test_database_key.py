"""The database's key: whichever a cut left in use opens it, and whoever left opens it no more."""

from collections.abc import Callable

import pytest

from tests.casework.conftest import WORK, Box, a_case
from vigbox.casework import wraps
from vigbox.casework.database import CaseDatabase, DatabaseError
from vigbox.casework.database_key import change_key, keep_keys, new_key, open_with_key, read_keys
from vigbox.casework.practitioners import add_practitioner, remove_practitioner
from vigbox.casework.tables import Case
from vigbox.seal.errors import LockedError
from vigbox.seal.recipients import parse_recipient


def test_it_opens_what_the_set_up_made(box: Box) -> None:
    desk = box.desk
    (key,) = read_keys(box.layout, desk.keyring)
    assert len(key) == 32
    open_with_key(box.layout, desk.keyring).close()


@pytest.mark.parametrize("size", [0, 31, 33, 96])
def test_a_file_that_holds_no_key_says_so(box: Box, size: int) -> None:
    desk = box.desk
    keep_keys(box.layout, [bytes(size)], [parse_recipient(desk.me.text)])
    with pytest.raises(DatabaseError, match="holds no key"):
        open_with_key(box.layout, desk.keyring)


def test_a_database_that_is_missing_says_so(box: Box) -> None:
    desk = box.desk
    desk.close()
    box.layout.database.unlink()
    with pytest.raises(DatabaseError, match="Restore a copy"):
        open_with_key(box.layout, desk.keyring)


def test_another_key_opens_it_and_the_one_of_before_does_not(box: Box) -> None:
    desk = box.desk
    (before,) = read_keys(box.layout, desk.keyring)
    change_key(box.layout, desk.database, [parse_recipient(desk.me.text)])
    assert read_keys(box.layout, desk.keyring) != [before]
    desk.close()
    with pytest.raises(DatabaseError):
        CaseDatabase(box.layout.database, before)
    open_with_key(box.layout, desk.keyring).close()


@pytest.mark.parametrize("is_written", [False, True])
def test_a_cut_in_the_middle_leaves_it_openable(
    box: Box, cut: Callable[[str], None], *, is_written: bool
) -> None:
    desk = box.desk
    case = a_case(desk, "KEPT-1").id
    to = [parse_recipient(desk.me.text)]
    if is_written:  # the database has the new key, the file of keys still both
        key = new_key()
        keep_keys(box.layout, [key, desk.database.key], to)
        desk.database.change_key(key)
    else:
        cut("vigbox.casework.database.CaseDatabase.change_key")
        with pytest.raises(OSError, match="plug"):
            change_key(box.layout, desk.database, to)
    assert len(read_keys(box.layout, desk.keyring)) == 2
    desk.close()
    database = open_with_key(box.layout, desk.keyring)
    with database.session() as session:
        assert session.get_one(Case, case).code == "KEPT-1"
    database.close()


@pytest.mark.parametrize("change", ["comes", "goes"])
def test_a_lock_in_the_middle_keeps_no_wiped_key(
    box: Box, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    desk, seal = box.desk, wraps._seal_again
    add_practitioner(desk, "Berta", cases=True, work_factor=WORK)
    with desk.session() as casework:
        berta = next(each.id for each in wraps.own_recipients(casework) if each.name == "Berta")

    def locked(*given: object) -> None:
        seal(*given)  # type: ignore[arg-type]
        desk.database.close()

    monkeypatch.setattr(wraps, "_seal_again", locked)
    changes: dict[str, Callable[[], object]] = {
        "comes": lambda: add_practitioner(desk, "Carla", cases=True, work_factor=WORK),
        "goes": lambda: remove_practitioner(desk, berta),
    }
    with pytest.raises(LockedError):
        changes[change]()
    monkeypatch.undo()
    desk.close()
    wraps.settle(box.desk)
    assert box.desk.me.name == "Anna"
