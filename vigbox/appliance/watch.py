"""The network helper: ``python -m vigbox.appliance.watch``.

It brings the box's own Wi-Fi up, looks at it, and says what is wrong. It is a user of its own, whom
a polkit rule allows four things of NetworkManager; the profile it brings up is root's. A radio
that is plugged in later, a NetworkManager that starts later and a Wi-Fi that fell over are found at
the next look.
"""

import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Final

from vigbox.appliance.hint import NAME, say
from vigbox.appliance.prepare import Places, Told
from vigbox.appliance.radio import Device, Radio
from vigbox.appliance.wifi_state import PROFILE, STATE, Problem, WifiState
from vigbox.store.durable import save

_PAUSE_S: Final = 5.0
_PAUSE_UP_S: Final = 30.0
_ACTIVE: Final = "connected"
_UNUSABLE: Final = ("unmanaged",)


class Watch:
    """Looks, does what is needed, and keeps what it found in a file."""

    def __init__(self, radio: Radio, prepared: Path, state: Path) -> None:
        self._radio = radio
        self._prepared = prepared
        self._path = state
        self._said: WifiState | None = None

    def look(self) -> WifiState:
        """Look once, and bring the Wi-Fi up if it is not. Raises OSError when it cannot be kept."""
        state = self._found(Told.read(self._prepared))
        if state != self._said:
            save(self._path, state.to_bytes(), 0o644)
            say(self._path.with_name(NAME), is_well=not state.problems)
            sys.stderr.write(f"vigbox Wi-Fi: {state}\n")
            self._said = state
        return state

    def _found(self, told: Told) -> WifiState:
        if told.problem:
            return WifiState(problems=(Problem("unprepared", told.problem),))
        device = self._device()
        if isinstance(device, Problem):
            return WifiState(told.ssid, told.address, problems=(device,))
        is_up = device.profile == PROFILE and device.state == _ACTIVE
        problems = list(self._noticed(told, is_up=is_up))
        if not is_up:
            refused = self._radio.up(PROFILE, device.name)
            is_up = not refused
            problems += [Problem("refused", refused)] if refused else []
        return WifiState(told.ssid, told.address, is_up, tuple(problems))

    def _device(self) -> Device | Problem:
        """Give the radio that can be used, or why there is none."""
        if self._radio.is_blocked():
            self._radio.unblock()
        found = self._radio.devices()
        if found is None:
            return Problem("no-networkmanager")
        usable = [each for each in found if each.state not in _UNUSABLE]
        if not usable:
            return Problem("no-radio")
        if self._radio.is_switched_off():
            return Problem("switched-off")
        if self._radio.is_blocked():
            return Problem("blocked")
        return min(usable, key=lambda each: (each.profile != PROFILE, each.name))

    def _noticed(self, told: Told, *, is_up: bool) -> Iterator[Problem]:
        country = self._radio.country()
        if told.mistake:
            yield Problem("world-rules", told.mistake)
        elif country and country != told.country:
            yield Problem("other-country", f"{country}, not {told.country}")
        if self._radio.others(told.ssid, look_again=not is_up):
            yield Problem("same-name", told.ssid)


def main() -> int:
    """Watch until SIGTERM or SIGINT."""
    is_over = threading.Event()

    def leave(_number: int, _frame: FrameType | None) -> None:
        is_over.set()

    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, leave)
    watch = Watch(Radio(), Places().run, STATE)
    while not is_over.is_set():
        pause_s = _PAUSE_UP_S if watch.look().is_up else _PAUSE_S
        is_over.wait(pause_s)
    return 0


if __name__ == "__main__":
    sys.exit(main())
