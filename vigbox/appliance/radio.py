"""What there is to know of the radio and of NetworkManager, each asked where it is known best."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vigbox.appliance.programs import Run, run

_SYS: Final = Path("/sys/class")
_FIELD: Final = re.compile(r"(?<!\\):")
_GLOBAL: Final = re.compile(r"^global\ncountry (\w\w):", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Device:
    """A radio as NetworkManager knows it: its name, its state, the profile that is active on it."""

    name: str
    state: str
    profile: str


class Radio:
    """Looks at the radio and asks NetworkManager; each answer is of now."""

    def __init__(self, ask: Run = run, sys: Path = _SYS) -> None:
        self._ask = ask
        self._sys = sys

    def devices(self) -> list[Device] | None:
        """List the radios; None when NetworkManager does not answer."""
        told = self._ask("nmcli", "-t", "-f", "DEVICE,TYPE,STATE,CONNECTION", "device", "status")
        if not told.is_well:
            return None
        rows = (_FIELD.split(line) for line in told.says.splitlines())
        return [Device(row[0], row[2], row[3]) for row in rows if row[1:2] == ["wifi"]]

    def is_switched_off(self) -> bool:
        """Tell whether a switch on the machine holds a radio off, which no program can undo."""
        return "1" in self._kills("hard")

    def is_blocked(self) -> bool:
        """Tell whether a program or the last boot blocked a radio."""
        return "1" in self._kills("soft")

    def unblock(self) -> None:
        """Ask NetworkManager to switch radios on."""
        self._ask("nmcli", "radio", "wifi", "on")

    def country(self) -> str:
        """Give the country whose rules the kernel keeps to; empty when nobody can say."""
        found = _GLOBAL.search(self._ask("iw", "reg", "get").says)
        return found[1] if found else ""

    def others(self, ssid: str, *, look_again: bool) -> list[str]:
        """List others' radios that send under a name; looking again disturbs who is joined."""
        told = self._ask(
            "nmcli", "-t", "-f", "BSSID,SSID", "device", "wifi", "list", "--rescan",
            "yes" if look_again else "no",
        )  # fmt: skip
        rows = (_FIELD.split(line) for line in told.says.splitlines() if told.is_well)
        found = {row[0].replace("\\", "").lower() for row in rows if row[1:] == [ssid]}
        return sorted(found - set(self._own()))

    def up(self, profile: str, device: str) -> str:
        """Bring a profile up on a radio; gives what went wrong, or nothing."""
        told = self._ask("nmcli", "-w", "30", "connection", "up", "id", profile, "ifname", device)
        return "" if told.is_well else " ".join(told.says.split()) or "no reason"

    def _kills(self, kind: str) -> set[str]:
        return {
            _text(each / kind)
            for each in sorted(self._sys.glob("rfkill/*"))
            if _text(each / "type") == "wlan"
        }

    def _own(self) -> Iterator[str]:
        for each in self._sys.glob("net/*/address"):
            yield _text(each).lower()


def _text(path: Path) -> str:
    try:
        return path.read_text("ascii", "replace").strip()
    except OSError:
        return ""
