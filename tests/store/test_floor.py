from datetime import timedelta
from pathlib import Path

import pytest

from vigbox.store.floor import BORN, Floor

LATER = BORN + timedelta(days=3)


def test_a_floor_is_kept_and_only_rises(tmp_path: Path) -> None:
    path = tmp_path / "floor.json"
    assert Floor(path).at == BORN
    Floor(path).raise_to(LATER)
    kept = path.read_bytes()
    floor = Floor(path)
    floor.raise_to(BORN)
    assert (floor.at, path.read_bytes()) == (LATER, kept)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"\xff",
        b"[" * 10_000,
        b'{"version": 2, "floor_at": "2030-01-01T00:00:00+00:00"}',
        b'{"version": 1, "floor_at": 5}',
        b'{"version": 1, "floor_at": "1999-01-01T00:00:00+00:00"}',
        b'{"version": 1}',
    ],
)
def test_a_damaged_floor_is_the_lowest(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "floor.json"
    path.write_bytes(data)
    assert Floor(path).at == BORN
    Floor(path).raise_to(LATER)
    assert Floor(path).at == LATER
