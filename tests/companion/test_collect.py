"""What many boxes put on one storage, collected by the machine that it is for."""

import threading
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.delivery import storages
from tests.delivery.storages import Storage
from vigbox.companion.collect import Collecting
from vigbox.companion.home import PairedBox
from vigbox.delivery.machines import Machine
from vigbox.delivery.outbox import Outbox
from vigbox.delivery.outlet import Outlet
from vigbox.delivery.remote import NotThereError, Remote
from vigbox.model import new_id
from vigbox.seal.identities import X25519Identity
from vigbox.seal.signing import SigningKey

BOXES = 20
FILM = bytes(range(256)) * 700


@dataclass
class Sender:
    """A box and the machine it knows."""

    outbox: Outbox
    key: SigningKey
    machine: Machine

    @classmethod
    def make(cls, folder: Path, identity: X25519Identity) -> "Sender":
        folder.mkdir(parents=True)
        machine = Machine(new_id(), "desk", str(identity.recipient), "", "2026-11-21T10:00:00Z")
        return cls(Outbox(folder), SigningKey.generate(), machine)

    @property
    def paired(self) -> PairedBox:
        verify = self.key.verify_key.to_text()
        return PairedBox("https://box", "box", "vb-test.home.arpa", verify, "PEM", self.machine.id)

    def send(self, remote: Remote, case: str, data: bytes = FILM) -> str:
        with self.outbox.begin(new_id(), self.machine) as draft:
            with draft.part("clip-1.mp4.age", "Clip.mp4", "clip") as sink:
                sink.write(data)
            made = draft.commit(self.key, case)
        Outlet(remote).send(self.outbox.get(made.export_id, self.machine.id))
        return made.export_id


@pytest.fixture
def me() -> X25519Identity:
    return X25519Identity.generate()


def collecting(
    storage: Storage, dest: Path, me: X25519Identity, *senders: Sender, keep_sealed: bool = False
) -> Collecting:
    boxes = tuple(each.paired for each in senders)
    return Collecting(storage.remote, dest, boxes, me, keep_sealed=keep_sealed)


def test_twenty_boxes_send_at_once_and_one_machine_gets_what_is_for_it(
    tmp_path: Path, me: X25519Identity
) -> None:
    other = X25519Identity.generate()
    mine = [Sender.make(tmp_path / f"box-{n}", me) for n in range(BOXES)]
    theirs = Sender.make(tmp_path / "theirs", other)
    with storages.webdav(tmp_path / "storage") as storage:
        jobs = [
            threading.Thread(target=each.send, args=(storage.remote, f"VIG-{n}", FILM + bytes([n])))
            for n, each in enumerate(mine)
        ]
        jobs.append(threading.Thread(target=theirs.send, args=(storage.remote, "OTHER")))
        for each in jobs:
            each.start()
        for each in jobs:
            each.join(120)
        found = collecting(storage, tmp_path / "dest", me, *mine).run()
        assert found.problems == ()
        assert found.exports == BOXES
        for n in range(BOXES):
            assert (tmp_path / "dest" / f"VIG-{n}" / "Clip.mp4").read_bytes() == FILM + bytes([n])
        assert not (tmp_path / "dest" / "OTHER").exists()
        again = collecting(storage, tmp_path / "dest", me, *mine).run()
        assert (again.exports, again.fetched_bytes, again.files) == (0, 0, ())


def test_a_collection_that_was_cut_goes_on_where_it_was(tmp_path: Path, me: X25519Identity) -> None:
    sender = Sender.make(tmp_path / "box", me)
    with storages.webdav(tmp_path / "storage") as storage:
        export_id = sender.send(storage.remote, "VIG-7", FILM * 20)
        whole = collecting(storage, tmp_path / "whole", me, sender).run()

        class CutError(Exception):
            pass

        taken = 0

        def cut(size_bytes: int) -> None:
            nonlocal taken
            taken += size_bytes
            if taken > whole.fetched_bytes // 2:
                raise CutError

        with pytest.raises(CutError):
            collecting(storage, tmp_path / "dest", me, sender).run(cut)
        (partial,) = (tmp_path / "dest" / ".vigbox").rglob("clip-1.mp4.age.part")
        assert partial.parent.name == export_id
        assert partial.stat().st_size > 0
        rest = collecting(storage, tmp_path / "dest", me, sender).run()
        assert taken + rest.fetched_bytes == whole.fetched_bytes
        assert (tmp_path / "dest" / "VIG-7" / "Clip.mp4").read_bytes() == FILM * 20


