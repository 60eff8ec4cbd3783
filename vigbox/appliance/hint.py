"""One word for the lamp: whether something that stops no film wants to be looked at.

Those who look at the box keep it under ``/run``, each in a folder of its own (``vigbox-health``,
``vigbox-net``, ``vigbox-update``), beside what the page and `vigbox check` read. So the recorder
needs to understand none of that. No word is no hint.
"""

import contextlib
import os
import stat
from pathlib import Path
from typing import Final

NAME: Final = "hint"
_LOOK: Final = b"look\n"
_WELL: Final = b"well\n"
_WHO: Final = ("health", "net", "update")


def places(run: Path) -> list[Path]:
    """Give the words' paths for a run folder: ``/run/vigbox`` has ``/run/vigbox-net/hint``."""
    return [run.with_name(f"{run.name}-{each}") / NAME for each in _WHO]


def say(path: Path, *, is_well: bool) -> None:
    """Write the word; a reader sees the old one or the new one. Raises OSError."""
    new = path.with_name(f"{NAME}.new")
    new.write_bytes(_WELL if is_well else _LOOK)
    new.chmod(0o644)
    new.replace(path)


def is_said(path: Path) -> bool:
    """Tell whether the word is there that asks for a look. Raises nothing, and never waits.

    Who writes there has fewer rights than who reads: no link is followed, no pipe or lease is
    waited for, and of a file of any size a few bytes are read.
    """
    with contextlib.suppress(OSError):
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            return stat.S_ISREG(os.fstat(file).st_mode) and os.read(file, 8) == _LOOK
        finally:
            os.close(file)
    return False
