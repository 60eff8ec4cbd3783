import os
import resource
from pathlib import Path

import pytest

from vigbox.store.durable import save, write_all


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "a"
    save(path, b"old")
    save(path, b"new" * 100_000)
    assert path.read_bytes() == b"new" * 100_000
    assert [each.name for each in tmp_path.iterdir()] == ["a"]


def test_others_may_not_read_it(tmp_path: Path) -> None:
    save(tmp_path / "a", b"secret")
    assert (tmp_path / "a").stat().st_mode & 0o077 == 0


def test_a_failed_save_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a"
    save(path, b"old")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            save(path, b"x" * 10_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert path.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["a"]


def test_a_short_write_goes_on_with_the_same_bytes() -> None:
    reading, writing = os.pipe()
    try:
        data = os.urandom(50_000)  # less than a pipe holds
        write_all(writing, data)
        assert os.read(reading, 50_000) == data
    finally:
        os.close(reading)
        os.close(writing)


def test_a_link_at_the_temporary_name_leads_nowhere(tmp_path: Path) -> None:
    film, path = tmp_path / "film.mp4.age", tmp_path / "armed.json"
    film.write_bytes(b"a film")
    (tmp_path / "armed.json.tmp").symlink_to(film)
    with pytest.raises(OSError, match="symbolic link"):
        save(path, b"armed")
    assert film.read_bytes() == b"a film"
    assert not path.exists()
