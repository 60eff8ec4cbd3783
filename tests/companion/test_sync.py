from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.companion.syncing import FILM, SMALL, Ended, shown, state, sync_once, waits_until, watch
from vigbox.companion import home as homes
from vigbox.companion.link import BoxRefusedError
from vigbox.companion.progress import quiet
from vigbox.companion.rounds import SyncSummary
from vigbox.companion.sync import LONGEST_PAUSE_S, sync

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.companion.conftest import FlakyFront, ServedBox


def test_exports_are_fetched_opened_and_told_verified(
    box: ServedBox, home: Path, dest: Path
) -> None:
    box.pair(home)
    first = box.put({"Bath.mp4": SMALL, "Bath 2.mp4": b"short"})
    second = box.put({"Play.mp4": b""}, case="B7")
    summary = sync_once(dest, home)
    assert shown(dest) == {"A12/Bath.mp4": SMALL, "A12/Bath 2.mp4": b"short", "B7/Play.mp4": b""}
    assert sorted(box.verified) == sorted([first.export_id, second.export_id])
    assert (summary.exports, summary.problems) == (2, ())
    assert set(summary.files) == {dest / each for each in shown(dest)}
    assert summary.fetched_bytes == first.size_bytes + second.size_bytes
    assert state(dest) == set()


def test_what_was_done_is_not_done_again(box: ServedBox, home: Path, dest: Path) -> None:
    box.pair(home)
    box.put({"Bath.mp4": SMALL})
    sync_once(dest, home)
    (dest / "A12" / "Bath.mp4").unlink()
    assert sync_once(dest, home) == SyncSummary(0, (), 0, ())
    assert shown(dest) == {}


def test_seven_drops_cost_no_more_than_a_hundredth(
    box: ServedBox, front: FlakyFront, home: Path, dest: Path
) -> None:
    box.pair(home, front.address)
    box.put({"Bath.mp4": FILM})
    front.drops = [1 << 20, 700_001, 3_000, 90_000, 1 << 20, 0, 2 << 20]
    summary = sync_once(dest, home)
    assert front.drops == []
    assert shown(dest) == {"A12/Bath.mp4": FILM}
    assert summary.fetched_bytes <= 1.01 * len(FILM)
    assert front.part_bytes <= 1.01 * len(FILM)


KILLED = """
import os, signal, sys
from contextlib import contextmanager
from pathlib import Path
from vigbox.companion.rounds import SyncSummary
from vigbox.companion.sync import sync

@contextmanager
def killing(total, here):
    left = total // 2
    def advance(size):
        nonlocal left
        left -= size
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
    yield advance

sync(Path(sys.argv[1]), Path(sys.argv[2]), once=True, keep_sealed=False, progress=killing)
"""


def test_a_killed_sync_goes_on_where_it_was(box: ServedBox, home: Path, dest: Path) -> None:
    box.pair(home)
    manifest = box.put({"Bath.mp4": FILM})
    command = [sys.executable, "-c", KILLED, str(dest), str(home)]
    assert subprocess.run(command, check=False, timeout=60).returncode == -signal.SIGKILL
    assert shown(dest) == {}
    assert box.verified == []
    summary = sync_once(dest, home)
    assert shown(dest) == {"A12/Bath.mp4": FILM}
    assert summary.fetched_bytes <= 0.51 * manifest.size_bytes


def test_a_cut_between_opening_and_telling_makes_no_second_file(
    box: ServedBox, home: Path, dest: Path
) -> None:
    box.pair(home)
    manifest = box.put({"Bath.mp4": SMALL})
    sync_once(dest, home)
    (box.folder / manifest.export_id / "verified.json").unlink()
    summary = sync_once(dest, home)
    assert shown(dest) == {"A12/Bath.mp4": SMALL}
    assert summary.exports == 1
    assert box.outbox.is_verified(manifest.export_id)


def test_keep_sealed_leaves_what_stock_age_opens(box: ServedBox, home: Path, dest: Path) -> None:
    box.pair(home)
    box.put({"Bath.mp4": SMALL})
    sync_once(dest, home, keep_sealed=True)
    assert set(shown(dest)) == {"A12/Bath.mp4.age"}
    command = ["age", "-d", "-i", str(home / "identity.txt"), str(dest / "A12" / "Bath.mp4.age")]
    assert subprocess.run(command, check=True, capture_output=True).stdout == SMALL
    assert len(box.verified) == 1


