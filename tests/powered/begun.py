"""A box on which an update has just begun, made once in a run: its cuts go on from there."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Self

from tests.installed import releases
from tests.powered.box import DATA, Box
from tests.powered.keep import Kept
from tests.powered.stick import write_stick
from vigbox.appliance.updates.trusted import public_text

VERSION: Final = "dpkg-query -W -f '${Status} ${Version}' vigbox"


def told(box: Box) -> dict[str, Any]:
    """Give what the page shows of the update."""
    found: dict[str, Any] = json.loads(box.machine.sh(f"cat {DATA}/update.json"))
    return found


@dataclass(frozen=True, slots=True)
class Offered:
    """What was seen when a stick with an update had been put in, offered and pulled out."""

    version: str
    mounts: str
    stick: str

    @classmethod
    def on(cls, box: Box, stick: Path) -> Self:
        """Let the box trust who signed what is on the stick, and put it in."""
        machine = box.machine
        machine.sh(
            "mkdir -p /etc/vigbox/update-keys && printf '%s'"
            f" '{public_text(releases.KEY.verify_key)}' >/etc/vigbox/update-keys/test.pub"
        )
        machine.plug_in(stick)
        _until(box, "offered")
        machine.pull_out()
        mounts = machine.sh("findmnt --types vfat || true")
        return cls(told(box)["version"], mounts, machine.sh("test -e /dev/sda || echo gone"))


@dataclass(frozen=True, slots=True)
class Waited:
    """What was seen while all but the film's end was there for the update."""

    recording: str
    goes_on: str
    version: str

    @classmethod
    def on(cls, box: Box) -> Self:
        """Film, and wish for the update."""
        box.press()
        recording = box.until("recording", 1)["recording"]
        wish = json.dumps({"install": "stick", "digest": told(box)["digest"]})
        box.machine.sh(
            f"cd /run && printf '%s' '{wish}' >wish.json"
            f" && install -o vigbox-web -m 600 wish.json {DATA}/web/update/wish.json"
        )
        _until(box, "waiting")
        box.last_told()
        goes_on = box.until("recording", 1)["recording"]
        return cls(recording, goes_on, box.machine.sh(VERSION))


@dataclass(frozen=True, slots=True)
class Begun:
    """The box when its film was over and the update had begun, a moment ago."""

    kept: Kept
    offered: Offered
    waited: Waited

    @classmethod
    def make(cls, armed: Kept, folder: Path) -> None:
        """Come so far, and keep the box and what was seen on the way."""
        folder.mkdir()
        stick = folder / "stick"
        write_stick(stick, armed.home)
        box = armed.go_on()
        with box.machine:
            seen = {"offered": asdict(Offered.on(box, stick)), "waited": asdict(Waited.on(box))}
            box.press(3)
            _until(box, "installing")
            Kept.of(box, armed.home, folder / "state").save(folder)
        stick.unlink()
        (folder / "seen.json").write_text(json.dumps(seen), "utf-8")

    @classmethod
    def load(cls, home: Path, folder: Path) -> Self:
        """Take up what :meth:`make` kept."""
        seen = json.loads((folder / "seen.json").read_text("utf-8"))
        offered, waited = Offered(**seen["offered"]), Waited(**seen["waited"])
        return cls(Kept.load(home, folder), offered, waited)


def _until(box: Box, state: str) -> None:
    box.machine.until(f"grep -q '\"{state}\"' {DATA}/update.json", 540)
