import random
from pathlib import Path

import pytest

from vigbox.companion.partial import MOST_SPOILT, Partial
from vigbox.companion.verify import VerifyError
from vigbox.delivery.manifest import PIECE_BYTES, Part
from vigbox.delivery.part_hash import PartHash

DATA = random.Random(2).randbytes(2 * PIECE_BYTES + 500)


def part_of(data: bytes = DATA) -> Part:
    found = PartHash()
    found.update(data)
    return found.part("clip.age")


def fill(partial: Partial, data: bytes = DATA, step: int = 3_000_000) -> None:
    """Put what is missing, as a connection brings it."""
    while gap := partial.gap():
        start, end = gap
        size = min(step, end - start, PIECE_BYTES - start % PIECE_BYTES)
        partial.put(start, data[start : start + size])


def test_what_is_missing_is_one_gap_after_the_other(tmp_path: Path) -> None:
    with Partial(tmp_path / "x", part_of()) as partial:
        assert partial.gap() == (0, len(DATA))
        partial.put(0, DATA[:1000])
        assert (partial.gap(), partial.here_bytes) == ((1000, len(DATA)), 1000)
        fill(partial)
        assert partial.gap() is None
        assert partial.finish()
    assert (tmp_path / "x").read_bytes() == DATA


def test_what_an_earlier_run_left_counts_by_its_hashes(tmp_path: Path) -> None:
    spoilt = bytearray(DATA[:-100])
    spoilt[3] ^= 1
    (tmp_path / "x").write_bytes(spoilt)
    with Partial(tmp_path / "x", part_of()) as partial:
        partial.look()
        assert partial.gap() == (0, PIECE_BYTES)
        fill(partial)
        assert partial.finish()
    assert (tmp_path / "x").read_bytes() == DATA


def test_what_lies_behind_the_end_goes(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(DATA + b"more")
    with Partial(tmp_path / "x", part_of()) as partial:
        partial.look()
        assert partial.gap() is None
        assert partial.finish()
    assert (tmp_path / "x").read_bytes() == DATA


def test_a_piece_that_comes_spoilt_is_missing_again(tmp_path: Path) -> None:
    with Partial(tmp_path / "x", part_of()) as partial:
        partial.put(0, bytes(PIECE_BYTES))
        assert (partial.gap(), partial.here_bytes) == ((0, len(DATA)), 0)
        partial.put(PIECE_BYTES, DATA[PIECE_BYTES : 2 * PIECE_BYTES])
        assert partial.gap() == (0, PIECE_BYTES)
        fill(partial)
        assert partial.finish()


def test_a_piece_that_stays_spoilt_is_an_error(tmp_path: Path) -> None:
    with Partial(tmp_path / "x", part_of()) as partial:
        for _ in range(MOST_SPOILT - 1):
            partial.put(0, bytes(PIECE_BYTES))
        with pytest.raises(VerifyError, match="again and again"):
            partial.put(0, bytes(PIECE_BYTES))


def test_a_disk_that_changes_what_was_right_is_found_at_the_end(tmp_path: Path) -> None:
    with Partial(tmp_path / "x", part_of()) as partial:
        partial.put(PIECE_BYTES, DATA[PIECE_BYTES : 2 * PIECE_BYTES])
        with (tmp_path / "x").open("r+b") as file:
            file.seek(PIECE_BYTES + 9)
            file.write(b"other")
        fill(partial)
        assert not partial.finish()


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    with Partial(tmp_path / "x", part_of()):
        assert (tmp_path / "x").stat().st_mode & 0o777 == 0o600
