"""Makes facts of what the machine tells. Runs as a user that may read the journal, and no more."""

import os
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from vigbox import __version__
from vigbox.appliance.health.facts import (
    BOARD,
    KERNEL,
    STATES,
    VERSION,
    Facts,
    UnitState,
    boottime_s,
)
from vigbox.appliance.health.journal import Heard, hear
from vigbox.appliance.health.machine import Machine
from vigbox.appliance.wifi_state import PROFILE, Problem, WifiState, read_state

_MODEL: Final = "sys/firmware/devicetree/base/model"
_PI: Final = "Raspberry Pi"
_UNITS: Final = "usr/lib/systemd/system"
_SECTOR_SHARE: Final = 10
"""``life_time`` counts in tenths: 0x01 is up to 10 % used (JEDEC eMMC 5.0, EXT_CSD 268)."""

_WORN_OUT: Final = 0x0B
_WARNS: Final = 2
"""``pre_eol_info``: 0x02 is 80 % of the spare blocks used, 0x03 is 90 %."""

_WEAK_NOW, _CAPPED_NOW, _SLOW_NOW, _HOT_NOW = 0x1, 0x2, 0x4, 0x8
_BEFORE: Final = 16
"""``get_throttled``: the lower bits tell now, the same ones above since the start.

The tool is asked and not the kernel's file of that name (drivers/firmware/raspberrypi.c): that one
is the answer to whoever asked last, which is the kernel's own sensor. It asks every 2 s, and has
the upper bits taken back each time (drivers/hwmon/raspberrypi-hwmon.c).
"""

_UNTOLD: Final = Problem("no-helper")
_TOOLS: Final = ("vcgencmd", "get_throttled")


def gather(machine: Machine, now: datetime | None = None) -> Facts:
    """Look at everything once. Raises nothing: what cannot be read is not known."""
    now = now or datetime.now(UTC)
    names = _names(machine)
    heard = hear(machine, int(now.timestamp() * 1e6), frozenset(names))
    return Facts(
        at=now.astimezone(UTC).isoformat(timespec="seconds"),
        **_software(machine), **_room(machine), **_card(machine),
        **_power(machine, heard), **_memory(machine), **_network(machine),
        uptime_s=boottime_s(),
        celsius=_celsius(machine),
        clock_network=bool(machine.found("run/systemd/timesync/synchronized")),
        clock_chip=bool(machine.found("sys/class/rtc/rtc[0-9]*")),
        units=tuple(_units(machine, names)),
        troubles=heard.troubles,
        other_lines=heard.others,
    )  # fmt: skip


def _fit(pattern: str, text: str, otherwise: str = "") -> str:
    return text if re.fullmatch(pattern, text, re.ASCII) else otherwise


def _software(machine: Machine) -> dict[str, Any]:
    model = machine.word(_MODEL)
    is_pi = model.startswith(_PI)
    board = _fit(BOARD, model, "Raspberry Pi" if is_pi else "no Raspberry Pi")
    return {
        "vigbox": _fit(VERSION, __version__),
        "python": _fit(VERSION, "{}.{}.{}".format(*sys.version_info)),
        "kernel": _kernel(machine.word("proc/sys/kernel/osrelease") or os.uname().release),
        "system": _system(machine),
        "board": board,
        "is_pi": is_pi,
    }


def _kernel(release: str) -> str:
    """Give what is known of a kernel's name: somebody's own build may be called anything."""
    match = re.match(KERNEL, release, re.ASCII)
    return match[0] if match else ""


def _system(machine: Machine) -> str:
    words = dict(re.findall(r'^(\w+)="?([^"\n]*)"?$', machine.word("etc/os-release"), re.MULTILINE))
    is_raspberry = bool(machine.found("etc/rpi-issue"))
    name = (
        "Raspberry Pi OS" if is_raspberry else "Debian" if words.get("ID") == "debian" else "Linux"
    )
    version = _fit("[0-9]{1,3}", words.get("VERSION_ID", ""))
    return f"{name} {version}".strip()


def _room(machine: Machine) -> dict[str, Any]:
    try:
        found = os.statvfs(machine.data)
    except OSError:
        return {}
    return {
        "room_bytes": found.f_bavail * found.f_frsize,
        "size_bytes": found.f_blocks * found.f_frsize,
        "is_read_only": machine.is_read_only(),
    }


def _card(machine: Machine) -> dict[str, Any]:
    partition = machine.partition()
    if partition is None:
        return {}
    disk = partition.parent if (partition / "partition").exists() else partition
    system = machine.root / "sys/fs/ext4" / partition.name
    written_kb = machine.number(system / "lifetime_write_kbytes")
    worn = [_percent(each) for each in machine.word(disk / "device/life_time").split()]
    return {
        "card": {"SD": "SD", "MMC": "eMMC"}.get(machine.word(disk / "device/type"), "disk"),
        "worn_percent": max((each for each in worn if each is not None), default=None),
        "is_spent": (machine.number(disk / "device/pre_eol_info", 16) or 0) >= _WARNS,
        "written_bytes": None if written_kb is None else written_kb * 1024,
        "card_errors": machine.number(system / "errors_count"),
    }


def _percent(tenths: str) -> int | None:
    try:
        found = int(tenths, 16)
    except ValueError:
        return None
    return found * _SECTOR_SHARE if 0 < found <= _WORN_OUT else None  # 0: it does not tell


