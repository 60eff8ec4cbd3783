"""What went wrong since the box was switched on, as our own words tell it, and how often."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from vigbox.appliance.health.facts import Trouble
from vigbox.appliance.health.known_lines import KnownLines, known_lines
from vigbox.appliance.health.machine import Machine

_LINES: Final = "2000"
_MOST: Final = 40
_FIELDS: Final = "MESSAGE,UNIT,_SYSTEMD_UNIT,_TRANSPORT,__REALTIME_TIMESTAMP"
_HOUR_US: Final = 3_600_000_000
_HEAD: Final = ("journalctl", "--no-pager", "--output=json")
_ASKED: Final = (("--unit=vigbox*",), ("_TRANSPORT=kernel", "--priority=warning"))
_WEAK: Final = frozenset({"…Under-voltage detected!…", "…Undervoltage detected!…"})


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the journal: who, when on the wall clock, what."""

    who: str
    at_us: int
    message: str


@dataclass(frozen=True, slots=True)
class Heard:
    """What the journal says of this boot: what went wrong, the newest first, and what is not known.

    ``is_open``: whether it could be asked; where it could not, no trouble is no good news.
    """

    troubles: tuple[Trouble, ...]
    others: int
    was_weak: bool = False
    is_open: bool = False


def hear(
    machine: Machine, now_us: int, names: frozenset[str], known: KnownLines | None = None
) -> Heard:
    """Ask the journal once. Raises nothing."""
    known = known or known_lines()
    told: dict[tuple[str, str], tuple[int, int]] = {}
    others = 0
    boot = _boot(machine)
    for line in _of_this_boot(machine, names, boot):
        says = known.told(line.message)
        if says is None:
            others += 1
        elif says:
            times, last = told.pop((line.who, says), (0, 0))
            told[line.who, says] = (times + 1, max(last, line.at_us))
    newest = sorted(told.items(), key=lambda each: -each[1][1])[:_MOST]
    return Heard(
        tuple(_trouble(*each, now_us) for each in newest), others,
        was_weak=any(("kernel", says) in told for says in _WEAK), is_open=bool(boot),
    )  # fmt: skip


def _boot(machine: Machine) -> str:
    """Give this boot's number; nothing where the journal cannot be read."""
    # the newest line is of this boot; the kernel's own word for it is another one in a container
    newest = machine.ask((*_HEAD, "--lines=1", "--output-fields=_BOOT_ID"))
    match = re.search(r'"_BOOT_ID"\s*:\s*"([0-9a-f]{32})"', newest)
    return match[1] if match else ""


def _of_this_boot(machine: Machine, names: frozenset[str], boot: str) -> Iterator[Line]:
    for which in _ASKED:
        since = f"--boot={boot}" if boot else "--boot"
        asked = (*_HEAD, since, f"--lines={_LINES}", f"--output-fields={_FIELDS}", *which)
        yield from _lines(machine.ask(asked), names)


def _trouble(key: tuple[str, str], found: tuple[int, int], now_us: int) -> Trouble:
    # hours, and no time of day: when a visit was is nobody's business
    return Trouble(*key, found[0], max(0, now_us - found[1]) // _HOUR_US)


def _lines(said: str, names: frozenset[str]) -> Iterator[Line]:
    for each in said.splitlines():
        try:
            found = json.loads(each)
            message, at_us = found["MESSAGE"], int(found["__REALTIME_TIMESTAMP"])
        except (ValueError, KeyError, TypeError):
            continue
        for one in str(message).splitlines() if isinstance(message, str) else []:
            yield Line(_who(found, names), at_us, one)


def _who(found: dict[str, object], names: frozenset[str]) -> str:
    if found.get("_TRANSPORT") == "kernel":
        return "kernel"
    unit = str(found.get("UNIT") or found.get("_SYSTEMD_UNIT") or "")
    name = unit.removeprefix("vigbox-").partition(".")[0].partition("@")[0]
    return name if name in names else "box"
