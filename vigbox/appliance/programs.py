"""Other programs, asked in one way: they answer in time, in English, or have not answered.

NetworkManager is asked through ``nmcli``: its terse output is made for scripts, it comes with
NetworkManager itself, and the box needs no library of D-Bus for a handful of questions.
"""

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_PATIENCE_S: Final = 45.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a program said, and whether it ended well; one that is not there did not."""

    is_well: bool
    says: str = ""


Run = Callable[..., Answer]
"""Takes a program and its words."""


def run(*words: str) -> Answer:
    """Run a program to its end; ``says`` is its output, or else its complaint."""
    try:
        done = subprocess.run(
            words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
            timeout=_PATIENCE_S, errors="replace",
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"},
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        return Answer(is_well=False, says=str(error))
    is_well = done.returncode == 0
    return Answer(is_well, (done.stdout if is_well else done.stderr).strip())
