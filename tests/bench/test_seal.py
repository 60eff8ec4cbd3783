from pathlib import Path

import pytest

from bench import peers
from bench.growth import seal_and_open
from bench.rounds import ratio, rounds
from bench.seal import make, measure, open_file, pairs_of, seal_file
from vigbox.seal.opening import open_bytes

MIB = 1 << 20


def test_what_is_measured_is_a_whole_sealing_and_opening(tmp_path: Path) -> None:
    files = make(tmp_path, 2 * MIB)
    seal_file(files, files.output)
    assert open_bytes(files.output.read_bytes(), [files.identity]) == files.plain.read_bytes()
    open_file(files)


def test_every_byte_of_the_long_stream_comes_out() -> None:
    assert seal_and_open(3 * MIB + 1) == 3 * MIB + 1


def test_missing_peers_are_named_and_get_no_figure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    absent = peers.missing()
    assert {"age", "gocryptfs", "openssl"} <= set(absent)
    found = measure(tmp_path, 2 * MIB, 1, [*absent, "pyrage"])
    assert set(pairs_of(found)) == {
        "writer_memory_vs_cipher",
        "random_read_vs_pread",
        "open_vs_x25519",
    }


def test_ratio_is_the_median_round_by_round() -> None:
    ours, peer = iter([2.0, 9.0, 8.0]), iter([1.0, 3.0, 2.0])
    found = rounds({"ours": lambda: next(ours), "peer": lambda: next(peer)}, 3)
    assert ratio(found, "ours", "peer") == 3.0
