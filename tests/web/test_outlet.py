"""An outlet that is a folder of this machine: rclone treats it as any other storage."""

from pathlib import Path

import pytest

from vigbox.delivery.machines import Machine
from vigbox.delivery.outbox import BROWSER, Outbox
from vigbox.delivery.outlet import Outlet
from vigbox.delivery.remote import Remote
from vigbox.model import new_id
from vigbox.seal.identities import X25519Identity
from vigbox.seal.signing import SigningKey
from vigbox.web.outlet import Sending


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    folder = tmp_path / "exports"
    folder.mkdir()
    return Outbox(folder)


def export(outbox: Outbox) -> str:
    recipient = str(X25519Identity.generate().recipient)
    machine = Machine(new_id(), "desk", recipient, "", "2026-11-21T10:00:00Z")
    with outbox.begin(new_id(), machine) as draft:
        with draft.part("clip-1.mp4.age", "Clip.mp4", "clip") as sink:
            sink.write(b"film")
        return draft.commit(SigningKey.generate(), "VIG-7").export_id


def test_each_export_is_sent_once_and_that_is_remembered(tmp_path: Path, outbox: Outbox) -> None:
    first = export(outbox)
    sending = Sending(outbox, Outlet(Remote(str(tmp_path / "storage"))))
    assert sending.send_all()
    assert outbox.is_sent(first), "noted before the first byte"
    assert not (tmp_path / "storage").exists()
    assert sending.send_all()
    assert outbox.unsent() == []
    second = export(outbox)
    assert [each.manifest.export_id for each in outbox.unsent()] == [second]
    assert sending.send_all()
    assert sending.send_all()
    assert len(list((tmp_path / "storage").rglob("manifest.json"))) == 2


def test_what_waits_for_a_revoked_machine_is_not_sent(tmp_path: Path, outbox: Outbox) -> None:
    first = export(outbox)
    machine = outbox.unsent()[0].manifest.machine_id
    sending = Sending(outbox, Outlet(Remote(str(tmp_path / "storage"))), lambda: {machine})
    assert sending.send_all()
    assert sending.send_all()
    assert outbox.unsent({machine}) == []
    assert not outbox.is_sent(first)
    assert not (tmp_path / "storage").exists()


def test_what_cannot_be_sent_is_told_and_sent_when_it_can(tmp_path: Path, outbox: Outbox) -> None:
    config = tmp_path / "rclone.conf"
    config.write_text("[office]\ntype = webdav\nurl = http://127.0.0.1:9\n")
    one = export(outbox)
    away = Sending(outbox, Outlet(Remote("office:", config)))
    assert away.send_all()
    assert not away.send_all()
    assert away.problem.startswith("office: cannot be used")
    assert [each.manifest.export_id for each in outbox.unsent()] == [one]
    config.write_text(f"[office]\ntype = alias\nremote = {tmp_path / 'storage'}\n")
    assert away.send_all()
    assert (away.problem, outbox.unsent()) == ("", [])


def test_what_was_changed_there_does_not_keep_the_others(tmp_path: Path, outbox: Outbox) -> None:
    first, second = export(outbox), export(outbox)
    storage = tmp_path / "storage"
    sending = Sending(outbox, Outlet(Remote(str(storage))))
    assert sending.send_all()
    oldest, newest = outbox.unsent()
    assert {first, second} == {each.manifest.export_id for each in (oldest, newest)}
    changed = storage / oldest.manifest.machine_id / oldest.manifest.export_id / "manifest.json"
    changed.parent.mkdir(parents=True)
    changed.write_bytes(b"of somebody else")
    assert not sending.send_all()
    assert "is not what the box put there" in sending.problem
    assert changed.read_bytes() == b"of somebody else"
    assert outbox.unsent() == [oldest]
    arrived = storage / newest.manifest.machine_id / newest.manifest.export_id / "manifest.json"
    assert arrived.read_bytes() == newest.signed


def test_what_is_for_a_browser_is_never_sent(tmp_path: Path, outbox: Outbox) -> None:
    recipient = str(X25519Identity.generate().recipient)
    machine = Machine(BROWSER, "this browser", recipient, "", "2026-11-21T10:00:00Z")
    with outbox.begin(new_id(), machine) as draft:
        with draft.part("clip-1.mp4.age", "Clip.mp4", "clip") as sink:
            sink.write(b"film")
        draft.commit(SigningKey.generate(), "VIG-7")
    sending = Sending(outbox, Outlet(Remote(str(tmp_path / "storage"))))
    assert sending.send_all()
    assert sending.send_all()
    assert not (tmp_path / "storage").exists()


def test_without_an_outlet_nothing_is_sent_and_nothing_is_wrong(outbox: Outbox) -> None:
    one = export(outbox)
    sending = Sending(outbox, None)
    sending.begin()
    assert sending.send_all()
    assert (sending.where, sending.problem, outbox.is_sent(one)) == ("", "", False)
