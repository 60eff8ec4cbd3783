import json
import subprocess
from pathlib import Path

import pytest

from tests.certificates import issue
from vigbox.delivery.contents import parse
from vigbox.delivery.machines import Machine, MachineError, Machines
from vigbox.delivery.manifest import ManifestError, parse_signed
from vigbox.delivery.outbox import NoSuchExportError, Outbox
from vigbox.model import new_id
from vigbox.seal.identities import X25519Identity
from vigbox.seal.signing import SigningKey

KEY = SigningKey.generate()
IDENTITY = X25519Identity.generate()
FILM = bytes(range(256)) * 700


@pytest.fixture
def machines(tmp_path: Path) -> Machines:
    return Machines(tmp_path / "machines.json")


@pytest.fixture
def machine(machines: Machines) -> Machine:
    return machines.add("laptop", str(IDENTITY.recipient), issue)[0]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "exports"


@pytest.fixture
def outbox(folder: Path) -> Outbox:
    folder.mkdir()
    return Outbox(folder)


def put(outbox: Outbox, machine: Machine, export_id: str | None = None) -> str:
    export_id = export_id or new_id()
    with outbox.begin(export_id, machine) as draft:
        with draft.part("clip-1.mp4.age", "Bath time.mp4", "clip") as plain:
            plain.write(FILM[:100_000])
            plain.write(memoryview(FILM)[100_000:])
        draft.commit(KEY, "CASE-A12-X")
    return export_id


def opened_by_age(path: Path, tmp_path: Path) -> bytes:
    identity = tmp_path / "identity.txt"
    identity.write_text(IDENTITY.secret_text() + "\n")
    command = ["age", "-d", "-i", str(identity), str(path)]
    return subprocess.run(command, check=True, capture_output=True).stdout


def test_stock_age_opens_every_part_with_the_machines_identity(
    outbox: Outbox, machine: Machine, tmp_path: Path
) -> None:
    export_id = put(outbox, machine)
    clip = outbox.part_path(export_id, "clip-1.mp4.age", machine.id)
    assert opened_by_age(clip, tmp_path) == FILM
    contents = outbox.part_path(export_id, "contents.json.age", machine.id)
    assert parse(opened_by_age(contents, tmp_path)).files[0].size_bytes == len(FILM)


def test_the_manifest_tells_what_sha256sum_and_the_disk_tell(
    outbox: Outbox, machine: Machine
) -> None:
    export_id = put(outbox, machine)
    export = outbox.get(export_id, machine.id)
    assert parse_signed(export.signed, KEY.verify_key) == export.manifest
    assert [each.name for each in export.manifest.parts] == ["clip-1.mp4.age", "contents.json.age"]
    for part in export.manifest.parts:
        path = outbox.part_path(export_id, part.name, machine.id)
        told = subprocess.run(["sha256sum", str(path)], check=True, capture_output=True).stdout
        assert told.decode().split()[0] == part.sha256
        assert path.stat().st_size == part.size_bytes


def test_nothing_a_person_would_read_lies_unsealed(
    outbox: Outbox, machine: Machine, folder: Path
) -> None:
    put(outbox, machine)
    for path in folder.rglob("*"):
        assert "Bath" not in path.name
        if path.is_file():
            data = path.read_bytes()
            assert b"Bath time" not in data
            assert b"CASE-A12-X" not in data or path.suffix == ".age"
            assert FILM[:32] not in data


def test_an_export_without_a_commit_leaves_nothing(
    outbox: Outbox, machine: Machine, folder: Path
) -> None:
    with outbox.begin(new_id(), machine) as draft, draft.part("a.age", "a", "clip") as plain:
        plain.write(b"x")
    assert list(folder.iterdir()) == []


def test_an_error_half_way_leaves_nothing_and_is_told(
    outbox: Outbox, machine: Machine, folder: Path
) -> None:
    def film() -> bytes:
        raise OSError("the film cannot be read")

    def broken() -> None:
        with outbox.begin(new_id(), machine) as draft:
            with draft.part("a.age", "a", "clip") as plain:
                plain.write(film())
            draft.commit(KEY, "CASE-A12-X")

    with pytest.raises(OSError, match="cannot be read"):
        broken()
    assert list(folder.iterdir()) == []


def test_an_export_in_the_making_is_not_listed_and_a_cut_draft_is_cleared(
    outbox: Outbox, machine: Machine, folder: Path
) -> None:
    draft = outbox.begin(new_id(), machine)
    draft.__enter__()
    assert outbox.for_machine(machine.id) == []
    kept = put(outbox, machine)
    outbox.clear_unfinished()
    assert [path.name for path in folder.iterdir()] == [kept]


def test_a_draft_that_can_be_gone_on_with_outlasts_a_start_until_it_is_erased(
    outbox: Outbox, machine: Machine, folder: Path
) -> None:
    export = new_id()
    outbox.begin(export, machine, begun=[]).__enter__()
    outbox.clear_unfinished()
    assert outbox.begun() == [export]
    outbox.erase(export)
    assert outbox.begun() == []
    assert list(folder.iterdir()) == []


