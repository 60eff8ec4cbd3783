import json
import os
import resource
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.demo import until
from tests.ports import free_port
from vigbox.web.memory import is_unbound

ROOT = Path(__file__).parents[2]
MIB = 1 << 20

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may lock without a limit")

KEEP = """
import ctypes, json, os, resource, subprocess, sys
from pathlib import Path
from vigbox.web.memory import keep_from_disk

def tell(kept):
    facts = [kept.never_dumped, kept.never_swapped, *kept.missing]
    print(json.dumps({"kept": facts, "status": status_kib("VmLck"), "rss": status_kib("VmRSS")}))

def status_kib(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name + ":")).split()[1])
"""

FORGET_RIGHTS = """
resource.setrlimit(resource.RLIMIT_MEMLOCK, (1 << 20, 1 << 20))
if os.geteuid() == 0:
    os.setresuid(65534, 65534, 65534)
"""


def run(program: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", KEEP + program],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        **options,
    )


def facts_of(program: str) -> dict[str, Any]:
    done = run(program)
    assert done.returncode == 0, done.stderr
    facts: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return facts


@needs_root
def test_every_page_that_is_touched_is_locked() -> None:
    facts = facts_of("kept = keep_from_disk(); held = bytearray(b'k') * (64 << 20); tell(kept)")
    assert facts["kept"] == [True, True]
    assert facts["status"] > 64 * 1024
    assert facts["status"] > 0.9 * facts["rss"]


@needs_root
def test_pages_that_are_not_touched_take_no_memory() -> None:
    facts = facts_of(
        "import mmap; kept = keep_from_disk(); held = mmap.mmap(-1, 512 << 20); tell(kept)"
    )
    assert facts["status"] > 512 * 1024
    assert facts["rss"] < 128 * 1024


def test_under_a_limit_nothing_is_locked_and_memory_can_still_be_had() -> None:
    program = FORGET_RIGHTS
    facts = facts_of(
        program + "kept = keep_from_disk(); held = bytearray(b'k') * (256 << 20); tell(kept)"
    )
    never_dumped, never_swapped, *missing = facts["kept"]
    assert (never_dumped, never_swapped) == (True, False)
    assert "LimitMEMLOCK=infinity" in missing[0]
    assert facts["status"] == 0


@pytest.mark.parametrize(
    ("limit", "capabilities", "may"),
    [
        (8 * MIB, "0000000000000000", False),
        (8 * MIB, "000001ffffffbfff", False),
        (8 * MIB, "0000000000004000", True),
        (resource.RLIM_INFINITY, "0000000000000000", True),
    ],
)
def test_limit_binds_only_whom_it_binds(limit: int, capabilities: str, *, may: bool) -> None:
    assert is_unbound(limit, f"Name:\tx\nCapPrm:\tffff\nCapEff:\t{capabilities}\n") is may


def test_program_that_dies_leaves_no_core(tmp_path: Path) -> None:
    # the soft limit is lifted as far as it goes, before it is forbidden
    program = "resource.setrlimit(resource.RLIMIT_CORE, (HARD, HARD)); keep_from_disk(); os.abort()"
    program = program.replace("HARD", str(resource.getrlimit(resource.RLIMIT_CORE)[1]))
    child = subprocess.Popen(
        [sys.executable, "-c", KEEP + program],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.DEVNULL,
    )
    _, status, _ = os.wait4(child.pid, 0)
    child.returncode = status
    assert os.WIFSIGNALED(status)
    assert not os.WCOREDUMP(status)
    assert list(tmp_path.iterdir()) == []


def test_other_programs_of_the_same_user_may_not_read_it() -> None:
    # the kernel gives the files of such a process to root
    program = FORGET_RIGHTS + (
        "ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)\n"
        "def owner(): return os.stat(f'/proc/{os.getpid()}/environ').st_uid\n"
        "before = owner(); keep_from_disk(); print(before == os.geteuid(), owner())"
    )
    assert run(program).stdout.split() == ["True", "0"]


def test_limit_stands_in_the_kernels_list_and_programs_can_be_started() -> None:
    program = FORGET_RIGHTS + (
        "keep_from_disk()\n"
        "print(Path('/proc/self/limits').read_text(), flush=True)\n"
        "subprocess.run(['grep', 'VmLck', '/proc/self/status'], check=True)"
    )
    done = run(program)
    limits = [line.split() for line in done.stdout.splitlines() if "core file" in line]
    assert limits == [["Max", "core", "file", "size", "0", "0", "bytes"]]
    assert done.stdout.split()[-2:] == ["0", "kB"]  # what is started is not locked in


SERVE = """
from flask import Flask
from vigbox.web.serving import serve

app = Flask("twin")

@app.get("/")
def page():
    return Path("/proc/self/status").read_text()

serve(app, f"127.0.0.1:{sys.argv[1]}")
"""


@needs_root
def test_process_that_answers_the_pages_is_the_one_that_is_kept() -> None:
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-c", KEEP + SERVE, str(port)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.DEVNULL,
    )
    told: list[str] = []

    def is_answering() -> bool:
        told.extend(asked(port))
        return bool(told)

    try:
        until("the page answers", is_answering)
    finally:
        server.terminate()
        server.wait(30)
    found = dict(line.split(":", 1) for line in told[0].splitlines())
    assert int(found["VmLck"].split()[0]) > 10_000


def asked(port: int) -> list[str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as answer:
            return [answer.read().decode()]
    except OSError:
        return []
