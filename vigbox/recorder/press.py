"""A press that is being answered, noted in a file so that it outlives a recorder that is killed.

It says which recording was being made and when the recorder was last alive, on CLOCK_BOOTTIME of
one boot, and whether a privacy pause holds. A recorder that starts within half a minute of that
goes on with a second recording, after a pause once somebody ends it; after a reboot or a longer
time nobody expects to be filmed, and nothing begins by itself.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Left:
    """A press that another recorder was answering moments ago."""

    recording: str
    is_paused: bool


class Press:
    """The note of the press in progress. It need not outlive a power cut, so nothing is synced."""

    def __init__(self, path: Path, boottime_ns: Callable[[], int] = _boottime_ns) -> None:
        self._path = path
        self._boottime_ns = boottime_ns
        self._kept: tuple[str, bool] | None = None
        self._kept_ns = 0

    def keep(self, recording: str, *, is_paused: bool) -> None:
        """Note that this recording is being made: what changes at once, else once a second.

        Raises OSError; then nothing is noted, as an older note may say of a pause that it is none.
        """
        now_ns, kept = self._boottime_ns(), (recording, is_paused)
        if kept == self._kept and now_ns - self._kept_ns < _EVERY_NS:
            return
        self._kept, self._kept_ns = kept, now_ns
        try:
            self._write(recording, now_ns, is_paused=is_paused)
        except OSError:
            self._path.unlink(missing_ok=True)
            raise

    def forget(self) -> None:
        """Note that no press is being answered any more. Raises OSError."""
        self._kept = None
        self._path.unlink(missing_ok=True)

    def left_behind(self) -> Left | None:
        """Give what another recorder was answering moments ago; then forget it.

        A note that does not say whether there was a pause, as older ones, counts as one of a pause.
        """
        try:
            facts = json.loads(self._path.read_bytes())
            is_now = facts["boot"] == boot_id()
            age_ns = self._boottime_ns() - int(facts["alive_ns"])
            found = Left(str(facts["recording"]), facts.get("is_paused") is not False)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError):
            found, is_now, age_ns = Left("", is_paused=True), False, 0
        self.forget()
        return found if is_now and is_id(found.recording) and 0 <= age_ns < _OLDEST_NS else None

    def _write(self, recording: str, now_ns: int, *, is_paused: bool) -> None:
        facts = {
            "recording": recording, "boot": boot_id(), "alive_ns": now_ns, "is_paused": is_paused,
        }  # fmt: skip
        temporary = self._path.with_name(self._path.name + TEMPORARY)
        temporary.write_text(json.dumps(facts), "ascii")
        temporary.replace(self._path)
