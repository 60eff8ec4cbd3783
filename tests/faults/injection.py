"""System calls of a running recorder that fail or take long, by strace at its side."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from shutil import which

from tests.faults.rig import Rig


def why_not() -> str | None:
    """Tell why nothing can be injected here; None when it can."""
    return None if which("strace") else "strace makes the faults, and it is not installed"


@contextmanager
def injected(rig: Rig, call: str, fault: str) -> Iterator[None]:
    """Let a system call fail from now on: ``error=EIO``, ``retval=0``, ``delay_enter=5s:when=1``.

    Threads are counted each by itself, and those that begin later are caught as well.
    """
    command = ["strace", "-f", "-p", str(rig.pid), "-e", f"trace={call}"]
    with subprocess.Popen(
        [*command, "-e", f"inject={call}:{fault}", "-o", "/dev/null"],
        stderr=subprocess.PIPE, text=True,
    ) as strace:  # fmt: skip
        try:
            assert strace.stderr is not None
            said = strace.stderr.readline()
            assert "attached" in said, f"{said}{strace.stderr.read()}"
            yield
        finally:
            strace.terminate()
