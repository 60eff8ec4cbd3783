"""The tablet's time: told at an unlock, counted on while the passphrase is tried, and passed on."""

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from vigbox.casework import arming
from vigbox.casework.desk import Desk
from vigbox.model import TimeSource
from vigbox.web.recorder_link import RecorderGoneError, RecorderRefusedError
from vigbox.web.services import Services


class TabletTime:
    """What a page told, from the moment it came."""

    def __init__(self, told: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._told = _time(told)
        self._monotonic = monotonic
        self._came_s = monotonic()

    def now(self) -> datetime | None:
        """Give the tablet's time now; None when it told none."""
        if self._told is None:
            return None
        return self._told + timedelta(seconds=self._monotonic() - self._came_s)

    def pass_on(self, at: Services, desk: Desk) -> None:
        """Tell the recorder, which judges it; a time that cannot be is shown as an alarm.

        Raises RecorderGoneError.
        """
        now = self.now()
        if now is None:
            return
        try:
            at.recorder.granted("clock", desk.arming_key(), at=now.isoformat())
        except RecorderRefusedError as error:
            at.alarms.append(str(error))


def box_time(at: Services) -> datetime:
    """Give the time as the recorder has it, which is never before the last trusted one."""
    return _clock(at)[0]


def today(at: Services) -> date:
    """Give the day it is where the box stands: what consent and people's days are judged by."""
    return arming.today(box_time(at))


def sure_day(at: Services) -> date | None:
    """Give the day if the recorder is sure of its clock: nothing goes by its age without it."""
    found, source = _clock(at)
    return None if source is TimeSource.UNSURE else found.date()


def label(at: Services) -> str:
    """Give the box's time as a label: without an offset while the recorder is not sure of it."""
    found, source = _clock(at)
    if source is TimeSource.UNSURE:
        found = found.replace(tzinfo=None)
    return found.isoformat(timespec="seconds")


def _clock(at: Services) -> tuple[datetime, TimeSource]:
    try:
        clock = at.recorder.ask(do="status")["clock"]
        found = datetime.fromisoformat(clock["at"]).astimezone(UTC)
    except (RecorderGoneError, KeyError, TypeError, ValueError):
        return datetime.now(UTC), TimeSource.UNSURE
    try:
        return found, TimeSource(clock["source"])
    except (KeyError, ValueError):
        return found, TimeSource.UNSURE


def _time(told: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(told)
        return found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None
