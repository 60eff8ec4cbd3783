import contextlib
import hashlib
import io
import stat
from pathlib import Path

import pytest

from vigbox.delivery import begun
from vigbox.delivery.begun import SealedPart
from vigbox.delivery.draft import BEGUN, Draft, HashingSink
from vigbox.delivery.machines import Machine
from vigbox.seal.errors import LockedError
from vigbox.seal.identities import X25519Identity
from vigbox.seal.signing import SigningKey

KEY = SigningKey.generate()
MACHINE = Machine("1" * 32, "laptop", str(X25519Identity.generate().recipient), "0" * 64, "now")
NOW = "2026-03-01T12:00:00+00:00"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ("2" * 32)


def test_a_sink_counts_and_hashes_what_goes_through() -> None:
    through = io.BytesIO()
    sink = HashingSink(through.write)
    for piece in (b"", b"abc", bytearray(b"def"), memoryview(b"ghi")):
        assert sink.write(piece) == len(piece)
    assert through.getvalue() == b"abcdefghi"
    assert sink.size_bytes == 9
    assert sink.sha256 == hashlib.sha256(b"abcdefghi").hexdigest()


def test_nothing_is_under_its_own_name_before_the_commit(path: Path) -> None:
    with Draft(path, MACHINE, lambda: NOW) as draft:
        with draft.part("a.age", "a.mp4", "clip") as plain:
            plain.write(b"x")
        assert not path.exists()
        manifest = draft.commit(KEY, "A12")
        assert path.exists()
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    assert (manifest.export_id, manifest.machine_id) == (path.name, MACHINE.id)
    assert manifest.created_at == NOW


def test_parts_are_for_their_owner_alone(path: Path) -> None:
    with Draft(path, MACHINE, lambda: NOW) as draft:
        with draft.part("a.age", "a.mp4", "clip") as plain:
            plain.write(b"x")
        draft.commit(KEY, "A12")
    assert stat.S_IMODE(path.stat().st_mode) == 0o700
    assert {stat.S_IMODE(each.stat().st_mode) for each in path.iterdir()} == {0o600}


def test_a_draft_of_the_same_export_in_the_way_is_not_shared(path: Path) -> None:
    with Draft(path, MACHINE, lambda: NOW):
        with pytest.raises(FileExistsError), Draft(path, MACHINE, lambda: NOW):
            pass
        assert path.with_name(path.name + ".tmp").exists()


def test_what_is_sealed_appears_when_it_is_let_to(path: Path) -> None:
    with Draft(path, MACHINE, lambda: NOW) as draft:
        with draft.part("a.age", "a.mp4", "clip") as plain:
            plain.write(b"x")
        draft.seal(KEY, "A12")
        assert not path.exists()
        draft.appear()
        assert path.exists()


def test_what_was_sealed_and_never_appeared_leaves_nothing(path: Path) -> None:
    with Draft(path, MACHINE, lambda: NOW) as draft:
        draft.seal(KEY, "A12")
    assert list(path.parent.iterdir()) == []


def left(path: Path, *names: str) -> list[SealedPart]:
    """Make parts of a draft, leave it in the middle of one more, and keep what was sealed."""
    with Draft(path, MACHINE, lambda: NOW, begun=[]) as draft:
        for name in names:
            with draft.part(name, f"{name} opened", "clip") as plain:
                plain.write(name.encode())
        with contextlib.suppress(LockedError), draft.part("half.age", "h", "clip") as plain:
            plain.write(b"x" * 200_000)
            raise LockedError("locked")
        draft.leave()
        return draft.sealed


def test_what_was_left_is_gone_on_with(path: Path) -> None:
    sealed = begun.heard(begun.told(left(path, "a.age", "b.age")))
    making = path.with_name(path.name + ".tmp")
    before = {each.name: each.read_bytes() for each in making.iterdir()}
    assert set(before) == {BEGUN, "a.age", "b.age", "half.age"}
    with Draft(path, MACHINE, lambda: NOW, sealed) as draft:
        assert draft.sealed == sealed
        assert {each.name for each in making.iterdir()} == {BEGUN, "a.age", "b.age"}
        with draft.part("half.age", "h", "clip") as plain:
            plain.write(b"whole")
        manifest = draft.commit(KEY, "A12")
    assert [each.name for each in manifest.parts[:3]] == ["a.age", "b.age", "half.age"]
    names = {"a.age", "b.age", "half.age", "contents.json.age", "manifest.json"}
    assert {each.name for each in path.iterdir()} == names
    for name in ("a.age", "b.age"):
        assert (path / name).read_bytes() == before[name]


@pytest.mark.parametrize("spoilt", ["missing", "short", "other"])
def test_from_a_part_that_is_not_whole_on_all_is_made_again(path: Path, spoilt: str) -> None:
    sealed = left(path, "a.age", "b.age", "c.age")
    part = path.with_name(path.name + ".tmp") / "b.age"
    data = part.read_bytes()
    part.unlink()
    if spoilt != "missing":
        part.write_bytes(data[:-1] + (b"" if spoilt == "short" else bytes([data[-1] ^ 1])))
    with Draft(path, MACHINE, lambda: NOW, sealed) as draft:
        assert [each.part.name for each in draft.sealed] == ["a.age"]


def test_what_is_gone_on_with_and_fails_leaves_nothing(path: Path) -> None:
    with Draft(path, MACHINE, lambda: NOW, left(path, "a.age")):
        pass
    assert list(path.parent.iterdir()) == []


def test_a_draft_that_cannot_be_gone_on_with_cannot_be_left(path: Path) -> None:
    with Draft(path, MACHINE, lambda: NOW) as draft:
        draft.leave()
    assert list(path.parent.iterdir()) == []
