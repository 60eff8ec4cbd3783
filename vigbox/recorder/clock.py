"""What time the box takes it to be, and which clock says so. Labels only: no film hangs on it.

The system's clock is believed while the network or a clock chip stands behind it, and where that
is more than a year beyond the floor, while a tablet says the same. Otherwise the
time a tablet told at an unlock is, counted on from there by CLOCK_BOOTTIME, for this boot; and
otherwise the later of the system's clock and the floor, and it is said to be unsure.

One thing is kept for a boot, when the tablet told its time and what it was: an offset to the
system's clock would be wrong as soon as somebody sets that. Where the process has the right (on
a box, by its unit) the system's clock is set as well, so that the web's and the system's own
labels follow; nothing here needs it.
"""

import json
import logging
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from vigbox.errors import VigboxError
from vigbox.model import NS, TimeSource
from vigbox.recorder.press import boot_id
from vigbox.recorder.scribe import Scribe
from vigbox.store.floor import BORN, Floor

_log = logging.getLogger(__name__)

TOLD: Final = "clock.json"
"""The name of the tablet's time in the run folder, which is gone after a boot."""

FURTHEST: Final = timedelta(days=3653)
"""A time further beyond the floor is a tablet's mistake."""

NEAR: Final = timedelta(days=366)
"""A tablet's time further beyond the floor is used in this boot and does not raise the floor: it
could never be lowered again. The network's or a chip's is not even used before a tablet agrees:
one wrong answer from a network would make every consent and every arming end for good."""

_AGREES: Final = timedelta(days=1)

_SLACK: Final = timedelta(minutes=10)
_KEEP_EVERY_NS: Final = 10 * 60 * NS
_CHIP_AGREES: Final = timedelta(minutes=1)


class ImplausibleTimeError(VigboxError):
    """The tablet's time cannot be."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A time in UTC, and where it is from."""

    time: datetime
    source: TimeSource

    @property
    def at(self) -> str:
        """The time as a label, to the second."""
        return self.time.isoformat(timespec="seconds")


@dataclass(frozen=True, slots=True)
class Told:
    """What a tablet told, and when on CLOCK_BOOTTIME; ``is_near``: it may raise the floor."""

    time: datetime
    boottime_ns: int
    is_near: bool


def _boottime_ns() -> int:
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


def _now() -> datetime:
    return datetime.now(UTC)


def system_witness(now: datetime, root: Path = Path("/")) -> TimeSource | None:
    """Tell what stands behind the system's clock: files of systemd-timesyncd and of the kernel.

    A chip without a battery begins at its own epoch after a power cut: it must agree.
    """
    if (root / "run/systemd/timesync/synchronized").exists():
        return TimeSource.NETWORK
    try:
        seconds = int((root / "sys/class/rtc/rtc0/since_epoch").read_text("ascii"))
        chip = datetime.fromtimestamp(seconds, UTC)
    except (OSError, ValueError, OverflowError):
        return None
    return TimeSource.CHIP if chip >= BORN and abs(chip - now) < _CHIP_AGREES else None


class Clock:
    """The box's time. Every reading of the system is handed in."""

    def __init__(
        self,
        floor: Floor,
        told: Path,
        *,
        now: Callable[[], datetime] = _now,
        boottime_ns: Callable[[], int] = _boottime_ns,
        witness: Callable[[datetime], TimeSource | None] = system_witness,
        set_system: Callable[[datetime], None] | None = None,
    ) -> None:
        self._floor = floor
        self._path = told
        self._now = now
        self._boottime_ns = boottime_ns
        self._witness = witness
        self._set_system = set_system
        self._first = (floor.at, boottime_ns())
        self._kept_ns: int | None = None
        self._told = self._left_behind()

    def read(self) -> Reading:
        """Tell the time and its source; never before the floor."""
        now, floor = self._now(), self._least()
        source, is_near = self._witness(now), now <= floor + NEAR
        if source is not None and now >= floor - _SLACK and (is_near or self._is_agreed(now)):
            return Reading(now, source)
        if self._told is not None:
            return Reading(max(floor, self._since(self._told)), TimeSource.TABLET)
        return Reading(max(floor, now) if is_near else floor, TimeSource.UNSURE)

    def now(self) -> datetime:
        """Tell the time that consent and arming are judged by."""
        return self.read().time

    def tell(self, at: datetime) -> None:
        """Take a tablet's time, unless a better clock is there.

        Raises :class:`ImplausibleTimeError` for one before the floor or far beyond it, OSError
        when it cannot be kept for this boot.
        """
        floor = self._least()
        if not floor - _SLACK <= at <= floor + FURTHEST:
            raise ImplausibleTimeError(
                f"This tablet says it is {at:%Y-%m-%d %H:%M} UTC, and this box knows that cannot "
                f"be: it knows of {floor:%Y-%m-%d}. Set the tablet's date, then unlock again."
            )
        if self.read().source in (TimeSource.NETWORK, TimeSource.CHIP):
            return
        self._told = Told(at, self._boottime_ns(), is_near=at <= floor + NEAR)
        self._keep_told(self._told)
        if self._set_system is not None:
            try:
                self._set_system(at)
            except OSError as error:
                _log.warning("cannot set the system's clock: %s", error.strerror)

    def keep(self) -> None:
        """Raise the floor to what is sure by now. Raises OSError."""
        self._floor.raise_to(self._sure())

    def keep_when_due(self, scribe: Scribe) -> Future[None] | None:
        """Raise the floor every ten minutes: cards wear, and a floor need not be close."""
        now_ns = self._boottime_ns()
        if self._kept_ns is not None and now_ns - self._kept_ns < _KEEP_EVERY_NS:
            return None
        self._kept_ns = now_ns
        return scribe.do(self.keep)

    def _sure(self) -> datetime:
        reading = self.read()
        is_sure = reading.source in (TimeSource.NETWORK, TimeSource.CHIP)
        is_near = self._told is not None and self._told.is_near
        if is_sure or (reading.source is TimeSource.TABLET and is_near):
            return reading.time
        return self._least()

    def _is_agreed(self, now: datetime) -> bool:
        """Tell whether a tablet said about the same in this boot."""
        return self._told is not None and abs(self._since(self._told) - now) < _AGREES

    def _least(self) -> datetime:
        """Give what time it is at least: the floor, and since then this box was on."""
        floor, boottime_ns = self._first
        return max(self._floor.at, floor + self._elapsed(boottime_ns))

    def _since(self, told: Told) -> datetime:
        return told.time + self._elapsed(told.boottime_ns)

    def _elapsed(self, since_ns: int) -> timedelta:
        return timedelta(microseconds=max(0, self._boottime_ns() - since_ns) // 1000)

    def _keep_told(self, told: Told) -> None:
        facts = {
            "boot": boot_id(),
            "told_at": told.time.isoformat(),
            "boottime_ns": told.boottime_ns,
            "is_near": told.is_near,
        }
        self._path.write_text(json.dumps(facts), "ascii")

    def _left_behind(self) -> Told | None:
        """Give what was told to another recorder in this boot."""
        try:
            facts = json.loads(self._path.read_bytes())
            if facts["boot"] != boot_id():
                return None
            told_at = datetime.fromisoformat(facts["told_at"]).astimezone(UTC)
            return Told(told_at, int(facts["boottime_ns"]), facts["is_near"] is True)
        except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
            return None


def set_system(at: datetime) -> None:
    """Set the system's clock. Raises PermissionError without CAP_SYS_TIME."""
    time.clock_settime(time.CLOCK_REALTIME, at.timestamp())
