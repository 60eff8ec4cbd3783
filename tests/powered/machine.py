"""A computer that QEMU makes: no acceleration, two processors, one disk, no network but its radio.

What is asked of it goes through QEMU's guest agent; what it tells by itself comes line by line
through another port; QMP says when both are there.
"""

import base64
import json
import queue
import random
import shlex
import socket
import subprocess
import tempfile
import threading
import time
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from tests.powered.disk import Disk, DiskServer

BOOT_S: Final = 900.0
PATIENCE_S: Final = 600.0
_PACE_S: Final = 0.25
INSTRUCTIONS: Final = "shift=1"
"""Its clock counts its own instructions, 2 ns each, and goes with ours only while it has nothing to
do. So another program on this computer makes no film late, and never do two of its processors run
at once: beside one another they broke the kernel where it patches itself."""

_SAME_PLACES: Final = "nokaslr norandmaps"
"""Code that lies at one place in all its processes is translated once."""

_ENVIRON: Final = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "HOME=/root"]


class Lines:
    """JSON, line by line, on a socket of QEMU's."""

    def __init__(self, path: Path, over_s: float) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        while True:
            try:
                self._socket.connect(str(path))
                break
            except (FileNotFoundError, ConnectionRefusedError):
                assert time.monotonic() < over_s, f"QEMU does not listen on {path}"
                threading.Event().wait(_PACE_S)
        self._file = self._socket.makefile("rb")

    def send(self, **facts: Any) -> None:
        self._socket.sendall(json.dumps(facts).encode() + b"\n")

    def take(self, over_s: float | None) -> dict[str, Any]:
        """Give the next line, in time or with None at any; an empty one when nobody is there."""
        self._socket.settimeout(None if over_s is None else max(0.01, over_s - time.monotonic()))
        line = self._file.readline()
        found: dict[str, Any] = json.loads(line.lstrip(b"\xff")) if line else {}
        return found

    def close(self) -> None:
        self._file.close()
        self._socket.close()


