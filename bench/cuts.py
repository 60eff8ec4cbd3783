"""What goes wrong on the way, at moments of chance, and the carrying of bytes through it.

``link``  the link is down for a while; what is under way hangs
``drop``  every connection is reset
``box``   the box's process is killed, and started again a little later
``lid``   the machine sleeps for a while, its connections are gone when it wakes
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from bench.wire import Wire

KINDS = ("link", "drop", "box", "lid")
_MOST_TRIES = 40
_LOOK_S = 0.01


@dataclass(frozen=True)
class Cut:
    """Once so many bytes have come over the link, something happens for so long."""

    at_bytes: int
    kind: str
    seconds: float


def plan(seed: int, size_bytes: int, count: int) -> list[Cut]:
    """Draw the cuts of one run, in their order; each kind comes about as often as the others."""
    rng = random.Random(seed)
    places = sorted(rng.randrange(size_bytes // 50, size_bytes) for _ in range(count))
    kinds = [KINDS[number % len(KINDS)] for number in range(count)]
    rng.shuffle(kinds)
    return [Cut(at, kind, rng.uniform(0.1, 0.9)) for at, kind in zip(places, kinds, strict=True)]


@dataclass(frozen=True)
class Server:
    """How the process at the box's end is killed, and started again."""

    kill: Callable[[], None]
    start: Callable[[], None]


@dataclass(frozen=True)
class Carried:
    """How something was carried over the link."""

    seconds: float
    wire_bytes: int
    tries: int
    said: str


class Carrier:
    """Runs a program until it succeeds, through the cuts of a plan."""

    def __init__(self, wire: Wire, server: Server) -> None:
        self._wire = wire
        self._server = server

    def carry(self, program: Callable[[], "subprocess.Popen[str]"], cuts: list[Cut]) -> Carried:
        """Start the program again and again until it ends well. Raises TimeoutError."""
        before, began = self._wire.received_bytes(), time.perf_counter()
        left = list(cuts)
        for tries in range(1, _MOST_TRIES + 1):
            process = program()
            while process.poll() is None:
                if left and self._wire.received_bytes() - before >= left[0].at_bytes:
                    self._do(left.pop(0), process)
                time.sleep(_LOOK_S)
            said = process.communicate()[0]
            if process.returncode == 0:
                took = time.perf_counter() - began
                return Carried(took, self._wire.received_bytes() - before, tries, said)
            time.sleep(0.2)
        raise TimeoutError(f"{_MOST_TRIES} tries did not bring it: {said}")

    def _do(self, cut: Cut, process: "subprocess.Popen[str]") -> None:
        match cut.kind:
            case "link":
                self._wire.break_off()
                time.sleep(cut.seconds)
                self._wire.mend()
            case "drop":
                self._wire.drop()
            case "box":
                self._server.kill()
                time.sleep(cut.seconds)
                self._server.start()
            case "lid":
                self._sleep(cut.seconds, process)
            case other:
                sys.exit(f"there is no cut called {other}")

    def _sleep(self, seconds: float, process: "subprocess.Popen[str]") -> None:
        os.killpg(process.pid, signal.SIGSTOP)
        try:
            self._wire.drop()
            time.sleep(seconds)
        finally:
            os.killpg(process.pid, signal.SIGCONT)
