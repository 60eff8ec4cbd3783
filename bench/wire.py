"""Two machines that are not there: network namespaces, and between them one link of so many Mbit/s.

Each namespace is held by a sleeping process, and everything that runs here dies with the bench
(``PR_SET_PDEATHSIG``), so that nothing is left whatever happens: no names, no mounts, no links.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

BOX, MACHINE = "10.99.0.1", "10.99.0.2"
ROOT = Path(__file__).resolve().parent.parent
_HEADERS_BYTES = 66
"""Of Ethernet, IPv4 and TCP with time stamps, in each packet."""
_NEEDED = {"ip": "iproute2", "tc": "iproute2", "ss": "iproute2", "setpriv": "util-linux"}


def why_not() -> str | None:
    """Tell why there can be no such link here; None when there can."""
    if sys.platform != "linux" or os.geteuid():
        return "a shaped link needs Linux' network namespaces, and those need root"
    for program, package in _NEEDED.items():
        if not shutil.which(program):
            return f"a shaped link needs {program}: apt-get install {package}"
    return None


class Place:
    """A network namespace. What is started in it dies with this process at the latest."""

    def __init__(self) -> None:
        held = [*_DYING, "unshare", "--net", "sleep", "infinity"]
        self._holder = subprocess.Popen(held)
        self.pid = self._holder.pid
        self._ours = self._inode(os.getpid())
        self._started: list[subprocess.Popen[str]] = []
        wait_until(lambda: self._inode(self.pid) not in (self._ours, 0), "a network namespace")

    def run(self, *command: str | Path) -> str:
        """Run something to its end; gives what it says. Raises CalledProcessError."""
        done = subprocess.run(
            [*self._inside(), *command], check=True, capture_output=True, text=True
        )
        return done.stdout

    def start(self, *command: str | Path, **options: Any) -> "subprocess.Popen[str]":  # noqa: ANN401
        """Start something, in a process group of its own."""
        started = subprocess.Popen(
            [*_DYING, *self._inside(), *command],
            start_new_session=True,
            text=True,
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            **options,
        )
        self._started.append(started)
        return started

    def kill_all(self) -> None:
        """Kill everything that runs in here, as a power cut does."""
        for each in self._started:  # one may not have come in yet
            each.kill()
        for pid in self._inhabitants():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not list(self._inhabitants()), "an end of what was killed")

    def close(self) -> None:
        """Kill everything, and the namespace with it."""
        self.kill_all()
        for each in self._started:
            each.wait()
        self._holder.kill()
        self._holder.wait()

    def _inside(self) -> list[str]:
        return ["nsenter", f"--net=/proc/{self.pid}/ns/net"]

    def _inhabitants(self) -> Iterator[int]:
        home = self._inode(self.pid)
        for each in Path("/proc").glob("[0-9]*"):
            pid = int(each.name)
            if pid != self.pid and self._inode(pid) == home and _is_alive(pid):
                yield pid

    def _inode(self, pid: int) -> int:
        try:
            return Path(f"/proc/{pid}/ns/net").stat().st_ino
        except OSError:
            return 0


class Wire:
    """A box and a machine with a link between them, as a context."""

    def __init__(self, mbit_per_s: int) -> None:
        self._rate = f"{mbit_per_s}mbit"

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as places:
            self.box, self.machine = Place(), Place()
            places.callback(self.box.close)
            places.callback(self.machine.close)
            self._lay()
            self._open = places.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    def received_bytes(self) -> int:
        """Give how many bytes came over the link to the machine, without the packets' headers.

        Other than body bytes this holds what was sent twice, and what came too late for a
        connection that was cut.
        """
        lines = Path(f"/proc/{self.machine.pid}/net/dev").read_text("ascii").splitlines()
        (eth,) = (each for each in lines if each.strip().startswith("eth0:"))
        sizes = eth.split(":")[1].split()
        return int(sizes[0]) - _HEADERS_BYTES * int(sizes[1])

    def break_off(self) -> None:
        """Let the link be down."""
        self.machine.run("ip", "link", "set", "eth0", "down")

    def mend(self) -> None:
        """Let the link be up again."""
        self.machine.run("ip", "link", "set", "eth0", "up")

    def drop(self) -> None:
        """Reset every connection of the machine with the box."""
        self.machine.run("ss", "--kill", "--no-header", "dst", BOX)

    def _lay(self) -> None:
        peer = ("peer", "name", "eth0", "netns", str(self.machine.pid))
        self.box.run("ip", "link", "add", "eth0", "type", "veth", *peer)
        for place, address in ((self.box, BOX), (self.machine, MACHINE)):
            place.run("ip", "link", "set", "lo", "up")
            place.run("ip", "address", "add", f"{address}/24", "dev", "eth0")
            place.run("ip", "link", "set", "eth0", "up")
        shape = ("tbf", "rate", self._rate, "burst", "128kb", "latency", "50ms")
        self.box.run("tc", "qdisc", "add", "dev", "eth0", "root", *shape)


def wait_until(is_so: Callable[[], object], what: str, longest_s: float = 20) -> None:
    """Look every 10 ms. Raises TimeoutError."""
    until = time.monotonic() + longest_s
    while not is_so():
        if time.monotonic() > until:
            raise TimeoutError(f"{what} did not come within {longest_s:.0f} s")
        time.sleep(0.01)


_DYING = ("setpriv", "--pdeathsig", "KILL")


def _is_alive(pid: int) -> bool:
    """Tell whether a process is more than a name that waits for its parent."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
