"""The test's end of a recorder process: presses it, watches it, kills it."""

import base64
import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tests.faults.recorder import PICTURE_NS
from vigbox.lamp import process
from vigbox.lamp.ear import Ear, bind
from vigbox.lamp.heartbeat import SOCKET
from vigbox.lamp.watchdog import Watchdog
from vigbox.model import NS, Lamp, canonical, new_id
from vigbox.seal.identities import X25519Identity
from vigbox.seal.signing import SigningKey
from vigbox.store import durable
from vigbox.store.armed import Armed, arming_from
from vigbox.store.identity import PublicBox, write_box
from vigbox.store.layout import Layout

ROOT: Final = Path(__file__).resolve().parents[2]
PATIENCE_S: Final = 30.0


def furnish(data: Path, identity: X25519Identity) -> Layout:
    """Set a box up in a folder, durably, armed for one case for good."""
    layout, name = Layout(data), new_id()
    layout.create()
    arming, recorder = SigningKey.generate(), SigningKey.generate()
    write_box(layout, PublicBox(name, arming.verify_key, recorder.verify_key, arming.verify_key))
    durable.save(layout.recorder_key, recorder.to_text().encode())
    facts = {
        "box": name, "case": new_id(), "recipients": [str(identity.recipient)],
        "valid_until_at": "2099-01-01T00:00:00+00:00", "counter": 1,
    }  # fmt: skip
    text = canonical({"arming": facts})
    signed = {"grant": text.decode(), "signature": base64.b64encode(arming.sign(text)).decode()}
    Armed(layout.armed, arming.verify_key, name).keep(signed, arming_from(facts))
    return layout


class NoLights:
    """No pins: what the lamp shows is told by its loop."""

    def show(self, lamp: Lamp, now_ns: int) -> None:
        """Do nothing."""


class Rig:
    """One recorder process on a folder that was furnished, and the lamp's own loop beside it.

    ``pictures`` are the times of all pictures taken so far, ``lamps`` what the lamp showed when;
    all times in ns on CLOCK_MONOTONIC, which the processes of one machine share.
    """

    def __init__(self, data: Path, *, is_dark: bool = False, sync_ms: int = 500) -> None:
        self.pictures: list[int] = []
        self.lamps: list[tuple[int, Lamp]] = [(time.monotonic_ns(), Lamp.DARK)]
        self._told = threading.Condition()
        self._run = tempfile.TemporaryDirectory()
        self._log = Path(self._run.name) / "log"
        self._words = ""
        self._over = threading.Event()
        self._ear = Ear(bind(Path(self._run.name) / SOCKET), {os.geteuid()})
        self._lamp = threading.Thread(target=self._shine, name="lamp", daemon=True)
        self._lamp.start()
        self._wire, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        dark = ["--dark"] if is_dark else []
        with far, self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.recorder", data, self._run.name,
                 str(far.fileno()), "--sync-ms", str(sync_ms), *dark],
                cwd=ROOT, pass_fds=[far.fileno()], stderr=log,
                env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
            )  # fmt: skip
        self._listener = threading.Thread(target=self._listen, name="listener", daemon=True)
        self._listener.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    @property
    def lamp(self) -> Lamp:
        """What the lamp says."""
        return self.lamps[-1][1]

    def press(self) -> None:
        """Press shortly: idle, it starts; recording, it marks."""
        self._wire.send(b"press")

    def hold(self) -> None:
        """Hold the button: recording, it stops."""
        self._wire.send(b"hold")

    def until(self, told: str, is_so: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
        """Wait for what the recorder tells. Raises AssertionError with its log."""
        with self._told:
            if not self._told.wait_for(lambda: is_so() or self._is_gone(), patience_s):
                raise AssertionError(f"still not: {told}; {self.lamps} {self.log()}")
        assert is_so(), f"the recorder ended before: {told}; {self.log()}"

    def until_lamp(self, lamp: Lamp, patience_s: float = PATIENCE_S) -> int:
        """Wait for the lamp; gives when it began to say so."""
        self.until(f"lamp {lamp}", lambda: self.lamp is lamp, patience_s)
        return self.lamps[-1][0]

    def until_time(self, time_ns: int) -> None:
        """Let the recorder work until a moment of CLOCK_MONOTONIC."""
        with self._told:
            self._told.wait_for(self._is_gone, max(0, time_ns - time.monotonic_ns()) / NS)

    def kill(self) -> None:
        """SIGKILL, as the kernel does it; gives back once nothing of it runs."""
        self._process.kill()
        self._close()

    def stop(self) -> int:
        """End in order, as systemd does; gives the exit code."""
        self._process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(PATIENCE_S)
        self.kill()
        return self._process.returncode

    def memory_mb(self) -> float:
        """Give the memory it holds now, in MB."""
        return self._memory_mb("VmRSS")

    def peak_mb(self) -> float:
        """Give the most memory it ever held, in MB."""
        return self._memory_mb("VmHWM")

    def is_answering(self, within_s: float) -> bool:
        """Tell whether the control socket gives a status in time."""
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(within_s)
            try:
                link.connect(str(Path(self._run.name) / "recorder.sock"))
                link.sendall(b'{"do": "status"}\n')
                return b"lamp" in link.recv(4096)
            except OSError:
                return False

    def filmed_ns(self, until_ns: int) -> int:
        """Give how much was filmed by a moment, counted from the first picture taken."""
        taken = [each for each in self.pictures if each <= until_ns]
        return taken[-1] - taken[0] + PICTURE_NS if taken else 0

    def log(self) -> str:
        """Give what it wrote to its log."""
        if self._log.exists():
            self._words = self._log.read_text("utf-8", "replace")
        return self._words

    def _memory_mb(self, name: str) -> float:
        lines = Path(f"/proc/{self.pid}/status").read_text("ascii").splitlines()
        (found,) = (line.split() for line in lines if line.startswith(name))
        return int(found[1]) * 1024 / 1e6

    def _is_gone(self) -> bool:
        return not self._listener.is_alive()

    def _close(self) -> None:
        self._process.wait()
        self._listener.join()
        self._over.set()
        self._lamp.join()
        self._ear.close()
        self.log()
        self._wire.close()
        self._run.cleanup()

    def _shine(self) -> None:
        with contextlib.closing(Watchdog(None)) as nobody:
            process.run(self._ear, NoLights(), nobody, self._over.is_set, self._note_lamp)

    def _note_lamp(self, lamp: Lamp, now_ns: int) -> None:
        with self._told:
            self.lamps.append((now_ns, lamp))
            self._told.notify_all()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while words := self._wire.recv(256).decode().split():
                with self._told:
                    self.pictures.append(int(words[1]))
                    self._told.notify_all()
        threading.Thread(target=self._wake, name="farewell", daemon=True).start()

    def _wake(self) -> None:
        self._listener.join()
        with self._told:
            self._told.notify_all()
