import hashlib
import io
import stat
from pathlib import Path

import pytest

from vigbox.delivery.draft import Draft, HashingSink
from vigbox.delivery.machines import Machine
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
