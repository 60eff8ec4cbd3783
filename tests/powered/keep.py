"""Keeps a box in the middle of all it does, to go on from any number of times.

    python -m tests.powered.keep HOME

boots the machine that ``script/appliance`` built, arms its box, and keeps it in HOME/armed: nobody
films yet, and the box has its own Wi-Fi.
"""

import json
import shutil
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from tests.powered.box import Box, Secrets
from tests.powered.disk import Disk
from tests.powered.machine import Machine
from tests.powered.stick import pack


@dataclass(frozen=True, slots=True)
class Kept:
    """A box's memory and disk, and what time it was for it when they were kept."""

    home: Path
    state: Path
    disk: Disk
    secrets: Secrets
    behind_s: float
    """How far its clock is behind ours: it goes on in its own time, also when switched on anew."""

    @classmethod
    def of(cls, box: Box, home: Path, state: Path) -> Self:
        """Keep a box as it is now; it goes on."""
        now = float(box.machine.sh("date +%s"))
        return cls(home, state, box.machine.keep(state), box.secrets, time.time() - now)

    @classmethod
    def load(cls, home: Path, folder: Path) -> Self:
        """Take up what :meth:`save` wrote."""
        was = json.loads((folder / "clock.json").read_text("ascii"))["was"]
        disk = Disk.load(home / "box.img", folder / "disk")
        return cls(home, folder / "state", disk, secrets_of(home), time.time() - was)

    def save(self, folder: Path) -> None:
        """Write all of it but the memory, which is written where ``state`` says."""
        self.disk.save(folder / "disk")
        was = time.time() - self.behind_s
        (folder / "clock.json").write_text(json.dumps({"was": was}), "ascii")

    def go_on(self) -> Box:
        """Give a box of its own that goes on from there."""
        return Box(Machine(self.home, self.disk.copy(), state=self.state), self.secrets)

    def boot(self, disk: Disk) -> Box:
        """Switch a box on, and wait until a press is answered."""
        now = datetime.fromtimestamp(time.time() - self.behind_s, UTC)
        box = Box(Machine(self.home, disk, now=now), self.secrets)
        box.await_ready()
        box.follow()
        return box


def secrets_of(home: Path) -> Secrets:
    """Give what was shown once when the box was set up."""
    return Secrets(**json.loads((home / "box.json").read_text("ascii")))


def keep(home: Path) -> None:
    """Boot, arm and keep the box of ``home``; pack the next version for it."""
    pack(home)
    making, kept = home / "armed.new", home / "armed"
    for each in (making, kept):
        shutil.rmtree(each, ignore_errors=True)
    making.mkdir()
    with Machine(home, Disk(home / "box.img")) as machine:
        box = Box(machine, secrets_of(home))
        box.await_ready()
        box.arm()
        box.follow()
        machine.bring_radios()
        assert machine.await_boot() == "running", box.failed()
        machine.sh("sync")
        Kept.of(box, home, making / "state").save(making)
    making.rename(kept)


if __name__ == "__main__":
    keep(Path(sys.argv[1]))
