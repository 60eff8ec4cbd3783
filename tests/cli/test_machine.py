"""``vigbox sync`` as a person types it: lines for a terminal, lines for a log, exit codes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.companion.conftest import ServedBox

FILM = bytes(300_000)


@pytest.fixture
def box(tmp_path: Path) -> Iterator[ServedBox]:
    served = ServedBox(tmp_path / "box")
    yield served
    served.close()


def sync(tmp_path: Path, *options: str) -> subprocess.CompletedProcess[str]:
    words = ["sync", str(tmp_path / "VIG"), "--home", str(tmp_path / "home")]
    return subprocess.run(
        [sys.executable, "-m", "vigbox", *words, *options],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_what_was_brought_is_one_line_each_and_no_bar_in_a_log(
    box: ServedBox, tmp_path: Path
) -> None:
    box.pair(tmp_path / "home")
    box.put({"Bath.mp4": FILM, "Play.mp4": FILM})
    done = sync(tmp_path, "--once")
    assert (done.returncode, done.stderr) == (0, "")
    case = tmp_path / "VIG" / "A12"
    assert done.stdout == f"verified  {case}/Bath.mp4\nverified  {case}/Play.mp4\n"
    assert sync(tmp_path, "--once").stdout == "Nothing new waits on the box.\n"


def test_what_could_not_be_brought_is_one_line_and_ends_with_1(
    box: ServedBox, tmp_path: Path
) -> None:
    box.pair(tmp_path / "home")
    manifest = box.put({"Bath.mp4": FILM})
    path = box.outbox.part_path(manifest.export_id, "clip-0.mp4.age", box.machine.id)
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    done = sync(tmp_path, "--once")
    assert (done.returncode, done.stdout) == (1, "")
    first, last = done.stderr.splitlines()
    assert first.startswith(f"vigbox: export {manifest.export_id[:8]}: piece 1 of part")
    assert last == "vigbox: not everything could be fetched; run it again"


def test_a_box_that_is_away_is_one_line_and_no_failure_when_another_is_here(
    box: ServedBox, tmp_path: Path
) -> None:
    box.pair(tmp_path / "home")
    away = ServedBox(tmp_path / "away", "a box elsewhere")
    away.pair(tmp_path / "home")
    away.close()
    done = sync(tmp_path, "--once")
    assert (done.returncode, done.stdout) == (0, "Nothing new waits on the boxes that answered.\n")
    assert done.stderr.count("\n") == 1
    assert f"cannot reach the box at {away.address}" in done.stderr


def test_a_computer_that_is_not_paired_is_told(tmp_path: Path) -> None:
    done = sync(tmp_path)
    assert done.returncode == 1
    assert done.stderr.endswith("run vigbox pair\n")
    assert done.stderr.count("\n") == 1


def test_without_a_console_it_works_all_the_same(box: ServedBox, tmp_path: Path) -> None:
    """As under pythonw, where there is no standard output at all."""
    box.pair(tmp_path / "home")
    box.put({"Bath.mp4": FILM})
    script = (
        "import sys; sys.stdout = sys.stderr = None; from vigbox.cli import main; "
        "sys.exit(main(sys.argv[1:]))"
    )
    words = ["sync", str(tmp_path / "VIG"), "--home", str(tmp_path / "home"), "--once"]
    done = subprocess.run([sys.executable, "-c", script, *words], check=False, timeout=60)
    assert done.returncode == 0
    assert (tmp_path / "VIG" / "A12" / "Bath.mp4").read_bytes() == FILM
    words[1] = "/proc/no/where"
    done = subprocess.run([sys.executable, "-c", script, *words], check=False, timeout=60)
    assert done.returncode == 1


def test_without_a_console_problems_and_boxes_that_are_away_end_nothing(
    box: ServedBox, tmp_path: Path
) -> None:
    box.pair(tmp_path / "home")
    away = ServedBox(tmp_path / "away", "a box elsewhere")
    away.pair(tmp_path / "home")
    away.close()
    box.forge(box.put({"Bad.mp4": FILM}))
    box.put({"Good.mp4": FILM})
    # written once main has given its exit code, and not when an error went through it
    script = (
        "import sys, pathlib; sys.stdout = sys.stderr = None; from vigbox.cli import main; "
        "pathlib.Path(sys.argv[1]).write_text(str(main(sys.argv[2:])))"
    )
    words = ["sync", str(tmp_path / "VIG"), "--home", str(tmp_path / "home"), "--once"]
    ended = tmp_path / "ended"
    words = [sys.executable, "-c", script, str(ended), *words]
    done = subprocess.run(words, check=False, timeout=60)
    assert (done.returncode, ended.read_text()) == (0, "1")
    assert (tmp_path / "VIG" / "A12" / "Good.mp4").read_bytes() == FILM
