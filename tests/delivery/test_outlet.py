"""Exports on real storages: SFTP, WebDAV and S3; and an account that may only write."""

import hashlib
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.delivery import storages
from tests.delivery.storages import Storage
from vigbox.delivery.machines import Machine
from vigbox.delivery.outbox import Export, Outbox
from vigbox.delivery.outlet import ChangedThereError, Outlet
from vigbox.delivery.remote import NoRcloneError, Remote, RemoteError
from vigbox.model import new_id
from vigbox.seal.identities import X25519Identity
from vigbox.seal.signing import SigningKey

Opened = Callable[[Path], AbstractContextManager[Storage]]


@pytest.fixture(params=["webdav", "sftp", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Storage]:
    opened: Opened = getattr(storages, request.param)
    with opened(tmp_path / "storage") as found:
        yield found


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    folder = tmp_path / "exports"
    folder.mkdir()
    return Outbox(folder)


def export(outbox: Outbox, data: bytes = b"film" * 50_000) -> Export:
    recipient = str(X25519Identity.generate().recipient)
    machine = Machine(new_id(), "desk", recipient, "", "2026-11-21T10:00:00Z")
    with outbox.begin(new_id(), machine) as draft:
        with draft.part("clip-1.mp4.age", "Clip.mp4", "clip") as sink:
            sink.write(data)
        made = draft.commit(SigningKey.generate(), "VIG-7")
    return outbox.get(made.export_id, machine.id)


def place(one: Export) -> str:
    return f"{one.manifest.machine_id}/{one.manifest.export_id}"


def lay(storage: Storage, one: Export) -> Path:
    """Put a whole export into the folder behind a storage; gives its manifest there."""
    assert storage.folder is not None
    shutil.copytree(one.folder, storage.folder / place(one))
    return storage.folder / place(one) / "manifest.json"


def test_a_whole_export_lies_there_and_was_read_back(storage: Storage, outbox: Outbox) -> None:
    one = export(outbox)
    sent = Outlet(storage.remote).send(one)
    assert sent.is_read_back
    wanted = sorted([*(each.name for each in one.manifest.parts), "manifest.json"])
    assert storage.remote.names(place(one)) == wanted
    for part in one.manifest.parts:
        assert storage.remote.sha256(f"{place(one)}/{part.name}") == part.sha256


def test_sent_again_nothing_is_written_anew(storage: Storage, outbox: Outbox) -> None:
    one, outlet = export(outbox), Outlet(storage.remote)
    assert outlet.send(one) == outlet.send(one)
    if storage.folder is not None:
        before = {each: each.stat().st_ino for each in storage.folder.rglob("*.age")}
        outlet.send(one)
        assert {each: each.stat().st_ino for each in storage.folder.rglob("*.age")} == before


def test_what_somebody_changed_there_is_said_and_left(tmp_path: Path, outbox: Outbox) -> None:
    with storages.webdav(tmp_path / "storage") as storage:
        one = export(outbox)
        Outlet(storage.remote).send(one)
        assert storage.folder is not None
        part = storage.folder / place(one) / "clip-1.mp4.age"
        for strange in (bytes(part.stat().st_size), b"of somebody else"):
            part.write_bytes(strange)
            with pytest.raises(ChangedThereError, match="it was left as it is"):
                Outlet(storage.remote).send(one)
            assert part.read_bytes() == strange


def test_what_a_connection_cut_short_is_sent_again(storage: Storage, outbox: Outbox) -> None:
    one = export(outbox)
    part = one.part("clip-1.mp4.age")
    cut = outbox.get(one.manifest.export_id, one.manifest.machine_id).folder.parent / "cut"
    cut.write_bytes(one.part_path(part.name).read_bytes()[: part.size_bytes // 2])
    storage.remote.put(cut, f"{place(one)}/{part.name}", keep=True)
    assert Outlet(storage.remote).send(one).is_read_back
    assert storage.remote.sha256(f"{place(one)}/{part.name}") == part.sha256


@pytest.mark.parametrize("may_read", [True, False])
def test_a_manifest_that_was_cut_short_is_sent_again(
    tmp_path: Path, outbox: Outbox, *, may_read: bool
) -> None:
    one = export(outbox)
    with storages.sftp(tmp_path / "storage", may_read=may_read) as storage:
        there = lay(storage, one)
        for left in (one.signed[: len(one.signed) // 2], b""):
            there.write_bytes(left)
            assert Outlet(storage.remote).send(one).is_read_back == may_read
            assert there.read_bytes() == one.signed


def test_a_manifest_cut_short_that_may_not_be_written_anew_is_not_sent(
    tmp_path: Path, outbox: Outbox
) -> None:
    one = export(outbox)
    with storages.sftp(tmp_path / "storage", may_read=False, may_open=False) as storage:
        there = lay(storage, one)
        there.write_bytes(one.signed[:9])
        with pytest.raises(ChangedThereError, match="cut short and could not be written anew"):
            Outlet(storage.remote).send(one)
        there.write_bytes(one.signed)
        assert not Outlet(storage.remote).send(one).is_read_back


def test_another_manifest_is_said_and_left(tmp_path: Path, outbox: Outbox) -> None:
    one = export(outbox)
    with storages.webdav(tmp_path / "storage") as storage:
        there = lay(storage, one)
        for strange in (b"{}", bytes(len(one.signed)), one.signed + b"\n"):
            there.write_bytes(strange)
            with pytest.raises(ChangedThereError, match="it was left as it is"):
                Outlet(storage.remote).send(one)
            assert there.read_bytes() == strange


def test_a_part_of_another_size_is_noticed_without_reading(tmp_path: Path, outbox: Outbox) -> None:
    one = export(outbox)
    with storages.sftp(tmp_path / "storage", may_read=False) as storage:
        part = lay(storage, one).with_name("clip-1.mp4.age")
        part.write_bytes(b"cut")
        with pytest.raises(ChangedThereError, match="it was left as it is"):
            Outlet(storage.remote).send(one)
        assert part.read_bytes() == b"cut"


def test_an_account_that_may_only_write_is_enough(tmp_path: Path, outbox: Outbox) -> None:
    with storages.sftp(tmp_path / "storage", may_read=False) as storage:
        one = export(outbox)
        sent = Outlet(storage.remote).send(one)
        assert not sent.is_read_back
        assert storage.folder is not None
        for part in one.manifest.parts:
            data = (storage.folder / place(one) / part.name).read_bytes()
            assert hashlib.sha256(data).hexdigest() == part.sha256
        with pytest.raises(RemoteError):
            storage.remote.small(f"{place(one)}/manifest.json", 1 << 20)


def test_a_storage_that_does_not_answer_is_one_sentence(tmp_path: Path, outbox: Outbox) -> None:
    config = tmp_path / "rclone.conf"
    config.write_text("[office]\ntype = webdav\nurl = http://127.0.0.1:9\n")
    with pytest.raises(RemoteError, match="office: cannot be used: ") as told:
        Outlet(Remote("office:", config)).send(export(outbox))
    assert "\n" not in str(told.value)


def test_without_rclone_the_sentence_says_what_to_do(tmp_path: Path, outbox: Outbox) -> None:
    with pytest.raises(NoRcloneError, match="Install it"):
        Outlet(Remote("office:", None, str(tmp_path / "rclone"))).send(export(outbox))


def test_a_file_that_is_far_too_long_is_not_read_to_its_end(tmp_path: Path, outbox: Outbox) -> None:
    with storages.webdav(tmp_path / "storage") as storage:
        one = export(outbox)
        Outlet(storage.remote).send(one)
        with pytest.raises(RemoteError, match="too long"):
            storage.remote.small(f"{place(one)}/clip-1.mp4.age", 1_000)
        assert storage.remote.names("nobody") == []
