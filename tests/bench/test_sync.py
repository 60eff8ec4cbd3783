import itertools
import subprocess
import sys

import pytest

from bench import cuts, sync_peers
from bench.cuts import KINDS, plan
from bench.wire import ROOT, Place, wait_until, why_not

needs_wire = pytest.mark.skipif(why_not() is not None, reason=str(why_not()))


def test_a_seed_brings_its_cuts_back_in_their_order() -> None:
    drawn = plan(7, 1 << 20, 12)
    assert drawn == plan(7, 1 << 20, 12)
    assert drawn != plan(8, 1 << 20, 12)
    assert [each.at_bytes for each in drawn] == sorted(each.at_bytes for each in drawn)
    assert {each.kind for each in drawn} == set(KINDS)
    assert all(0 < each.at_bytes < 1 << 20 for each in drawn)


def test_every_kind_comes_in_four_cuts() -> None:
    for seed in range(20):
        assert sorted(each.kind for each in plan(seed, 1 << 20, 4)) == sorted(KINDS)


def test_missing_peers_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert set(sync_peers.missing()) == {"curl", "rclone", "rsync", "ssh", "sshd"}
    assert sync_peers.missing()["sshd"] == "apt-get install openssh-server"


def test_without_root_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert "root" in str(why_not())


@needs_wire
def test_what_runs_in_a_place_ends_with_it() -> None:
    place = Place()
    started = place.start("sleep", "600")
    assert "lo" in place.run("ip", "link")
    place.close()
    assert started.wait(10) != 0


DYING = """
import os, signal
from bench.wire import Wire
wire = Wire(75).__enter__()
sleeper = wire.machine.start("sleep", "600")
print(wire.box.pid, wire.machine.pid, sleeper.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@needs_wire
def test_a_bench_that_is_killed_leaves_nothing() -> None:
    said = subprocess.run(
        [sys.executable, "-c", DYING], check=False, capture_output=True, text=True, cwd=ROOT
    )
    pids = [int(each) for each in said.stdout.split()]
    assert len(pids) == 3

    def is_over() -> bool:
        states = (ROOT / f"/proc/{each}/stat" for each in pids)
        return all(
            not each.exists() or each.read_text().rpartition(")")[2].split()[0] == "Z"
            for each in states
        )

    wait_until(is_over, "an end of everything")


def test_a_program_that_never_succeeds_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    class Nowhere:
        def received_bytes(self) -> int:
            return 0

    monkeypatch.setattr(cuts, "_MOST_TRIES", 2)
    count = itertools.count()

    def start() -> subprocess.Popen[str]:
        next(count)
        return subprocess.Popen(["false"], stdout=subprocess.PIPE, text=True)

    carrier = cuts.Carrier(Nowhere(), cuts.Server(lambda: None, lambda: None))  # type: ignore[arg-type]
    with pytest.raises(TimeoutError, match="2 tries"):
        carrier.carry(start, [])
    assert next(count) == 2
