"""The lamp as a program: ``python -m vigbox.lamp [--settings FILE] [--run DIR] [--two]``."""

import argparse
import contextlib
import json
import os
import pwd
import signal
import sys
import threading
from pathlib import Path
from typing import Final

from gpiozero import GPIOZeroError

from vigbox.devices.lights import Lights
from vigbox.devices.pins import PinsError, real_pins
from vigbox.errors import SettingError, VigboxError
from vigbox.lamp.drawn import PINS, DrawnLights
from vigbox.lamp.ear import Ear, bind, handed_down
from vigbox.lamp.heartbeat import SOCKET
from vigbox.lamp.process import run
from vigbox.lamp.watchdog import Watchdog
from vigbox.lamp.wiring import has_two
from vigbox.model import Lamp

_RUN: Final = Path("/run/vigbox")
_SETTINGS: Final = Path("/etc/vigbox/vigbox.toml")
_MAY_LEAVE: Final = (Lamp.DARK, Lamp.READY, Lamp.READY_HINT, Lamp.HINT)


def main() -> int:
    """Show the lamp until SIGTERM, SIGINT, or SIGUSR1 with nothing to show; 1 with one line."""
    parser = argparse.ArgumentParser("vigbox.lamp")
    parser.add_argument("--run", type=Path, default=_RUN, help=f"its sockets (default: {_RUN})")
    parser.add_argument("--hear", metavar="USER", help="the recorder's user (default: its own)")
    parser.add_argument("--settings", type=Path, default=_SETTINGS, help=f"default: {_SETTINGS}")
    parser.add_argument("--two", action="store_true", help="a green and a red LED, not an RGB one")
    parser.add_argument("--mock", action="store_true", help="simulated pins; tell what is shown")
    given = parser.parse_args()
    try:
        _shine(given)
    except VigboxError as error:
        sys.stderr.write(f"vigbox: {error}\n")
        return 1
    return 0


def _shine(given: argparse.Namespace) -> None:
    over, renewed = threading.Event(), threading.Event()
    signal.signal(signal.SIGUSR1, lambda *_: renewed.set())
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: over.set())
    with contextlib.ExitStack() as closing:
        lights = _lights(given)
        closing.callback(lights.close)
        ear = Ear(handed_down() or bind(given.run / SOCKET), {_user(given.hear)})
        closing.callback(ear.close)
        watchdog = Watchdog.of_service()
        closing.callback(watchdog.close)

        shown = Lamp.DARK

        def tell(lamp: Lamp, now_ns: int) -> None:
            nonlocal shown
            shown = lamp
            if given.mock:
                facts = {"lamp": lamp, "at_ns": now_ns, "levels": lights.levels}
                sys.stdout.write(json.dumps(facts) + "\n")
                sys.stdout.flush()

        def is_over() -> bool:
            # a newer version waits until this one is not needed: see the unit's reload
            return over.is_set() or (renewed.is_set() and shown in _MAY_LEAVE)

        run(ear, lights, watchdog, is_over, tell)


def _lights(given: argparse.Namespace) -> Lights:
    is_two = given.two or has_two(given.settings)
    if not given.mock:
        return _real_lights(is_two=is_two)
    try:
        return DrawnLights(given.run / PINS, is_two=is_two)
    except OSError as error:
        raise PinsError(
            f"cannot draw the lamp in {given.run}: {error.strerror or error}. "
            "Name a folder of its own (--run)."
        ) from error


def _real_lights(*, is_two: bool) -> Lights:
    pins = real_pins()
    try:
        return Lights(pins, is_two=is_two)
    except (GPIOZeroError, OSError) as error:
        raise PinsError(f"cannot use the lamp's pins: {error}. Does another hold them?") from error


def _user(name: str | None) -> int:
    if name is None:
        return os.geteuid()
    try:
        return pwd.getpwnam(name).pw_uid
    except KeyError as error:
        raise SettingError(f"--hear must be a user of this machine, not {name!r}") from error


if __name__ == "__main__":
    sys.exit(main())
