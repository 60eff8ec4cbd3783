"""``vigbox pair`` as it is typed."""

import subprocess
import sys
from pathlib import Path


def said(*words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "vigbox", *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    return done.stderr


def test_a_code_that_nobody_can_be_asked_for_is_told() -> None:
    assert "give it with --code" in said("pair", "127.0.0.1:1")


def test_no_box_at_an_address_is_one_line(tmp_path: Path) -> None:
    told = said("pair", "127.0.0.1:1", "--code", "123456", "--home", str(tmp_path / "home"))
    assert told.startswith("vigbox: cannot reach a box at 127.0.0.1:1")


def test_a_machine_that_is_not_paired_is_told_how(tmp_path: Path) -> None:
    told = said("sync", str(tmp_path / "films"), "--once", "--home", str(tmp_path / "home"))
    assert "run vigbox pair" in told
