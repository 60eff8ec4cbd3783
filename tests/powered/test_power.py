"""The plug is pulled in the middle of a film, and the disk loses what was not flushed."""

import logging
import random
from typing import Any

from tests.powered.box import Box
from tests.powered.conftest import Opened
from tests.powered.keep import Kept

_log = logging.getLogger(__name__)

LOST_S = 1.0


def film_and_cut(box: Box, length_s: float, cut: int) -> dict[str, Any]:
    """Film for so long, then pull the plug; gives what the recorder told last."""
    box.press()
    told = box.until("recording", length_s)
    machine = box.machine
    if cut % 2:  # in the middle of a write
        machine.disk.fail_at_write()
        assert machine.disk.failed.wait(60)
    # the first times nothing that waited is kept, later any part of it, in any order
    lost = machine.cut(random.Random(cut) if cut > 1 else None)
    assert lost or not cut % 2
    told |= box.last_told()
    machine.close()
    _log.warning("cut after %.2f s, %d blocks not flushed", told["length_ns"] / 1e9, lost)
    return told


def test_a_film_outlives_the_power_but_for_its_last_second(
    cut: int, armed: Kept, opened: Opened
) -> None:
    box = armed.go_on()
    disk = box.machine.disk
    told = film_and_cut(box, 4 + 4 * random.Random(cut).random(), cut)
    box = armed.boot(disk)
    with box.machine:
        kept_s = opened(box, told["recording"]).times_s()[-1]
        _log.warning("kept %.2f s", kept_s)
        assert kept_s >= told["length_ns"] / 1e9 - LOST_S
        assert box.film(1)["recording"] != told["recording"]
        assert box.failed() == ""
