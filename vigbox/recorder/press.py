"""A press that is being answered, noted in a file so that it outlives a recorder that is killed.

It says which recording was being made and when the recorder was last alive, on CLOCK_BOOTTIME of
one boot. A recorder that starts within half a minute of that goes on with a second recording; after
a reboot or a longer pause nobody expects to be filmed, and nothing begins by itself.
"""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from vigbox.model import NS
from vigbox.store.durable import TEMPORARY
from vigbox.store.manifests import is_id

PRESS: Final = "press.json"
"""The note's name in the run folder, in memory: a card that stalls holds up no button."""

_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")
_EVERY_NS: Final = NS
_OLDEST_NS: Final = 30 * NS


def boot_id() -> str:
    """Give the id of this boot."""
    return _BOOT_ID.read_text("ascii").strip()


def _boottime_ns() -> int:
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


class Press:
    """The note of the press in progress. It need not outlive a power cut, so nothing is synced."""

    def __init__(self, path: Path, boottime_ns: Callable[[], int] = _boottime_ns) -> None:
        self._path = path
        self._boottime_ns = boottime_ns
        self._kept_ns: int | None = None

    def keep(self, recording: str) -> None:
        """Note that this recording is being made, once a second at most. Raises OSError."""
        now_ns = self._boottime_ns()
        if self._kept_ns is not None and now_ns - self._kept_ns < _EVERY_NS:
            return
        self._kept_ns = now_ns
        facts = {"recording": recording, "boot": boot_id(), "alive_ns": now_ns}
        temporary = self._path.with_name(self._path.name + TEMPORARY)
        temporary.write_text(json.dumps(facts), "ascii")
        temporary.replace(self._path)

    def forget(self) -> None:
        """Note that no press is being answered any more. Raises OSError."""
        self._kept_ns = None
        self._path.unlink(missing_ok=True)

    def left_behind(self) -> str | None:
        """Give the recording that another recorder was making moments ago; then forget it."""
        try:
            facts = json.loads(self._path.read_bytes())
            is_now = facts["boot"] == boot_id()
            age_ns = self._boottime_ns() - int(facts["alive_ns"])
            found = str(facts["recording"])
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError):
            found, is_now, age_ns = "", False, 0
        self.forget()
        return found if is_now and is_id(found) and 0 <= age_ns < _OLDEST_NS else None
