"""A machine finds boxes by multicast DNS: the real avahi with the shipped file, on a bridge."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="makes network namespaces")
pytestmark = needs_root

LOOK = """
from vigbox.companion.finding import boxes
print(*(f"{each.name} at {each.address}" for each in boxes(4)), sep="\\n")
"""
FIND = "from vigbox.companion.finding import the_box\nprint(the_box())"


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


class Network:
    """A laptop and some boxes on one bridge, each in a namespace of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.spaces: list[str] = []
        self.running: list[subprocess.Popen[bytes]] = []

    def begin(self) -> None:
        self.hub = self._space("hub")
        ip("-n", self.hub, "link", "add", "name", "hub0", "type", "bridge")
        ip("-n", self.hub, "link", "set", "dev", "hub0", "up")
        self.laptop = self._joined("laptop", "10.42.0.50")

    def _space(self, name: str) -> str:
        space = f"vb-{os.getpid()}-{name}"
        ip("netns", "add", space)
        self.spaces.append(space)
        return space

    def _joined(self, name: str, address: str) -> str:
        space = self._space(name)
        ip(
            "-n",
            self.hub,
            "link",
            "add",
            "name",
            name,
            "type",
            "veth",
            "peer",
            "name",
            "wlan0",
            "netns",
            space,
        )
        ip("-n", self.hub, "link", "set", "dev", name, "master", "hub0", "up")
        ip("-n", space, "addr", "add", f"{address}/24", "dev", "wlan0")
        ip("-n", space, "link", "set", "wlan0", "up")
        ip("-n", space, "link", "set", "lo", "up")
        ip("-n", space, "route", "add", "224.0.0.0/4", "dev", "wlan0")
        return space

    def box(self, name: str, address: str) -> None:
        """Start a box's avahi, with the shipped service and nothing else."""
        space, folder = self._joined(name, address), self.folder / name
        (folder / "services").mkdir(parents=True)
        shipped = (ROOT / "config" / "avahi" / "vigbox.service").read_text()
        (folder / "services" / "vigbox.service").write_text(shipped)
        conf = folder / "avahi.conf"
        conf.write_text(f"[server]\nhost-name={name}\nuse-ipv6=no\nenable-dbus=no\n")
        # avahi's folders are fixed when it is built: others are laid over them, for it alone
        start = (
            f"mount --bind {folder}/services /etc/avahi/services && mkdir -p /run/avahi-daemon && "
            "mount -t tmpfs none /run/avahi-daemon && "
            f"exec avahi-daemon --no-drop-root --no-chroot --no-rlimits -f {conf}"
        )
        command = ["ip", "netns", "exec", space, "unshare", "-m", "sh", "-c", start]
        self.running.append(subprocess.Popen(command, stderr=subprocess.DEVNULL))

    def run(self, program: str) -> subprocess.CompletedProcess[str]:
        command = ["ip", "netns", "exec", self.laptop, sys.executable, "-c", program]
        environ = {**os.environ, "PYTHONPATH": str(ROOT)}
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environ)

    def until_found(self, boxes: int) -> list[str]:
        """Look again until so many boxes announced themselves: avahi takes a moment to begin."""
        end, found = time.monotonic() + PATIENCE_S, list[str]()
        while len(found) < boxes and time.monotonic() < end:
            found = self.run(LOOK).stdout.split("\n")[:-1]
            found = [each for each in found if each]
        return found

    def find(self, told: str) -> str:
        """Look for the one box as a command does, once more until it says that; gives its words."""
        end, said = time.monotonic() + PATIENCE_S, ""
        while told not in said and time.monotonic() < end:
            done = self.run(FIND)
            said = done.stdout + done.stderr
        return said

    def close(self) -> None:
        for each in self.running:
            each.terminate()
            each.wait(PATIENCE_S)
        for space in reversed(self.spaces):
            with contextlib.suppress(subprocess.CalledProcessError):
                ip("netns", "delete", space)


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    made = Network(tmp_path)
    try:
        made.begin()
        yield made
    finally:
        made.close()


def test_a_box_in_the_network_is_found_with_its_address(network: Network) -> None:
    network.box("vb-7k3q", "10.42.0.1")
    assert network.until_found(1) == ["vigbox on vb-7k3q at 10.42.0.1:8443"]
    assert network.find("10.42.0.1:8443") == "10.42.0.1:8443\n"


def test_of_two_boxes_none_is_chosen_and_both_are_told(network: Network) -> None:
    network.box("vb-7k3q", "10.42.0.1")
    network.box("vb-m2xz", "10.42.0.2")
    assert len(network.until_found(2)) == 2
    told = "more than one box: vigbox on vb-7k3q (10.42.0.1:8443), vigbox on vb-m2xz"
    assert told in network.find(told)


def test_no_box_is_told_with_what_to_do(network: Network) -> None:
    assert "join the box's own Wi-Fi" in network.run(FIND).stderr
