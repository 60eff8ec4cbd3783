"""Set-up, the sealed database, cases and arming, on a real folder."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from vigbox.casework import audit
from vigbox.casework.cases import CaseError, InShot, open_case
from vigbox.casework.clips import ClipError, add_clip, clips_of
from vigbox.casework.database import CaseDatabase, DatabaseError
from vigbox.casework.desk import Desk
from vigbox.casework.setup import AlreadySetUpError, Secrets, set_up
from vigbox.casework.tables import AuditEvent, Case
from vigbox.model import new_id
from vigbox.seal.errors import LockedError
from vigbox.seal.identities import X25519Identity
from vigbox.seal.keyring import Keyring
from vigbox.seal.opening import open_bytes
from vigbox.store.identity import read_box
from vigbox.store.layout import DataFolderError, Layout


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Layout, Secrets]:
    layout = Layout(tmp_path_factory.mktemp("data"))
    return layout, set_up(layout, work_factor=10)


@pytest.fixture
def keyring(kept: tuple[Layout, Secrets]) -> Keyring:
    layout, secrets = kept
    keyring = Keyring()
    (path,) = layout.practitioners.iterdir()
    keyring.unlock(path.read_bytes(), secrets.passphrase)
    return keyring


@pytest.fixture
def desk(kept: tuple[Layout, Secrets], keyring: Keyring) -> Iterator[Desk]:
    desk = Desk(kept[0], keyring)
    yield desk
    desk.close()


def a_case(desk: Desk, code: str) -> Case:
    with desk.session() as casework:
        return open_case(casework, desk.layout, code, "Why does he cry?", [InShot("child", "C")])


def test_a_box_is_set_up_once(kept: tuple[Layout, Secrets]) -> None:
    before = {path: path.read_bytes() for path in kept[0].data.rglob("*") if path.is_file()}
    with pytest.raises(AlreadySetUpError, match="Nothing was changed"):
        set_up(kept[0], work_factor=10)
    assert before == {path: path.read_bytes() for path in kept[0].data.rglob("*") if path.is_file()}


def test_neither_secret_is_kept(kept: tuple[Layout, Secrets]) -> None:
    layout, secrets = kept
    for path in layout.data.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert secrets.passphrase.encode() not in data
            assert secrets.recovery.encode() not in data


def test_the_recovery_identity_opens_what_the_practitioner_can(
    kept: tuple[Layout, Secrets], desk: Desk
) -> None:
    layout, secrets = kept
    recovery = X25519Identity.parse(secrets.recovery)
    case = a_case(desk, "REC-1")
    for path in (layout.arming_key, layout.database_key, layout.case_identity(case.id)):
        assert open_bytes(path.read_bytes(), [recovery])


def test_the_database_is_sealed_with_all_that_is_in_it(desk: Desk) -> None:
    a_case(desk, "SEAL-1")
    layout = desk.layout
    for path in layout.data.glob("case.db*"):
        data = path.read_bytes()
        assert not data.startswith(b"SQLite format 3")
        assert b"Why does he cry" not in data
    with sqlite3.connect(layout.database) as plain, pytest.raises(sqlite3.DatabaseError):
        plain.execute("SELECT * FROM sqlite_master")
    plain.close()


def test_a_wrong_key_opens_nothing(desk: Desk) -> None:
    with pytest.raises(DatabaseError, match=r"case\.db"):
        CaseDatabase(desk.layout.database, bytes(32))


def test_a_plain_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "case.db"
    plain = sqlite3.connect(path)
    plain.execute("CREATE TABLE x (y)")
    plain.commit()
    plain.close()
    with pytest.raises(DatabaseError):
        CaseDatabase(path, bytes(32))


def test_a_locked_keyring_has_no_desk(kept: tuple[Layout, Secrets], keyring: Keyring) -> None:
    keyring.lock()
    with pytest.raises(LockedError):
        Desk(kept[0], keyring)


@pytest.mark.parametrize("code", ["", "a", "Anna", "VIG 7", "x" * 17, "-VIG", "ÅSA-1"])
def test_a_code_is_no_name(desk: Desk, code: str) -> None:
    with pytest.raises(CaseError, match="Never use a name"):
        a_case(desk, code)


def test_a_code_is_taken_once(desk: Desk) -> None:
    a_case(desk, "ONCE-1")
    with pytest.raises(CaseError, match="already"):
        a_case(desk, "ONCE-1")


def test_each_case_has_an_identity_of_its_own(desk: Desk) -> None:
    one, other = a_case(desk, "OWN-1"), a_case(desk, "OWN-2")
    assert one.recipient != other.recipient
    (identity,) = desk.case_identities(one.id)
    assert str(identity.recipient) == one.recipient


def test_clips_come_in_the_order_of_the_film(desk: Desk) -> None:
    case, recording = a_case(desk, "CLIP-1"), new_id()
    with desk.session() as casework:
        for first in (50, 10):
            add_clip(casework, case, recording, "  waits  ", (first, first + 5), 200)
        assert [each.first for each in clips_of(casework, recording)] == [10, 50]
        assert {each.name for each in clips_of(casework, recording)} == {"waits"}
        with pytest.raises(ClipError, match="out must come after its in"):
            add_clip(casework, case, recording, "x", (5, 5), 0)


def test_what_fails_leaves_no_audit_event(desk: Desk) -> None:
    def fail() -> None:
        with desk.session() as casework:
            audit.note(casework, "tried", "NOTHING")
            raise CaseError("no")

    with pytest.raises(CaseError):
        fail()
    with desk.session() as casework:
        assert "tried" not in set(casework.scalars(select(AuditEvent.what)))
        assert "case opened" in set(casework.scalars(select(AuditEvent.what)))


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", json.dumps({"box": "x"}).encode()])
def test_a_damaged_box_is_not_used(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "box.json").write_bytes(data)
    with pytest.raises(DataFolderError, match=r"box\.json"):
        read_box(Layout(tmp_path))


def test_a_folder_that_is_not_set_up_says_how(tmp_path: Path) -> None:
    with pytest.raises(DataFolderError, match="vigbox setup"):
        read_box(Layout(tmp_path))
