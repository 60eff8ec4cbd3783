"""A machine that an update changes: it remembers what it was asked, and can lose its power."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vigbox.appliance.updates.steps import AROUND, RECORDER, WEB, Unit, Update

LAMP = "vigbox-lamp.service"
NO_CAMERA = "there is no camera."
UNITS = (RECORDER, WEB, LAMP)


class CutError(BaseException):
    """The power went."""


def status_of(camera: str | None) -> dict[str, Any]:
    """What an armed recorder says whose camera is so; None while it does not know.

    ``tests/recorder/test_camera.py`` holds it against the real one.
    """
    if camera is None:
        looks = "The box still looks for its camera. Wait a few seconds."
        return {"mode": "idle", "not_ready": looks, "not_ready_kind": "looking", "camera": looks}
    kind = "camera" if camera else ""
    return {"mode": "idle", "not_ready": camera or None, "not_ready_kind": kind, "camera": camera}


@dataclass
class Twin:
    """A machine that remembers what dpkg and systemd were asked, and can lose its power."""

    data: Path
    ill: str = ""
    """What is wrong with version 2 and with no other: the name of a unit, "page", "dpkg"…"""
    state: str = "install ok installed"
    version: str = "1"
    time: float = 0.0
    film_s: float = 0.0
    """Until when something is filmed."""
    boots: int = 0
    cut_after: int = -1
    calls: list[str] = field(default_factory=list)
    pids: dict[str, int] = field(default_factory=lambda: dict.fromkeys(UNITS, 10))
    falls: dict[str, int] = field(default_factory=lambda: dict.fromkeys(UNITS, 0))
    is_migrating: bool = False
    has_camera: bool = True
    looks_until_s: float = 0.0
    """Until when its recorder does not know whether there is a camera."""
    not_ready: tuple[str, str] = ("", "")
    """Why the recorder of version 2 answers no press, and of which kind that is."""
    is_slow: bool = False
    """Its card takes ten minutes to install."""
    is_stuck: bool = False
    """Not even the version of before can be installed."""
    poor: set[str] = field(default_factory=set)
    """What around it is well with no version."""
    boot_s: dict[str, float] = field(default_factory=dict)
    """How long after a boot something around it is well."""
    slow_s: dict[str, float] = field(default_factory=dict)
    """How long after a version was installed something around it is well again."""
    installed_s: float = -math.inf

    def _spend(self, call: str) -> None:
        self.calls.append(call)
        self.cut_after -= 1
        if self.cut_after == 0:
            raise CutError

    def package(self) -> tuple[str, str]:
        return self.state, self.version

    def dpkg(self, *words: str, meanwhile: Callable[[], object]) -> str:
        what, last = words[0], words[-1]
        for _ in range(20 if self.is_slow else 0):
            self.wait(30.0)
            meanwhile()
        if what != "--configure":
            self.state, self.version = "install reinstreq half-installed", "?"
            self._spend(f"dpkg {what} half")
            self.version = Path(last).read_text()
            self.state = "install ok unpacked"
        self._spend(f"dpkg {what} {self.version}")
        if what == "--unpack":
            return ""
        if self.is_stuck and self.version == "1":
            self.state = "install ok half-configured"
            return "It cannot be installed: no."
        if self.ill == "dpkg" and self.version == "2":
            self.state = "install ok half-configured"
            return "It cannot be installed: no."
        self.state = "install ok installed"
        self._renew()
        self._spend("configured")
        return ""

    def _renew(self) -> None:
        self.installed_s = self.time
        for name in (RECORDER, LAMP):
            self.pids[name] += bool(self.pids[name])
        if self.is_migrating and self.version == "2":
            (self.data / "case.db").write_text("newer")
            (self.data / "case.schema").write_text("0009")

    def unit(self, name: str) -> Unit:
        if self.ill == name and self.version == "2":
            self.falls[name] += 1
            return Unit(is_active=False, pid=0, restarts=self.falls[name])
        return Unit(self.pids[name] != 0, self.pids[name], self.falls[name])

    def systemctl(self, *words: str) -> None:
        self._spend(" ".join(words))
        if words[0] == "stop":
            self.pids[words[-1]] = 0
        elif words[0] == "start":
            self.pids[words[-1]] = 99

    def recorder(self, socket: str) -> dict[str, Any] | None:
        assert socket
        if self.ill == "silent" and self.version == "2":
            return None
        if self.film_s > self.time:
            return {"mode": "recording", "not_ready": ""}
        is_ill = not self.has_camera or (self.ill == "camera" and self.version == "2")
        status = status_of(NO_CAMERA if is_ill else "")
        if self.not_ready[0] and self.version == "2":
            why, kind = self.not_ready
            return status | {"not_ready": why, "not_ready_kind": kind}
        return status_of(None) if self.time < self.looks_until_s else status

    def end_film(self, socket: str) -> None:
        assert socket
        self._spend("end film")
        self.film_s = self.time

    def has_page(self, host: str) -> bool:
        return host == "box" and self.pids[WEB] != 0 and (self.ill, self.version) != ("page", "2")

    def is_well(self, name: str) -> bool:
        assert name in AROUND
        slow_s = self.installed_s + self.slow_s.get(name, 0.0)
        is_there = self.time >= max(self.boot_s.get(name, 0.0), slow_s)
        return is_there and name not in self.poor and (self.ill, self.version) != (name, "2")

    def boot(self) -> str:
        return f"boot {self.boots}"

    def seconds(self) -> float:
        return self.time

    def wait(self, seconds: float) -> None:
        self._spend("wait")
        self.time += seconds

    def start_again(self) -> None:
        """Boot: what is enabled starts with whatever files are there."""
        self.boots += 1
        self.time, self.installed_s = 0.0, -math.inf
        self.pids = dict.fromkeys(UNITS, 10)


def twin(update: Update) -> Twin:
    assert isinstance(update.machine, Twin)
    return update.machine
