"""The database's key: whichever a cut left in use opens it, and whoever left opens it no more."""

from collections.abc import Callable

import pytest

from tests.casework.conftest import Box, a_case
from vigbox.casework.database import CaseDatabase, DatabaseError
from vigbox.casework.database_key import change_key, keep_keys, new_key, open_with_key, read_keys
from vigbox.casework.tables import Case
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
