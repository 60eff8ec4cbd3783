"""A machine of files in a folder, and programs that say what they are told to."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from vigbox.appliance.health.machine import Machine

NOW_US = 1_763_755_200_000_000

SWAPS = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
"""What the kernel says of none."""

PI = {
    "sys/firmware/devicetree/base/model": "Raspberry Pi 4 Model B Rev 1.4\0",
    "sys/firmware/devicetree/base/serial-number": "10000000deadbeef\0",
    "proc/sys/kernel/osrelease": "6.12.34+rpt-rpi-v8\n",
    "etc/os-release": 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nID=debian\nVERSION_ID="13"\n',
    "etc/rpi-issue": "Raspberry Pi reference 2026-05-13\n",
    "etc/hostname": "annas-box\n",
    "sys/devices/mmc/mmcblk0/device/type": "MMC\n",
    "sys/devices/mmc/mmcblk0/device/life_time": "0x02 0x04\n",
    "sys/devices/mmc/mmcblk0/device/pre_eol_info": "0x01\n",
    "sys/devices/mmc/mmcblk0/device/serial": "0xdeadbeef\n",
    "sys/devices/mmc/mmcblk0/mmcblk0p3/partition": "3\n",
    "sys/fs/ext4/mmcblk0p3/lifetime_write_kbytes": "12000000\n",
    "sys/fs/ext4/mmcblk0p3/errors_count": "0\n",
    "sys/class/thermal/thermal_zone0/temp": "51121\n",
    "sys/fs/cgroup/cgroup.controllers": "cpuset cpu io memory pids\n",
    "proc/swaps": SWAPS,
    "sys/class/rfkill/rfkill0/type": "wlan\n",
    "sys/class/rfkill/rfkill0/soft": "0\n",
    "sys/class/rfkill/rfkill0/hard": "0\n",
    "sys/module/cfg80211/parameters/ieee80211_regdom": "NL\n",
    "sys/class/rtc/rtc0/name": "rpi-rtc\n",
    "proc/self/mountinfo": (
        "21 1 179:2 / / ro,noatime - ext4 /dev/mmcblk0p2 ro\n"
        # as a hardened unit sees it
        "30 21 179:3 /vigbox /var/lib/vigbox ro,noatime shared:9 - ext4 /dev/mmcblk0p3 rw,errors\n"
    ),
    "usr/lib/systemd/system/vigbox-recorder.service": "",
    "usr/lib/systemd/system/vigbox-web.service": "",
    "usr/lib/systemd/system/vigbox-lamp.service": "",
}


def line(message: str, unit: str = "vigbox-recorder.service", hours_ago: int = 0) -> str:
    """A line as `journalctl --output=json` prints it."""
    at = str(NOW_US - hours_ago * 3_600_000_000)
    return json.dumps({"MESSAGE": message, "_SYSTEMD_UNIT": unit, "__REALTIME_TIMESTAMP": at})


def twin(
    root: Path,
    files: Mapping[str, str | None] | None = None,
    journal: Sequence[str] = (),
    kernel: Sequence[str] = (),
    states: Callable[[str], str] = lambda _unit: "ActiveState=active\nNRestarts=0\n",
    hotspot: str = "activated\n",
    throttled: str = "throttled=0x0\n",
) -> Machine:
    """Lay a Raspberry Pi's files down; ``files`` changes some, None takes one away.

    ``throttled``: what its firmware says when it is asked; nothing where that tool is not there.
    """
    for path, text in {**PI, **(files or {})}.items():
        if text is not None:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
    block = root / "sys/dev/block/179:3"
    block.parent.mkdir(parents=True, exist_ok=True)
    block.symlink_to(root / "sys/devices/mmc/mmcblk0/mmcblk0p3")

    def ask(words: Sequence[str]) -> str:
        match words[0]:
            case "journalctl":
                if "--lines=1" in words:
                    return json.dumps({"_BOOT_ID": "0" * 32})
                assert f"--boot={'0' * 32}" in words
                return "\n".join(kernel if "_TRANSPORT=kernel" in words else journal)
            case "systemctl":
                return "\n".join(f"Id={unit}\n{states(unit)}" for unit in words[3:])
            case "nmcli":
                return hotspot if "GENERAL.STATE" in words else "vigbox\n" if hotspot else ""
            case "vcgencmd":
                return throttled
            case _:
                return ""

    return Machine(root, ask, root, "179:3")