def _celsius(machine: Machine) -> int | None:
    found = [machine.number(each) for each in machine.found("sys/class/thermal/thermal_zone*/temp")]
    real = [each // 1000 for each in found if each is not None and 0 < each < 150_000]  # noqa: PLR2004
    return max(real, default=None)


def _power(machine: Machine, heard: Heard) -> dict[str, Any]:
    """Tell of the power now and since the start; ``power`` is who knows of both, or nobody."""
    bits = _throttled(machine)
    if bits is not None:
        before = bits >> _BEFORE
        return {
            "power": "firmware",
            "is_weak": bool(bits & _WEAK_NOW),
            "was_weak": bool(before & _WEAK_NOW) or heard.was_weak,
            "is_slowed": bool(bits & (_SLOW_NOW | _HOT_NOW)),
            "was_slowed": bool(before & (_SLOW_NOW | _HOT_NOW)),
        }
    is_weak = _alarm(machine)
    # the sensor knows of the last 2 s alone; what was before the kernel wrote down
    is_known = is_weak is not None and heard.is_open
    return {
        "power": "sensor" if is_known else "",
        "is_weak": bool(is_weak),
        "was_weak": bool(is_weak) or heard.was_weak,
    }


def _throttled(machine: Machine) -> int | None:
    if not machine.word(_MODEL).startswith(_PI):
        return None  # it has no such tool
    match = re.search(r"throttled=0x([0-9a-fA-F]+)", machine.ask(_TOOLS))
    return int(match[1], 16) if match else None


def _alarm(machine: Machine) -> bool | None:
    for each in machine.found("sys/class/hwmon/hwmon*"):
        if machine.word(each / "name") == "rpi_volt":
            said = machine.number(each / "in0_lcrit_alarm")
            return None if said is None else said == 1
    return None


def _memory(machine: Machine) -> dict[str, Any]:
    """Tell whether the units' limits hold, and whether memory may be written to a disk."""
    counted = ""
    for each in machine.found("sys/fs/cgroup/cgroup.controllers"):
        counted = "counted" if "memory" in machine.word(each).split() else "uncounted"
    return {"memory": counted, "swap": _swap(machine)}


def _swap(machine: Machine) -> str:
    head, *rows = machine.word("proc/swaps").splitlines() or [""]
    if not head:
        return ""
    stays = [_stays(machine, Path(each.split()[0])) for each in rows if each.strip()]
    return "none" if not stays else "memory" if all(stays) else "card"


def _stays(machine: Machine, swap: Path) -> bool:
    """Tell whether a swap is memory itself, squeezed; a zram may hand on to a disk behind it."""
    if not re.fullmatch("/dev/zram[0-9]+", str(swap)):
        return False
    behind = machine.found(f"sys/block/{swap.name}/backing_dev")
    # a kernel that cannot hand on has no such file
    return all(machine.word(each) == "none" for each in behind)


def _network(machine: Machine) -> dict[str, Any]:
    radios = [
        each for each in machine.found("sys/class/rfkill/rfkill*")
        if machine.word(each / "type") == "wlan"
    ]  # fmt: skip
    blocked = [
        each for each in radios
        if machine.number(each / "soft") == 1 or machine.number(each / "hard") == 1
    ]  # fmt: skip
    region = machine.word("sys/module/cfg80211/parameters/ieee80211_regdom")
    state = _helper(machine)
    return {
        "radio": "none" if not radios else "blocked" if blocked else "on",
        "country": "" if not region else "set" if re.fullmatch("[A-Z]{2}", region) else "unset",
        "hotspot": _hotspot(machine, state),
        "wifi": next((each.what for each in state.problems), "") if state else "",
    }


def _helper(machine: Machine) -> WifiState | None:
    """Give what the network helper says, who asks NetworkManager all the time; none without it."""
    return next(map(read_state, machine.found("run/vigbox-net/state.json")), None)


def _hotspot(machine: Machine, state: WifiState | None) -> str:
    if state is not None and _UNTOLD not in state.problems:
        return "on" if state.is_up else "off"
    for field, says in (("GENERAL.STATE", "on"), ("connection.id", "off")):
        said = machine.ask(("nmcli", "-g", field, "connection", "show", PROFILE)).strip()
        if said in ("activated", PROFILE):
            return says
    return "none"


def _names(machine: Machine) -> dict[str, str]:
    """Give the units that the package ships, by the name of each without our prefix."""
    found = machine.found(f"{_UNITS}/vigbox-*.service")
    names = {each.stem.removeprefix("vigbox-"): each.name for each in found}
    return {key: name for key, name in names.items() if re.fullmatch("[a-z-]{1,24}", key)}


def _units(machine: Machine, names: dict[str, str]) -> Iterator[UnitState]:
    """Ask for all of them at once: a program for each costs a small board seconds."""
    asked = ("systemctl", "show", "--property=Id,ActiveState,NRestarts", *names.values())
    said = machine.ask(asked) if names else ""
    blocks = (_properties(each) for each in said.split("\n\n"))
    found = {each.get("Id", ""): each for each in blocks}
    for name, unit in names.items():
        told = found.get(unit, {})
        restarts = told.get("NRestarts", "")
        yield UnitState(
            name,
            _fit(STATES, told.get("ActiveState", ""), "unknown"),
            int(restarts) if re.fullmatch("[0-9]{1,9}", restarts) else 0,
        )


def _properties(block: str) -> dict[str, str]:
    """Read lines such as ``ActiveState=active``."""
    return dict(re.findall(r"^(\w+)=(.*)$", block, re.MULTILINE))
