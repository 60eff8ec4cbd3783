"""The file that hands the facts on: one user writes it, everybody on the box may read it."""

import dataclasses
from pathlib import Path
from typing import Final

from vigbox.appliance.health.facts import Facts
from vigbox.appliance.health.known_lines import known_lines

NAME: Final = "health.json"
_LARGEST_BYTES: Final = 1 << 18


def place(run: Path) -> Path:
    """Give the file's path for a run folder: ``/run/vigbox`` has ``/run/vigbox-health``."""
    return run.with_name(f"{run.name}-health") / NAME


def keep(facts: Facts, path: Path) -> None:
    """Write the file; a reader sees the old one or the new one. Raises OSError."""
    new = path.with_name(f"{NAME}.new")
    new.write_text(facts.to_json(), "utf-8")
    new.chmod(0o644)
    new.replace(path)


def read(path: Path) -> Facts | None:
    """Give the facts; None when nobody wrote any, or they cannot be read."""
    try:
        with path.open("rb") as file:
            found = Facts.from_json(file.read(_LARGEST_BYTES))
    except (OSError, ValueError, RecursionError):
        return None
    known = known_lines()
    troubles = tuple(each for each in found.troubles if known.may_say(each.says))
    return dataclasses.replace(found, troubles=troubles)