class Machine:
    """Switched on when it is made; switched off, without a word, when its block ends."""

    def __init__(
        self, home: Path, disk: Disk, *, state: Path | None = None, now: datetime | None = None,
        initrd: str = "first.img",
    ) -> None:  # fmt: skip
        """``home`` holds the kernel; with ``state`` it goes on where another was kept.

        With ``now`` its clock begins at that time, else at ours. Debian's own ``initrd`` takes
        longer than the one of these tests.
        """
        self.disk = disk
        self.told: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        """What the machine told by itself, in order."""
        self._folder = tempfile.TemporaryDirectory(prefix="vigbox-machine-")
        folder = Path(self._folder.name)
        self._console = folder / "console"
        self._server = DiskServer(disk, folder / "disk")
        self._said = (folder / "said").open("w+b")
        self._process = subprocess.Popen(
            _command(home / initrd, folder, state, now),
            stdin=subprocess.DEVNULL, stdout=self._said, stderr=self._said,
        )  # fmt: skip
        over_s = time.monotonic() + BOOT_S
        self._control = Lines(folder / "control", over_s)
        self._agent = Lines(folder / "agent", over_s)
        self._ear = Lines(folder / "told", over_s)
        try:
            self._await_agent(over_s, is_booting=state is None)
        except BaseException as error:
            said = self.log()
            self._ear.close()
            self.close()
            raise AssertionError(f"the machine did not boot: {said}") from error
        threading.Thread(target=self._hear, name="told", daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Switch off, if it is not yet, and forget it; a kernel that died flushed nothing."""
        self.cut()
        for each in (self._control, self._agent, self._said, self._folder):
            each.cleanup() if isinstance(each, tempfile.TemporaryDirectory) else each.close()

    def cut(self, chance: random.Random | None = None) -> int:
        """Take the power away; gives how many blocks the disk had not kept: see :class:`Disk`."""
        self._process.kill()
        self._process.wait(30)
        self._server.close()
        return self.disk.cut(chance)

    def switch_off(self) -> None:
        """Shut down in order."""
        self._agent.send(execute="guest-shutdown")
        self._process.wait(PATIENCE_S)
        self._server.close()

    def keep(self, state: Path) -> Disk:
        """Write down all that goes on in it, and give its disk as it is at that moment."""
        self._tell("stop")
        self._tell("migrate", uri=f"exec:cat >{shlex.quote(str(state))}")
        self._until_moved()
        disk = self.disk.copy()
        self._tell("cont")
        return disk

    def plug_in(self, stick: Path) -> None:
        """Put a USB stick in."""
        self._tell(
            "blockdev-add", **{"node-name": "stick", "driver": "raw", "read-only": True},
            file={"driver": "file", "filename": str(stick)},
        )  # fmt: skip
        self._tell("device_add", driver="usb-storage", bus="usb.0", drive="stick", id="stick")

    def pull_out(self) -> None:
        """Pull the stick out."""
        self._tell("device_del", id="stick")
        while self._control.take(time.monotonic() + PATIENCE_S).get("event") != "DEVICE_DELETED":
            pass
        self._tell("blockdev-del", **{"node-name": "stick"})

    def start(self, command: str) -> int:
        """Begin a shell's line as root; gives its number."""
        facts = {"path": "/bin/sh", "arg": ["-c", command], "env": _ENVIRON, "capture-output": True}
        return int(self._ask("guest-exec", **facts)["pid"])

    def run(
        self, command: str, patience_s: float = PATIENCE_S
    ) -> "subprocess.CompletedProcess[bytes]":
        """Run a shell's line as root."""
        pid, over_s = self.start(command), time.monotonic() + patience_s
        while not (now := self._ask("guest-exec-status", pid=pid))["exited"]:
            assert time.monotonic() < over_s, f"still at it: {command}; {self.log()}"
            threading.Event().wait(_PACE_S)
        said, wrong = (base64.b64decode(now.get(each, "")) for each in ("out-data", "err-data"))
        return subprocess.CompletedProcess(command, now.get("exitcode", -1), said, wrong)

    def read(self, command: str, patience_s: float = PATIENCE_S) -> bytes:
        """Run a line that must end well; gives what it said."""
        done = self.run(command, patience_s)
        told = f"{done.stdout[-2000:]!r} {done.stderr.decode(errors='replace')}"
        assert done.returncode == 0, f"{command}: {told}\n{self.journal()}"
        return done.stdout

    def sh(self, command: str, patience_s: float = PATIENCE_S) -> str:
        """As :meth:`read`, as text."""
        return self.read(command, patience_s).decode().strip()

    def until(self, command: str, patience_s: int = 90) -> None:
        """Wait until a line ends well."""
        line = shlex.quote(f"until {command}; do sleep 0.5; done")
        # the machine's own patience ends first, and what it then says is the journal
        self.sh(f"timeout {patience_s} sh -c {line}", patience_s + 60.0)

    def await_boot(self) -> str:
        """Wait until systemd has begun all it should; gives its word: running, degraded."""
        return self.run("systemctl is-system-running --wait", BOOT_S).stdout.decode().strip()

    def await_units(self, *units: str) -> None:
        """Wait until units are up: each says so itself (Type=notify)."""
        self.sh(f"systemctl start {' '.join(units)}", BOOT_S)

    def bring_radios(self) -> None:
        """Put two radios in, and wait until the box has its Wi-Fi on the first."""
        self.sh("modprobe mac80211_hwsim radios=2 && udevadm settle")
        active = "nmcli -t -f NAME,STATE connection show --active"
        self.until(f"{active} | grep -q '^vigbox:activated'", 600)

    def active_s(self, unit: str) -> float:
        """Tell how long after the kernel began a unit was up."""
        said = self.sh(f"systemctl show {unit} -p ActiveEnterTimestampMonotonic --value")
        return int(said) / 1e6

    def booted_s(self) -> float:
        """Tell how long after the kernel began systemd had begun all it should."""
        return int(self.sh("systemctl show -p FinishTimestampMonotonic --value")) / 1e6

    def journal(self) -> str:
        """Give the end of the journal of our units."""
        return self.run("journalctl -b -u 'vigbox*' --no-pager -n 60").stdout.decode()

    def log(self) -> str:
        """Give the end of what the machine wrote to its console, and QEMU itself."""
        self._said.seek(0)
        console = self._console.read_bytes()[-3000:] if self._console.exists() else b""
        return (self._said.read()[-1000:] + console).decode(errors="replace")

    def _await_agent(self, over_s: float, *, is_booting: bool) -> None:
        self._control.take(over_s)
        self._control.send(execute="qmp_capabilities")
        if not is_booting:
            self._until_moved()
            self._tell("cont")
        while is_booting and not _is_open(self._control.take(over_s)):
            assert self._process.poll() is None
        self._agent.send(execute="guest-sync-delimited", arguments={"id": 1})
        while self._agent.take(over_s).get("return") != 1:
            pass

    def _until_moved(self) -> None:
        while (now := self._tell("query-migrate").get("status")) != "completed":
            assert now not in ("failed", "cancelled"), self.log()
            threading.Event().wait(_PACE_S)

    def _ask(self, command: str, **facts: Any) -> dict[str, Any]:
        self._agent.send(execute=command, arguments=facts)
        answer = self._agent.take(time.monotonic() + PATIENCE_S)
        assert "return" in answer, f"{command}: {answer} {self.log()}"
        found: dict[str, Any] = answer["return"]
        return found

    def _tell(self, command: str, **facts: Any) -> dict[str, Any]:
        self._control.send(execute=command, arguments=facts)
        while "return" not in (said := self._control.take(time.monotonic() + PATIENCE_S)):
            assert said, f"{command}: {self.log()}"
            assert "error" not in said, f"{command}: {said}"
        answer: dict[str, Any] = said["return"]
        return answer

    def _hear(self) -> None:
        while line := self._ear.take(None):  # one that stands still says nothing for hours
            self.told.put(line)
        self._ear.close()


def _is_open(said: dict[str, Any]) -> bool:
    told = said.get("data", {})
    return said.get("event") == "VSERPORT_CHANGE" and told == {"id": "agent", "open": True}


def _command(initrd: Path, folder: Path, state: Path | None, now: datetime | None) -> list[str]:
    ports = {"agent": "org.qemu.guest_agent.0", "told": "vigbox.told"}
    return [
        "qemu-system-x86_64", "-accel", "tcg", "-icount", INSTRUCTIONS, "-machine", "q35",
        "-cpu", "Westmere", "-smp", "2", "-m", "1280",
        "-nodefaults", "-display", "none", "-no-reboot",
        "-kernel", f"{initrd.parent}/vmlinuz", "-initrd", str(initrd),
        "-append", f"root=/dev/vda rw console=ttyS0 panic=1 quiet mitigations=off {_SAME_PLACES}",
        "-drive", f"file=nbd+unix:///?socket={folder}/disk,format=raw,if=none,id=disk",
        "-device", "virtio-blk-pci,drive=disk", "-device", "virtio-rng-pci",
        "-serial", f"file:{folder}/console",
        "-device", "virtio-serial-pci", "-device", "qemu-xhci,id=usb",
        *(word for port, name in ports.items() for word in (
            "-chardev", f"socket,id=c-{port},path={folder}/{port},server=on,wait=off",
            "-device", f"virtserialport,chardev=c-{port},id={port},name={name}",
        )),
        "-qmp", f"unix:{folder}/control,server=on,wait=off",
        *(("-rtc", f"base={now:%Y-%m-%dT%H:%M:%S}") if now else ()),
        *(("-incoming", f"exec:cat {shlex.quote(str(state))}") if state else ()),
    ]  # fmt: skip
