"""A Debian that boots its own systemd in a container, over layers that stay as they are."""

import contextlib
import os
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.installed.groups import own_group

BUILD = Path(__file__).parents[2] / "build"
INSIDE = Path(__file__).parent / "inside"
UNITS = Path(__file__).parent / "units"
PATIENCE_S = 120.0


@dataclass(frozen=True, slots=True)
class Booted:
    """A running machine; ``leader`` is its first process."""

    leader: int
    root: Path

    def run(self, command: str, **environ: str) -> "subprocess.CompletedProcess[str]":
        """Run a shell's line as root."""
        told = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "HOME": "/root"}
        return subprocess.run(
            ["nsenter", "-t", str(self.leader), "-a", "sh", "-c", command],
            env=told | {"DEBIAN_FRONTEND": "noninteractive"} | environ,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip

    def sh(self, command: str) -> str:
        """Run a line that must end well; gives what it said."""
        done = self.run(command)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}\n{self.log()}"
        return done.stdout.strip()

    def log(self) -> str:
        """Give the end of the journal of our units."""
        return self.run("journalctl -u 'vigbox*' --no-pager -n 40").stdout

    def state(self, unit: str) -> str:
        """Tell how a unit is: active, inactive, failed, activating."""
        return self.run(f"systemctl is-active {unit}").stdout.strip()

    def pid(self, unit: str) -> int:
        """Give a unit's main process, as the machine counts."""
        return int(self.sh(f"systemctl show {unit} -p MainPID --value"))

    def until_active(self, *units: str) -> None:
        """Wait until units are up: each is Type=notify, so this waits for their own word."""
        self.sh(f"systemctl start {' '.join(units)}")

    def until(self, command: str) -> None:
        """Wait until a line ends well, asking twice a second."""
        self.sh(f"timeout 240 sh -c 'until {command}; do sleep 0.5; done'")

    def install(self, version: str) -> str:
        """Install a package of build/; gives what dpkg said."""
        done = self.run(f"dpkg -i --force-unsafe-io /packages/vigbox_{version}_amd64.deb 2>&1")
        assert done.returncode == 0, done.stdout
        return done.stdout

    def use_twins(self) -> None:
        """Give the hardened units simulated devices; nothing else of them changes."""
        self.sh("cp -r /units/. /etc/systemd/system/ && systemctl daemon-reload")

    def press(self, what: str) -> None:
        """Press the button: ``press`` shortly, ``hold`` to stop."""
        self.sh(f"/opt/vigbox/bin/python /inside/press.py {what}")

    def until_mode(self, mode: str, lamp: str = "") -> None:
        """Wait for the recorder to be idle or recording, and to say a word to the lamp."""
        self.sh(f"/opt/vigbox/bin/python /inside/until_mode.py {mode} {lamp}")


@contextlib.contextmanager
def memory(folder: Path) -> Iterator[None]:
    """Mount a folder that lives in memory: installing syncs a lot."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3g", "tmpfs", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@contextlib.contextmanager
def booted(below: Sequence[Path], layer: Path) -> Iterator[Booted]:
    """Boot a machine whose changes go to ``layer``, over the folders below, uppermost first.

    A layer that is there already is the same machine once more, after its power was cut.
    """
    work, root = (layer.with_name(layer.name + end) for end in (".work", ".root"))
    for each in (layer, work, root):
        each.mkdir(exist_ok=True)
    lower = ":".join(map(str, below))
    options = f"lowerdir={lower},upperdir={layer},workdir={work}"
    subprocess.run(["mount", "-t", "overlay", "overlay", "-o", options, root], check=True)
    try:
        with running(root) as leader:
            yield Booted(leader, root)
    finally:
        subprocess.run(["umount", "--lazy", root], check=True)


@contextlib.contextmanager
def running(root: Path) -> Iterator[int]:
    with (
        tempfile.TemporaryDirectory() as folder,
        own_group(f"vigbox-{Path(folder).name}") as entered,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear,
    ):
        ear.bind(f"{folder}/notify")
        ear.settimeout(PATIENCE_S)
        log = Path(folder, "log")
        with log.open("wb") as said:
            process = subprocess.Popen(
                [*entered, "systemd-nspawn", "--quiet", "--directory", root, "--boot",
                 "--register=no", "--keep-unit", "--private-network", "--notify-ready=yes",
                 "--link-journal=no", "--machine", f"vigbox-{os.getpid()}",
                 f"--bind-ro={BUILD.resolve()}:/packages",
                 f"--bind-ro={INSIDE}:/inside", f"--bind-ro={UNITS}:/units"],
                # a real machine's /proc/sys is not read-only; bubblewrap writes in its own part
                env=os.environ
                | {"NOTIFY_SOCKET": f"{folder}/notify", "SYSTEMD_NSPAWN_API_VFS_WRITABLE": "yes"},
                stdin=subprocess.DEVNULL, stdout=said, stderr=said,
            )  # fmt: skip
        leader = None
        try:
            leader = _leader(ear, log)
            # an ear that is full and not read would stop systemd-nspawn, and the machine with it
            ear.close()
            yield leader
        finally:
            _cut(process, leader)


def _cut(process: "subprocess.Popen[bytes]", leader: int | None) -> None:
    """Cut the power: a shutdown would sync every disk of the machine the tests run on."""
    if leader is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(leader, signal.SIGKILL)
        # systemd-nspawn may outlive its first process
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)
    process.kill()
    process.wait(PATIENCE_S)


def _leader(ear: socket.socket, log: Path) -> int:
    """Wait for the machine's own word that it has booted."""
    facts: dict[str, str] = {}
    while facts.get("READY") != "1":
        try:
            words = ear.recv(4096).decode().split("\n")
        except TimeoutError as error:
            raise AssertionError(f"the machine did not boot: {log.read_text()}") from error
        facts |= dict(each.split("=", 1) for each in words if "=" in each)
    return int(facts["X_NSPAWN_LEADER_PID"])
