"""A recording in real time while the machine is short of something, and the pictures it loses.

Film and sound come ready made from a replayed camera, so that all the work is the recorder's:
intake, AAC, mux, seal, write. It runs in a process of its own, with every core burnt by others
or under a limit on its memory (RLIMIT_AS, what it holds after its imports and so much more; no
control group is touched). Lost is what was given and is not in the film that opens afterwards.
"""

import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from vigbox.config import Settings
from vigbox.devices.camera import Picture
from vigbox.devices.drawn import DrawnStage
from vigbox.devices.simulated import SimulatedMicrophone
from vigbox.devices.stage import Curtain
from vigbox.media.fragments import FilmIndex
from vigbox.model import NS, new_id
from vigbox.recorder.intake import End
from vigbox.recorder.recording import Devices, Recording
from vigbox.seal.films import FilmReader
from vigbox.seal.identities import X25519Identity
from vigbox.store.layout import Layout

MORE_MB = 64
"""What a recorder may take beside what it holds at its start."""

RATE = 25
PATIENCE_S = 60.0

Shots = list[tuple[int, bytes, bool]]


class ReplayedCamera:
    """Gives encoded pictures again and again, at 25 a second, stamped as they come."""

    is_stuck = False

    def __init__(self, size: tuple[int, int], shots: Shots) -> None:
        self.size = size
        self.given = 0
        self._shots = shots
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, when_picture: Callable[[Picture], None]) -> None:
        """Begin."""
        self._over.clear()
        self._thread = threading.Thread(target=self._play, args=(when_picture,), daemon=True)
        self._thread.start()

    def problem(self) -> str:
        """Say nothing: it is there."""
        return ""

    def watch(self) -> None:
        """Do nothing: nobody looks here."""

    def look(self) -> None:
        """Give nothing: nobody looks here."""

    def blank(self, *, is_blank: bool) -> None:
        """Do nothing: nobody pauses here."""

    def stop(self) -> None:
        """End."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()

    def _play(self, when_picture: Callable[[Picture], None]) -> None:
        began_ns = time.monotonic_ns()
        while True:
            due_ns = began_ns + self.given * NS // RATE
            if self._over.wait(max(0, due_ns - time.monotonic_ns()) / NS):
                return
            _, data, is_key = self._shots[self.given % len(self._shots)]
            when_picture(Picture(data, due_ns, is_key))
            self.given += 1


@dataclass(frozen=True)
class Outcome:
    """What a strained recording came to."""

    given: int
    kept: int
    limit_mb: float = 0

    @property
    def lost(self) -> int:
        """Pictures that were given and are not in the film."""
        return self.given - self.kept


def while_busy(size: tuple[int, int], shots: Shots, seconds: float) -> Outcome:
    """Record while as many processes as there are cores do nothing but compute."""
    with _burning(os.cpu_count() or 1):
        return _apart(size, shots, seconds, None)


def in_little_memory(size: tuple[int, int], shots: Shots, seconds: float) -> Outcome:
    """Record with a limit on the process's address space."""
    return _apart(size, shots, seconds, MORE_MB)


def _apart(size: tuple[int, int], shots: Shots, seconds: float, more_mb: int | None) -> Outcome:
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        return pool.submit(record, size, shots, seconds, more_mb).result()


def record(size: tuple[int, int], shots: Shots, seconds: float, more_mb: int | None) -> Outcome:
    """Record in this process, under a limit if one is given; then open and count.

    It ends once so many seconds of pictures were given, however long that takes.
    """
    camera, identity = ReplayedCamera(size, shots), X25519Identity.generate()
    microphone = SimulatedMicrophone(DrawnStage(*size, 25), Curtain())
    with tempfile.TemporaryDirectory() as folder:
        layout = Layout(Path(folder))
        layout.create()
        limit_mb = _limit(more_mb) if more_mb else 0
        recording = Recording(
            new_id(), Devices(camera, microphone), [identity.recipient], layout,
            Settings(room_to_stop_mb=1),
        )  # fmt: skip
        recording.start()
        until_s = time.monotonic() + seconds + PATIENCE_S
        while camera.given < seconds * RATE and time.monotonic() < until_s:
            time.sleep(0.05)
        camera.stop()
        recording.stop(End("panel", time.monotonic_ns()))
        recording.join()
        return Outcome(camera.given, _kept(layout.film(recording.id), identity), limit_mb)


def _kept(path: Path, identity: X25519Identity) -> int:
    with path.open("rb") as file:
        descriptor, size = file.fileno(), path.stat().st_size
        reader = FilmReader(lambda at, n: os.pread(descriptor, n, at), size, [identity])
        return len(FilmIndex.scan(reader.read_at, reader.size).pictures.times)


def _limit(more_mb: int) -> float:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    most = pages * os.sysconf("SC_PAGE_SIZE") + more_mb * 1_000_000
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    return most / 1e6


@contextmanager
def _burning(count: int) -> Iterator[None]:
    burners = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()
