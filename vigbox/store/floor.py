"""The floor under the box's time: the last time that was trusted, kept across a flat battery.

A Pi 4 and a Zero 2 W have no clock chip. Time is never taken to be before the floor, and the floor
never moves back. The recorder alone writes it.
"""

import json
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from vigbox.store import durable

_log = logging.getLogger(__name__)

BORN: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""No box has lived before this program was written."""

_VERSION: Final = 1


class Floor:
    """The floor as its file tells it; without one, or with a damaged one, when we were written."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.at = _read(path)

    def raise_to(self, at: datetime) -> None:
        """Keep a later floor durably; an earlier one changes nothing. Raises OSError."""
        if at > self.at:
            facts = {"version": _VERSION, "floor_at": at.isoformat(timespec="seconds")}
            durable.save(self._path, json.dumps(facts).encode() + b"\n")
            self.at = at


def _read(path: Path) -> datetime:
    try:
        facts = json.loads(path.read_bytes())
        if facts["version"] != _VERSION:
            raise ValueError("its version is not known")
        return max(BORN, datetime.fromisoformat(facts["floor_at"]).astimezone(UTC))
    except FileNotFoundError:
        return BORN
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        _log.warning("%s cannot be read (%s): the last trusted time is not known", path, error)
        return BORN
