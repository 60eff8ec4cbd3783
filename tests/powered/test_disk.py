"""The disk loses what it should, or every power cut here would prove nothing."""

import random
from pathlib import Path

import pytest

from tests.powered.disk import Disk

BLOCK = 4096


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    base = tmp_path / "base"
    base.write_bytes(bytes(64 * BLOCK))
    return Disk(base)


def test_what_was_not_flushed_is_lost_and_what_was_is_kept(disk: Disk) -> None:
    disk.write(100, b"kept")
    disk.flush()
    disk.write(100, b"lost")
    disk.write(3 * BLOCK - 2, b"lost")
    assert disk.read(98, 8) == b"\0\0lost\0\0"
    assert disk.cut() == 3
    assert disk.read(98, 8) == b"\0\0kept\0\0"
    assert disk.read(3 * BLOCK - 2, 4) == bytes(4)


def test_by_chance_some_blocks_are_kept_and_others_not(disk: Disk) -> None:
    for at in range(64):
        disk.write(at * BLOCK, b"new")
    disk.cut(random.Random(1))
    kept = [at for at in range(64) if disk.read(at * BLOCK, 3) == b"new"]
    assert 10 < len(kept) < 54


def test_a_copy_goes_its_own_way(disk: Disk) -> None:
    disk.write(0, b"both")
    disk.flush()
    other = disk.copy()
    other.write(0, b"mine")
    other.flush()
    assert (disk.read(0, 4), other.read(0, 4)) == (b"both", b"mine")


def test_one_that_was_saved_is_the_same_again(disk: Disk, tmp_path: Path) -> None:
    disk.write(5 * BLOCK + 7, b"kept")
    disk.write(63 * BLOCK, b"last")
    disk.flush()
    disk.write(0, b"not flushed")
    disk.save(tmp_path / "saved")
    other = Disk.load(tmp_path / "base", tmp_path / "saved")
    disk.cut()
    assert other.read(0, other.size) == disk.read(0, disk.size)


def test_when_it_fails_in_a_write_that_write_and_all_after_it_are_lost(disk: Disk) -> None:
    disk.write(0, b"kept")
    disk.flush()
    disk.fail_at_write()
    assert not disk.failed.is_set()
    disk.write(BLOCK, b"lost")
    assert disk.failed.is_set()
    with pytest.raises(EOFError):
        disk.flush()
    with pytest.raises(EOFError):
        disk.write(0, b"late")
    assert disk.cut() == 1
    assert (disk.read(0, 4), disk.read(BLOCK, 4)) == (b"kept", bytes(4))
    disk.write(0, b"next")
    disk.flush()
    assert disk.cut() == 0
    assert disk.read(0, 4) == b"next"
