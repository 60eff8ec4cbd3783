"""A stick is put in, the page's wish installs it; and the power goes at any moment of that."""

import logging
import random
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.alone import alone
from tests.powered.begun import VERSION, Begun, told
from tests.powered.box import DATA
from tests.powered.conftest import Opened
from tests.powered.keep import Kept
from tests.powered.stick import NEXT

_log = logging.getLogger(__name__)

WITHIN_S: Final = 40.0
"""An update is installed for longer than this on such a computer: a cut comes in the middle."""
FOLLOWED: Final = 5
"""With ``--soak`` one in so many cut updates is followed until it is installed."""


@pytest.fixture(scope="session")
def begun(armed: Kept, shared: Path) -> Iterator[Begun]:
    """What the first of the processes that ask for it has made."""
    folder, making = shared / "begun", shared / "begun.new"
    with alone(shared):
        if not folder.exists():
            shutil.rmtree(making, ignore_errors=True)
            Begun.make(armed, making)
            making.rename(folder)
    found = Begun.load(armed.home, folder)
    yield found
    found.kept.disk.close()


def test_a_stick_that_is_put_in_is_offered_and_may_be_pulled_out(begun: Begun) -> None:
    assert begun.offered.version == NEXT
    assert begun.offered.mounts == ""
    assert begun.offered.stick == "gone"


def test_while_it_films_an_update_waits(begun: Begun) -> None:
    assert begun.waited.goes_on == begun.waited.recording
    assert begun.waited.version.startswith("install ok installed")
    assert not begun.waited.version.endswith(NEXT)


def test_an_update_that_is_cut_off_is_gone_on_with_and_the_box_records(
    cut: int, begun: Begun, opened: Opened, pytestconfig: pytest.Config
) -> None:
    recording, chance = begun.waited.recording, random.Random(cut)
    box = begun.kept.go_on()
    disk = box.machine.disk
    sealed = box.sealed(recording)
    threading.Event().wait(chance.uniform(0, WITHIN_S))
    assert told(box)["state"] == "installing"
    lost = box.machine.cut(chance if cut else None)
    box.machine.close()
    _log.warning("cut %d, %d blocks not flushed", cut, lost)
    box = begun.kept.boot(disk)
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