def test_a_revoked_machine_is_told_to_pair_again(box: ServedBox, home: Path, dest: Path) -> None:
    box.pair(home)
    box.machines.revoke(box.machine.id)
    for once in (True, False):
        with pytest.raises(BoxRefusedError, match="pair it again"):
            sync(dest, home, once=once, keep_sealed=False, progress=quiet)


def test_without_once_it_waits_for_the_box_and_goes_on(
    box: ServedBox, home: Path, dest: Path
) -> None:
    box.pair(home)
    paired = homes.boxes(home)
    told: list[SyncSummary] = []

    def happens(number: int) -> None:
        if number == 1:
            box.put({"Bath.mp4": SMALL})
        if number == 3:
            box.close()

    def run() -> None:
        sync(
            dest,
            home,
            once=False,
            keep_sealed=False,
            progress=quiet,
            wait=waits_until(5, happens),
            when_synced=told.append,
        )

    with pytest.raises(Ended):
        run()
    assert [each.exports for each in told] == [1]
    assert shown(dest) == {"A12/Bath.mp4": SMALL}
    assert homes.boxes(home) == paired


def test_without_once_a_wrong_export_is_fetched_less_and_less_often(
    box: ServedBox, front: FlakyFront, home: Path, dest: Path
) -> None:
    box.pair(home, front.address)
    bad = box.put({"Bad.mp4": SMALL})
    path = box.outbox.part_path(bad.export_id, "clip-0.mp4.age", box.machine.id)
    sealed = path.read_bytes()
    path.write_bytes(sealed[:-1] + bytes([sealed[-1] ^ 1]))

    def mend(number: int) -> None:
        if number == 20:
            path.write_bytes(sealed)

    told = watch(dest, home, waits_until(40, mend))
    assert [each.exports for each in told] == [0, 0, 1]
    assert "not what the box signed" in told[0].problems[0]
    assert front.part_bytes < 7 * len(SMALL)
    assert shown(dest) == {"A12/Bad.mp4": SMALL}


def test_a_problem_that_stays_is_told_once(box: ServedBox, home: Path, dest: Path) -> None:
    box.pair(home)
    manifest = box.put({"Bath.mp4": SMALL})
    box.forge(manifest)
    told = watch(dest, home, waits_until(6, lambda _number: None))
    assert [len(each.problems) for each in told] == [1]


def test_a_box_that_is_away_is_asked_less_often(box: ServedBox, home: Path, dest: Path) -> None:
    box.pair(home)
    box.close()
    seen: list[float] = []

    def wait(seconds: float) -> None:
        seen.append(seconds)
        if len(seen) == 8:
            raise Ended

    assert watch(dest, home, wait) == []
    assert seen[:2] == [15.0, 22.5]
    assert seen[-1] == LONGEST_PAUSE_S


def test_the_bar_is_told_what_was_here_and_what_comes(
    box: ServedBox, home: Path, dest: Path
) -> None:
    box.pair(home)
    manifest = box.put({"Bath.mp4": SMALL})
    told: list[int] = []

    @contextmanager
    def noting(total_bytes: int, here_bytes: int) -> Iterator[Callable[[int], None]]:
        told.extend((total_bytes, here_bytes))
        yield told.append

    sync(dest, home, once=True, keep_sealed=False, progress=noting)
    assert told[:2] == [manifest.size_bytes, 0]
    assert sum(told[2:]) == manifest.size_bytes


def test_memory_stays_bounded(box: ServedBox, home: Path, dest: Path) -> None:
    box.pair(home)
    box.put({"Long.mp4": FILM * 8})
    script = (
        "import re, sys\nfrom pathlib import Path\n"
        "from vigbox.companion.progress import quiet\nfrom vigbox.companion.sync import sync\n"
        "status = Path('/proc/self/status')\n"
        "used = lambda: int(re.search(r'VmHWM:\\s+(\\d+)', status.read_text())[1])\n"
        "before = used()\n"
        "sync(Path(sys.argv[1]), Path(sys.argv[2]), once=True, keep_sealed=False, progress=quiet)\n"
        "print(used() - before)\n"
    )
    command = [sys.executable, "-c", script, str(dest), str(home)]
    grown = subprocess.run(command, check=True, capture_output=True, timeout=60).stdout
    assert int(grown) < 24 * 1024, "kB beyond what the imports take"
    assert (dest / "A12" / "Long.mp4").stat().st_size == 8 * len(FILM)