def test_a_cut_while_such_a_draft_is_erased_is_cleared(
    outbox: Outbox, machine: Machine, folder: Path
) -> None:
    export = new_id()
    outbox.begin(export, machine, begun=[]).__enter__()
    (folder / f"{export}.tmp").rename(folder / f"{export}.tmp.gone.tmp")
    assert outbox.begun() == []
    outbox.clear_unfinished()
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("name", ["A.age", "clip.mp4", "../a.age", "nul.age", "contents.json.age"])
def test_a_part_needs_a_proper_name(outbox: Outbox, machine: Machine, name: str) -> None:
    with (
        outbox.begin(new_id(), machine) as draft,
        pytest.raises(ManifestError),
        draft.part(name, "a", "clip"),
    ):
        pass


def test_a_part_cannot_be_made_twice(outbox: Outbox, machine: Machine) -> None:
    with outbox.begin(new_id(), machine) as draft:
        with draft.part("a.age", "a", "clip"):
            pass
        with pytest.raises(ManifestError), draft.part("a.age", "a", "clip"):
            pass


def test_an_id_that_is_taken_is_not_written_over(outbox: Outbox, machine: Machine) -> None:
    export_id = put(outbox, machine)
    with pytest.raises(FileExistsError):
        put(outbox, machine, export_id)


def test_nothing_is_made_for_a_revoked_machine(
    outbox: Outbox, machine: Machine, machines: Machines
) -> None:
    machines.revoke(machine.id)
    with pytest.raises(MachineError, match="no longer paired"):
        outbox.begin(new_id(), machines.get(machine.id))


def test_a_machine_sees_its_own_exports_alone(
    outbox: Outbox, machine: Machine, machines: Machines
) -> None:
    other, _ = machines.add("other", str(IDENTITY.recipient), issue)
    mine, theirs = put(outbox, machine), put(outbox, other)
    assert [each.manifest.export_id for each in outbox.for_machine(machine.id)] == [mine]
    with pytest.raises(NoSuchExportError):
        outbox.part_path(theirs, "clip-1.mp4.age", machine.id)
    with pytest.raises(NoSuchExportError):
        outbox.note_verified(theirs, machine.id)


@pytest.mark.parametrize("name", ["manifest.json", "../x.age", "other.age", "", "verified.json"])
def test_only_parts_can_be_asked_for(outbox: Outbox, machine: Machine, name: str) -> None:
    export_id = put(outbox, machine)
    with pytest.raises(NoSuchExportError):
        outbox.part_path(export_id, name, machine.id)


@pytest.mark.parametrize("export_id", ["", "..", "../" + "0" * 32, "0" * 32, "A" * 32])
def test_an_id_that_is_none_finds_nothing(outbox: Outbox, machine: Machine, export_id: str) -> None:
    for ask in (outbox.get, outbox.note_verified):
        with pytest.raises(NoSuchExportError):
            ask(export_id, machine.id)
    with pytest.raises(NoSuchExportError):
        outbox.erase(export_id)


def test_what_a_machine_verified_is_kept_with_its_first_time(
    folder: Path, outbox: Outbox, machine: Machine
) -> None:
    export_id = put(outbox, machine)
    assert not outbox.is_verified(export_id)
    Outbox(folder, lambda: "2026-01-01T00:00:00+00:00").note_verified(export_id, machine.id)
    outbox.note_verified(export_id, machine.id)
    assert outbox.is_verified(export_id)
    noted = json.loads((folder / export_id / "verified.json").read_text())
    assert noted == {"machine_id": machine.id, "verified_at": "2026-01-01T00:00:00+00:00"}


def test_erasing_leaves_nothing(folder: Path, outbox: Outbox, machine: Machine) -> None:
    outbox.erase(put(outbox, machine))
    assert list(folder.iterdir()) == []


def test_erasing_one_in_the_making_leaves_nothing_and_it_cannot_be_committed(
    folder: Path, outbox: Outbox, machine: Machine
) -> None:
    export_id = "7" * 32
    with outbox.begin(export_id, machine) as draft:
        with draft.part("a.age", "a.mp4", "clip") as plain:
            plain.write(b"x")
            outbox.erase(export_id)
            assert list(folder.iterdir()) == []
            plain.write(b"y")
        with pytest.raises(FileNotFoundError):
            draft.commit(KEY, "CASE-A12-X")
    assert list(folder.iterdir()) == []
    assert not outbox.has(export_id)


def test_a_damaged_export_does_not_hide_the_others(
    folder: Path, outbox: Outbox, machine: Machine
) -> None:
    bad, renamed, good = put(outbox, machine), put(outbox, machine), put(outbox, machine)
    (folder / bad / "manifest.json").write_bytes(b"\0" * 100)
    (folder / renamed).rename(folder / new_id())
    assert [each.manifest.export_id for each in outbox.for_machine(machine.id)] == [good]


def test_what_was_verified_is_listed_until_it_is_erased(outbox: Outbox, machine: Machine) -> None:
    put(outbox, machine)
    export_id = put(outbox, machine)
    assert outbox.verified() == []
    outbox.note_verified(export_id, machine.id)
    assert outbox.verified() == [export_id]
    outbox.erase(export_id)
    assert outbox.verified() == []
