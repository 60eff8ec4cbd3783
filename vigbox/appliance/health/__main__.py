"""Looks once and writes the file: ``python -m vigbox.appliance.health [FILE]``, for a timer.

Beside the file it leaves the lamp's word, so that the page's judgement and the lamp's are one.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from vigbox.appliance import hint
from vigbox.appliance.health.facts import boottime_s
from vigbox.appliance.health.findings import wants_a_look
from vigbox.appliance.health.gather import gather
from vigbox.appliance.health.kept import keep, place
from vigbox.appliance.health.machine import Machine
from vigbox.store.settings_file import read

_SETTINGS: Final = Path("/etc/vigbox/vigbox.toml")


def look(path: Path, machine: Machine, settings: Path = _SETTINGS) -> None:
    """Look once, and keep what was found and what it means. Raises OSError."""
    facts = gather(machine)
    keep(facts, path)
    film_bytes_per_s = read(settings).settings.bits_per_second // 8
    is_well = not wants_a_look(facts, film_bytes_per_s, datetime.now(UTC), boottime_s())
    hint.say(path.with_name(hint.NAME), is_well=is_well)


if __name__ == "__main__":
    look(Path(sys.argv[1]) if sys.argv[1:] else place(Path("/run/vigbox")), Machine())
