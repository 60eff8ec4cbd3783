"""The lamp and a recorder as two real processes that are killed, stopped and starved."""

import contextlib
import json
import logging
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from vigbox.lamp.drawn import PINS, look
from vigbox.lamp.heartbeat import SOCKET, Heartbeat
from vigbox.model import NS, Lamp

_log = logging.getLogger(__name__)

PATIENCE_S = 60.0
LIMIT_NS = 3 * NS
WATCHDOG_NS = NS
"""WatchdogSec of the unit."""

LAMP = (sys.executable, "-m", "vigbox.lamp", "--mock")
HAND_DOWN = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ |= {"LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid())}
os.execv(sys.argv[2], sys.argv[2:])
"""
STAND_IN = Path(__file__).with_name("stand_in.py")


@dataclass(frozen=True, slots=True)
class Shown:
    """One change of the lamp, as it tells it."""

    lamp: str
    at_ns: int
    levels: list[float]


class ShownBy:
    """A lamp process, and all that it has shown."""

    def __init__(
        self,
        run: Path,
        *options: str,
        handed: socket.socket | None = None,
        environ: dict[str, str] | None = None,
    ) -> None:
        self.run = run
        self.started_ns = time.monotonic_ns()
        files = [] if handed is None else [handed.fileno()]
        hand = [sys.executable, "-c", HAND_DOWN, *map(str, files)] if files else []
        self.process = subprocess.Popen(
            [*hand, *LAMP, "--run", str(run), *options],
            pass_fds=files,
            stdout=subprocess.PIPE,
            env={**os.environ, **(environ or {})},
        )
        self.shown: list[Shown] = []
        self._news = threading.Condition()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def until(self, lamp: Lamp, since_ns: int = 0) -> Shown:
        """Wait until it shows that; gives the first such change since a time."""

        def found() -> list[Shown]:
            return [each for each in self.shown if each.lamp == lamp and each.at_ns >= since_ns]

        with self._news:
            assert self._news.wait_for(found, PATIENCE_S), f"never {lamp}: {self.shown}"
            return found()[0]

    def until_told(self, lamp: Lamp, beat: Callable[[], None]) -> Shown:
        """Say it again and again until it is shown: one word alone may expire on its way."""
        over = threading.Event()

        def say() -> None:
            while not over.wait(0.05):
                beat()

        speaker = threading.Thread(target=say)
        speaker.start()
        try:
            return self.until(lamp)
        finally:
            over.set()
            speaker.join()

    def since(self, at_ns: int) -> list[str]:
        return [each.lamp for each in self.shown if each.at_ns >= at_ns]

    def signal(self, number: int) -> int:
        """Send it a signal; gives when."""
        now_ns = time.monotonic_ns()
        self.process.send_signal(number)
        return now_ns

    def stop(self) -> None:
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        self.process.wait(PATIENCE_S)
        self._listener.join()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as printed:
            for line in printed:
                facts: dict[str, Any] = json.loads(line)
                with self._news:
                    self.shown.append(Shown(**facts))
                    self._news.notify_all()


class StandIn:
    """The recorder's stand-in, filming from its start."""

    def __init__(self, run: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(STAND_IN), str(run), str(run / "film")], stdin=subprocess.PIPE
        )

    def tell(self, word: str) -> int:
        assert self.process.stdin is not None
        now_ns = time.monotonic_ns()
        self.process.stdin.write(word.encode() + b"\n")
        self.process.stdin.flush()
        return now_ns

    def signal(self, number: int) -> int:
        now_ns = time.monotonic_ns()
        self.process.send_signal(number)
        return now_ns

    def stop(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def lamp(tmp_path: Path) -> Iterator[ShownBy]:
    lamp = ShownBy(tmp_path)
    lamp.until(Lamp.DARK)
    yield lamp
    lamp.stop()


@pytest.fixture
def recorder(lamp: ShownBy) -> Iterator[StandIn]:
    recorder = StandIn(lamp.run)
    lamp.until(Lamp.RECORDING)
    yield recorder
    recorder.stop()


def pass_by(seconds: float) -> None:
    """Let real time pass: a process that is stopped tells of nothing to wait for."""
    select.select([], [], [], seconds)


def test_red_shines_while_the_film_is_kept(lamp: ShownBy, recorder: StandIn) -> None:
    # the stand-in waits for a real card: a fault of ours would be there in every window
    windows: list[list[str]] = []
    while len(windows) < 5 and (not windows or windows[-1] != [Lamp.RECORDING]):
        not_red_ns = [each.at_ns for each in lamp.shown if each.lamp != Lamp.RECORDING]
        red = lamp.until(Lamp.RECORDING, not_red_ns[-1])
        assert red.levels == [1, 0, 0]
        pass_by(3)
        levels = look(lamp.run / PINS)
        windows.append(lamp.since(red.at_ns))
    assert windows[-1] == [Lamp.RECORDING], windows
    assert levels == [1, 0, 0]
    assert recorder.process.poll() is None


def test_a_recorder_killed_at_red_is_not_red_3_s_later(lamp: ShownBy, recorder: StandIn) -> None:
    killed_ns = recorder.signal(signal.SIGKILL)
    took_ns = lamp.until(Lamp.PROBLEM, killed_ns).at_ns - killed_ns
    _log.info("not red after %d ms", took_ns // 1_000_000)
    assert took_ns < LIMIT_NS


def test_a_recorder_stopped_at_red_is_not_red_3_s_later_and_comes_back(
    lamp: ShownBy, recorder: StandIn
) -> None:
    stopped_ns = recorder.signal(signal.SIGSTOP)
    took_ns = lamp.until(Lamp.PROBLEM, stopped_ns).at_ns - stopped_ns
    _log.info("not red after %d ms", took_ns // 1_000_000)
    assert took_ns < LIMIT_NS
    pass_by(2)
    continued_ns = recorder.signal(signal.SIGCONT)
    assert lamp.until(Lamp.RECORDING, continued_ns).at_ns - continued_ns < LIMIT_NS
    # nothing red in between, however short
    assert lamp.since(stopped_ns) == [Lamp.PROBLEM, Lamp.RECORDING]


def test_a_card_that_takes_nothing_is_not_red_3_s_later_though_the_heart_beats(
    lamp: ShownBy, recorder: StandIn
) -> None:
    stalled_ns = recorder.tell("stall")
    took_ns = lamp.until(Lamp.PROBLEM, stalled_ns).at_ns - stalled_ns
    _log.info("not red after %d ms", took_ns // 1_000_000)
    assert took_ns < LIMIT_NS
    recorder.tell(Lamp.PAUSED)
    pass_by(1)
    assert lamp.since(stalled_ns) == [Lamp.PROBLEM]
    recorder.tell(Lamp.READY)
    lamp.until(Lamp.READY, stalled_ns)


def test_a_recorder_killed_when_ready_is_dark(lamp: ShownBy, recorder: StandIn) -> None:
    recorder.tell(Lamp.READY)
    lamp.until(Lamp.READY)
    killed_ns = recorder.signal(signal.SIGKILL)
    assert lamp.until(Lamp.DARK, killed_ns).at_ns - killed_ns < LIMIT_NS
    assert lamp.since(killed_ns) == [Lamp.DARK]


def test_a_recorder_that_ends_in_order_leaves_no_alarm(lamp: ShownBy, recorder: StandIn) -> None:
    assert recorder.process.stdin is not None
    ended_ns = time.monotonic_ns()
    recorder.process.stdin.close()
    assert lamp.until(Lamp.DARK, ended_ns).at_ns - ended_ns < LIMIT_NS
    assert lamp.since(ended_ns) == [Lamp.DARK]


def test_a_lamp_killed_at_red_starts_dark_and_finds_the_truth_again(
    lamp: ShownBy, recorder: StandIn
) -> None:
    lamp.signal(signal.SIGKILL)
    lamp.process.wait(PATIENCE_S)
    assert look(lamp.run / PINS) == [0, 0, 0]
    again = ShownBy(lamp.run)
    again.until(Lamp.RECORDING)
    assert [each.lamp for each in again.shown] == [Lamp.DARK, Lamp.RECORDING]
    start_ns = again.shown[0].at_ns - again.started_ns
    _log.info("dark %d ms after its start", start_ns // 1_000_000)
    assert recorder.process.poll() is None
    again.stop()


def test_a_lamp_that_was_stopped_believes_nothing_that_waited(
    lamp: ShownBy, recorder: StandIn
) -> None:
    lamp.signal(signal.SIGSTOP)
    pass_by(0.5)  # a few heartbeats wait in its socket
    recorder.signal(signal.SIGKILL)
    pass_by(1.1)
    continued_ns = lamp.signal(signal.SIGCONT)
    lamp.until(Lamp.PROBLEM, continued_ns)
    pass_by(0.5)
    assert lamp.since(continued_ns) == [Lamp.PROBLEM]


def test_a_flood_lights_nothing(lamp: ShownBy, recorder: StandIn) -> None:
    killed_ns = recorder.signal(signal.SIGKILL)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as speaker:
        while time.monotonic_ns() - killed_ns < LIMIT_NS:
            for datagram in (
                b"x" * 5000,
                b'{"lamp": "recording", "safe_at_ns": 1, "sent_at_ns": 2}',
            ):
                with contextlib.suppress(BlockingIOError):
                    speaker.sendto(datagram, str(lamp.run / SOCKET))
    assert lamp.until(Lamp.PROBLEM, killed_ns).at_ns - killed_ns < LIMIT_NS
    assert lamp.since(killed_ns) == [Lamp.PROBLEM]


def test_the_end_is_dark_and_in_order(lamp: ShownBy, recorder: StandIn) -> None:
    assert recorder.process.poll() is None
    lamp.signal(signal.SIGTERM)
    assert lamp.process.wait(PATIENCE_S) == 0
    assert look(lamp.run / PINS) == [0, 0, 0]


@pytest.mark.parametrize("rest", [Lamp.READY, Lamp.READY_HINT, Lamp.HINT])
def test_a_newer_version_waits_until_red_is_over(
    lamp: ShownBy, recorder: StandIn, rest: Lamp
) -> None:
    asked_ns = lamp.signal(signal.SIGUSR1)
    pass_by(1)
    assert lamp.since(asked_ns) == []
    assert lamp.process.poll() is None
    recorder.tell(rest)
    assert lamp.process.wait(PATIENCE_S) == 0
    assert look(lamp.run / PINS) == [0, 0, 0]


def test_two_plain_leds(tmp_path: Path) -> None:
    lamp = ShownBy(tmp_path, "--two")
    lamp.until(Lamp.DARK)
    heartbeat = Heartbeat(tmp_path / SOCKET)
    red = lamp.until_told(
        Lamp.RECORDING, lambda: heartbeat.beat(Lamp.RECORDING, time.monotonic_ns())
    )
    assert red.levels == [1, 0]
    heartbeat.close()
    lamp.stop()


def test_the_socket_may_come_from_systemd_and_the_watchdog_is_fed(tmp_path: Path) -> None:
    with (
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notices,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening,
    ):
        notices.settimeout(PATIENCE_S)
        notices.bind(str(tmp_path / "notify"))
        listening.bind(str(tmp_path / SOCKET))
        environ = {"NOTIFY_SOCKET": str(tmp_path / "notify")}
        lamp = ShownBy(tmp_path, handed=listening, environ=environ)
        assert notices.recv(64) == b"READY=1\nWATCHDOG=1"
        fed_ns = [time.monotonic_ns()]
        for _ in range(4):
            assert notices.recv(64) == b"WATCHDOG=1"
            fed_ns.append(time.monotonic_ns())
        # a noisy machine may hold one up, a lamp that feeds too seldom is late with all
        assert min(after - before for before, after in pairwise(fed_ns)) < WATCHDOG_NS
        heartbeat = Heartbeat(tmp_path / SOCKET)
        lamp.until_told(Lamp.READY, lambda: heartbeat.beat(Lamp.READY, None))
        assert [each.lamp for each in lamp.shown][:2] == [Lamp.DARK, Lamp.READY]
        heartbeat.close()
        lamp.stop()


def test_it_is_small_and_knows_neither_codecs_nor_keys(lamp: ShownBy, recorder: StandIn) -> None:
    assert recorder.process.poll() is None
    proc = Path(f"/proc/{lamp.process.pid}")
    mapped = (proc / "maps").read_text()
    assert not [name for name in ("numpy", "libav", "cryptography", "sqlcipher") if name in mapped]
    (resident,) = [
        int(line.split()[1])
        for line in (proc / "status").read_text().splitlines()
        if line.startswith("VmRSS")
    ]
    _log.info("%d KiB resident", resident)
    assert resident < 40_000


def test_it_imports_little() -> None:
    told = subprocess.run(
        [sys.executable, "-c", "import sys, vigbox.lamp.__main__; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    ours = {name for name in told if name.startswith("vigbox.")}
    assert {name.split(".")[1] for name in ours} == {"lamp", "devices", "model", "errors"}
    assert ours & {"vigbox.devices.camera", "vigbox.devices.panel"} == set()
    assert not {"numpy", "av", "cryptography", "flask", "sqlalchemy"} & set(told)


def test_the_recorders_end_brings_no_pins() -> None:
    told = subprocess.run(
        [sys.executable, "-c", "import sys, vigbox.lamp.heartbeat; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert not {"gpiozero", "vigbox.devices"} & set(told)


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--run", "/nowhere"], "vigbox: cannot draw the lamp in /nowhere: No such"),
        (["--hear", "nobody-such"], "vigbox: --hear must be a user of this machine"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(tmp_path: Path, options: list[str], line: str) -> None:
    given = ["--run", str(tmp_path), *options]
    ended = subprocess.run(
        [*LAMP, *given], capture_output=True, text=True, check=False, timeout=PATIENCE_S
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith(line)
    assert ended.stderr.count("\n") == 1
