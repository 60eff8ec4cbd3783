"""A box as it stands in a service's office: the shipped nginx file, `vigbox web` behind it."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import settings

from bench.nginx import Site
from tests.ports import free_port
from tests.web.conftest import RecorderTwin
from vigbox.appliance.authority import name_of
from vigbox.appliance.certificates import begin
from vigbox.casework.setup import Secrets, set_up
from vigbox.store.identity import read_box
from vigbox.store.layout import Layout

ROOT = Path(__file__).parents[2]
PATIENCE_S = 30

# the same words each time, and no folder of its own for them
settings.register_profile("the same", derandomize=True, database=None, deadline=None)
settings.load_profile("the same")


@dataclass
class Stood:
    """The box: its folder and name, where nginx and the web listen, what nginx complained of."""

    layout: Layout
    secrets: Secrets
    recorder: RecorderTwin
    name: str
    ports: dict[int, int]
    folder: Path
    socket: Path

    @property
    def machines(self) -> str:
        return f"https://127.0.0.1:{self.ports[8443]}"

    def curl(self, address: str, *options: str) -> subprocess.CompletedProcess[str]:
        """Ask as a tablet that trusts this box's authority and nothing else."""
        command = ["curl", "-sS", "--max-time", "20", "--cacert", str(self.layout.authority)]
        for port in self.ports.values():
            command += ["--resolve", f"{self.name}:{port}:127.0.0.1"]
        return subprocess.run(
            [*command, *options, address], capture_output=True, text=True, check=False
        )

    def page(self, path: str) -> str:
        return f"https://{self.name}:{self.ports[443]}{path}"

    def unlocked(self, jar: Path) -> tuple[str, ...]:
        """Unlock as a page does; gives what curl sends from then on, and the answer's head last."""
        kept = ("-b", str(jar), "-c", str(jar))
        shown = self.curl(self.page("/unlock"), *kept).stdout
        token = re.findall(r'name="csrf-token" content="([^"]+)"', shown)[0]
        ours = (*kept, "-H", "Sec-Fetch-Site: same-origin", "-H", f"X-CSRFToken: {token}")
        words = f"passphrase={quote(self.secrets.passphrase)}"
        return *ours, self.curl(self.page("/unlock"), *ours, "-d", words, "-i").stdout

    def plain(self, path: str) -> str:
        return f"http://127.0.0.1:{self.ports[80]}{path}"

    def complaints(self) -> str:
        return (self.folder / "nginx" / "error.log").read_text()


@pytest.fixture(scope="module")
def stood(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stood]:
    with fronted(tmp_path_factory) as stood, served(stood):
        yield stood


@contextmanager
def fronted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stood]:
    """Stand a box with its nginx and its recorder, and without its web."""
    folder = tmp_path_factory.mktemp("box")
    layout, run = Layout(folder / "data"), tmp_path_factory.mktemp("run")
    secrets = set_up(layout, work_factor=10)
    begin(layout, secrets, ["127.0.0.1"])
    settings = folder / "vigbox.toml"
    settings.write_text(f'data = "{layout.data}"\nrun = "{run}"\naddress = "127.0.0.1"\n')
    recorder = RecorderTwin(run / "recorder.sock")
    ports = {each: free_port() for each in (80, 443, 8443)}
    (folder / "nginx").mkdir()
    listens = {each: f"127.0.0.1:{port}" for each, port in ports.items()}
    config = Site(layout.data, run / "web.sock", listens).config(folder / "nginx")
    name = name_of(read_box(layout).box)
    stood = Stood(layout, secrets, recorder, name, ports, folder, run / "web.sock")
    error_log = folder / "nginx" / "error.log"
    try:
        with _running(["nginx", "-c", str(config), "-e", str(error_log)], folder / "nginx.log"):
            _await(lambda: stood.curl(stood.page("/static/page.css"), "-f").returncode == 0, folder)
            yield stood
    finally:
        recorder.shutdown()
        recorder.server_close()


@contextmanager
def served(stood: Stood) -> Iterator[None]:
    """Run the web behind a box's nginx."""
    folder = stood.folder
    command = [sys.executable, "-m", "vigbox", "web", "--settings", str(folder / "vigbox.toml")]
    with _running(command, folder / "web.log"):
        _await(lambda: stood.curl(stood.page("/unlock"), "-f").returncode == 0, folder)
        yield


@contextmanager
def _running(command: list[str], log: Path) -> Iterator[None]:
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    with log.open("a") as told:
        running = subprocess.Popen(command, stdout=told, stderr=told, env=environ)
        try:
            yield
        finally:
            running.send_signal(signal.SIGTERM)
            running.wait(PATIENCE_S)


def _await(is_so: Callable[[], bool], folder: Path) -> None:
    end, pause = time.monotonic() + PATIENCE_S, threading.Event()
    while not is_so():
        if time.monotonic() > end:
            raise AssertionError("".join(each.read_text() for each in folder.glob("*.log")))
        pause.wait(0.1)
