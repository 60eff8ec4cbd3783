"""A stick is put in, the page's wish installs it; and the power goes at any moment of that."""

import json
import logging
import random
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from tests.installed import releases
from tests.powered.box import DATA, Box
from tests.powered.conftest import Opened
from tests.powered.keep import Kept
from tests.powered.stick import write_stick
from vigbox.appliance.updates.trusted import public_text

_log = logging.getLogger(__name__)

NEXT: Final = "0.2.0"
VERSION: Final = "dpkg-query -W -f '${Status} ${Version}' vigbox"
WITHIN_S: Final = 40.0
"""An update is installed for longer than this on such a computer: a cut comes in the middle."""
FOLLOWED: Final = 5
"""With ``--soak`` one in so many cut updates is followed until it is installed."""


def told(box: Box) -> dict[str, Any]:
    """Give what the page shows of the update."""
    found: dict[str, Any] = json.loads(box.machine.sh(f"cat {DATA}/update.json"))
    return found


def until(box: Box, state: str) -> None:
    box.machine.until(f"grep -q '\"{state}\"' {DATA}/update.json", 540)


@pytest.fixture(scope="module")
def stick(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    newest = (home / "version").read_text("ascii").strip()
    folder = tmp_path_factory.mktemp("stick")
    update = folder / "next.update"
    # packed as such a computer unpacks it soonest
    package = releases.renumbered(releases.package(newest), NEXT, files={})
    update.write_bytes(releases.update_of(package, NEXT))
    write_stick(folder / "stick", update)
    update.unlink()
    yield folder / "stick"
    (folder / "stick").unlink()


@pytest.fixture(scope="module")
def offered(armed: Kept, stick: Path) -> Iterator[Box]:
    """A box that trusts who signed what is on the stick, after the stick was put in."""
    box = armed.go_on()
    with box.machine as machine:
        machine.sh(
            "mkdir -p /etc/vigbox/update-keys && printf '%s'"
            f" '{public_text(releases.KEY.verify_key)}' >/etc/vigbox/update-keys/test.pub"
        )
        machine.plug_in(stick)
        until(box, "offered")
        machine.pull_out()
        yield box


@dataclass(frozen=True, slots=True)
class Waiting:
    """A box that films while all but the film's end is there for an update."""

    box: Box
    recording: str
    goes_on: str
    version: str


@pytest.fixture(scope="module")
def waiting(offered: Box) -> Waiting:
    offered.press()
    recording = offered.until("recording", 1)["recording"]
    wish = json.dumps({"install": "stick", "digest": told(offered)["digest"]})
    offered.machine.sh(
        f"cd /run && printf '%s' '{wish}' >wish.json"
        f" && install -o vigbox-web -m 600 wish.json {DATA}/web/update/wish.json"
    )
    until(offered, "waiting")
    goes_on, version = offered.until("recording", 1)["recording"], offered.machine.sh(VERSION)
    return Waiting(offered, recording, goes_on, version)


@pytest.fixture(scope="module")
def begun(home: Path, waiting: Waiting, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    """The same box when the film was over and the update had begun, a moment ago."""
    box, state = waiting.box, tmp_path_factory.mktemp("kept") / "begun"
    box.press(3)
    until(box, "installing")
    kept = Kept.of(box, home, state)
    box.machine.pause()
    yield kept
    state.unlink()


def test_a_stick_that_is_put_in_is_offered_and_may_be_pulled_out(offered: Box) -> None:
    assert told(offered)["version"] == NEXT
    assert offered.machine.sh("findmnt --types vfat || true") == ""
    assert offered.machine.sh("test -e /dev/sda || echo gone") == "gone"


def test_while_it_films_an_update_waits(waiting: Waiting) -> None:
    assert waiting.goes_on == waiting.recording
    assert waiting.version.startswith("install ok installed")
    assert not waiting.version.endswith(NEXT)


def test_an_update_that_is_cut_off_is_gone_on_with_and_the_box_records(
    cut: int, waiting: Waiting, begun: Kept, opened: Opened, pytestconfig: pytest.Config
) -> None:
    recording, chance = waiting.recording, random.Random(cut)
    box = begun.go_on()
    disk = box.machine.disk
    sealed = box.sealed(recording)
    threading.Event().wait(chance.uniform(0, WITHIN_S))
    assert told(box)["state"] == "installing"
    lost = box.machine.cut(chance if cut else None)
    box.machine.close()
    _log.warning("cut %d, %d blocks not flushed", cut, lost)
    box = begun.boot(disk)
    with box.machine as machine:
        assert box.sealed(recording) == sealed
        again = box.film(2)["recording"]
        assert opened(box, again).times_s()[-1] >= 1
        # to its end takes minutes here; the container's are followed so in each run
        if pytestconfig.getoption("--soak") and cut % FOLLOWED == 0:
            machine.bring_radios()  # it had its Wi-Fi before the update, and has to have it after
            machine.until(f"! test -e {DATA}/updates/journal.json", 540)
            assert machine.sh(VERSION) == f"install ok installed {NEXT}"
            box.film(2)
