"""How soon a box is ready, beside the Debian it is made of, on a computer that QEMU makes.

``ratio``    from the kernel's first moment until a press is answered (recorder and lamp up), over
             the same disk without vigbox until systemd has begun all it should: turn by turn, the
             median of the rounds
``box_s``    the box's seconds, ``plain_s`` Debian's: medians

The computer is emulated without acceleration, so its seconds are no board's; the ratio is what
counts. Needs root, and what ``script/appliance qemu`` built.
"""

import argparse
import sys
from functools import partial
from pathlib import Path

from bench.rounds import median, ratio, report, rounds, show
from tests.powered.box import UNITS
from tests.powered.disk import Disk
from tests.powered.machine import Machine

BUILD = Path(__file__).parents[1] / "build"
INITRD = "initrd.img"  # Debian's own


def box_s(home: Path) -> float:
    """Switch a box on; gives how long until a press is answered."""
    with Machine(home, Disk(home / "box.img"), initrd=INITRD) as machine:
        machine.await_units(*UNITS)
        return max(machine.active_s(each) for each in UNITS)


def plain_s(home: Path) -> float:
    """Switch the same computer on without vigbox; gives how long until all is begun."""
    with Machine(home, Disk(home / "plain.img"), initrd=INITRD) as machine:
        machine.await_boot()
        return machine.booted_s()


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser("bench.boot", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    homes = [each.parent for each in BUILD.glob("powered-*/box.img")]
    if len(homes) != 1:
        sys.exit("bench.boot needs the appliance's machine. Run: sh script/appliance qemu")
    measured = {"box": partial(box_s, homes[0]), "plain": partial(plain_s, homes[0])}
    found = rounds(measured, 3 if given.quick else 7)
    if not given.json:
        show(found, "s")
    figures = {"ratio": ratio(found, "box", "plain")}
    figures |= {f"{name}_s": round(median(found, name), 1) for name in found}
    report(figures, as_json=given.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
