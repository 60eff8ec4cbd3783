"""The demo's end: with the window it runs in, all of it."""

import contextlib
import os
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.journeys.demo import PATIENCE_S, VIGBOX, descendants
from tests.ports import free_ports


def test_with_its_window_closed_nothing_of_it_stays() -> None:
    port = free_ports()
    with (
        heard(),
        # short wherever these tests run: a demo whose sockets have no room here goes elsewhere
        tempfile.TemporaryDirectory(prefix="v-", dir="/tmp") as short,
        subprocess.Popen(
            [*VIGBOX, "demo", "--port", str(port)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "TMPDIR": short},
        ) as demo,
    ):
        assert demo.stdout is not None
        assert any("Ctrl-C ends it" in line for line in demo.stdout), "it did not start"
        started, folder = descendants(demo.pid), Path(short)
        try:
            assert len(list(folder.glob("vigbox-*"))) == 2
            demo.send_signal(signal.SIGHUP)
            assert demo.wait(PATIENCE_S) == 0
            assert list(folder.glob("vigbox-*")) == []
            for each in (port, port + 1):
                socket.create_server(("127.0.0.1", each)).close()
        finally:
            demo.kill()
            _kill(started)


@contextlib.contextmanager
def heard() -> Iterator[None]:
    """Let what is started hear that its window is closed, also where these tests run by nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, before)


def _kill(pids: list[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