def test_an_export_still_under_way_is_left_for_the_next_time(
    tmp_path: Path, me: X25519Identity
) -> None:
    sender = Sender.make(tmp_path / "box", me)
    with storages.webdav(tmp_path / "storage") as storage:
        export_id = sender.send(storage.remote, "VIG-7")
        assert storage.folder is not None
        manifest = storage.folder / sender.machine.id / export_id / "manifest.json"
        signed = manifest.read_bytes()
        manifest.unlink()
        found = collecting(storage, tmp_path / "dest", me, sender).run()
        assert (found.exports, found.problems) == (0, ())
        manifest.write_bytes(signed)
        assert collecting(storage, tmp_path / "dest", me, sender).run().exports == 1


def test_an_export_whose_part_is_gone_is_a_problem_and_no_export_under_way(
    tmp_path: Path, me: X25519Identity
) -> None:
    sender = Sender.make(tmp_path / "box", me)
    with storages.webdav(tmp_path / "storage") as storage:
        export_id = sender.send(storage.remote, "VIG-7")
        assert storage.folder is not None
        (storage.folder / sender.machine.id / export_id / "clip-1.mp4.age").unlink()
        found = collecting(storage, tmp_path / "dest", me, sender).run()
    (problem,) = found.problems
    assert "part clip-1.mp4.age is not on the storage" in problem
    assert found.exports == 0


def test_on_a_bucket_an_export_still_under_way_is_left_for_the_next_time(
    tmp_path: Path, me: X25519Identity
) -> None:
    sender = Sender.make(tmp_path / "box", me)
    with storages.s3(tmp_path / "storage") as storage:
        part = tmp_path / "part"
        part.write_bytes(FILM)
        name = f"{sender.machine.id}/{new_id()}/clip-1.mp4.age"
        storage.remote.put(part, name, keep=False)
        with pytest.raises(NotThereError):
            storage.remote.small("no/such/file", 10)
        found = collecting(storage, tmp_path / "dest", me, sender).run()
    assert (found.exports, found.problems) == (0, ())


def test_what_the_box_did_not_sign_is_refused_and_the_others_are_fetched(
    tmp_path: Path, me: X25519Identity
) -> None:
    good, bad, forged = (Sender.make(tmp_path / name, me) for name in ("good", "bad", "forged"))
    with storages.webdav(tmp_path / "storage") as storage:
        good.send(storage.remote, "GOOD")
        damaged = bad.send(storage.remote, "BAD")
        assert storage.folder is not None
        part = storage.folder / bad.machine.id / damaged / "clip-1.mp4.age"
        data = part.read_bytes()
        part.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
        forged.send(storage.remote, "FORGED")
        forged.key = SigningKey.generate()
        found = collecting(storage, tmp_path / "dest", me, bad, forged, good).run()
        assert found.exports == 1
        assert len(found.problems) == 2
        assert "is not what the box signed" in found.problems[0]
        assert "not signed by this box" in found.problems[1]
        assert sorted(each.name for each in (tmp_path / "dest").iterdir()) == [".vigbox", "GOOD"]


def test_kept_sealed_stock_tools_open_it_later(tmp_path: Path, me: X25519Identity) -> None:
    sender = Sender.make(tmp_path / "box", me)
    with storages.webdav(tmp_path / "storage") as storage:
        sender.send(storage.remote, "VIG-7")
        (path,) = collecting(storage, tmp_path / "dest", me, sender, keep_sealed=True).run().files
    assert path.name == "Clip.mp4.age"
    assert path.read_bytes().startswith(b"age-encryption.org/v1\n")
