"""What the machine tells of itself: small files of Linux, and three programs that are asked."""

import os
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_LONGEST: Final = 4096
_PATIENCE_S: Final = 20.0
_DEVICE, _OPTIONS = 2, 8

Ask = Callable[[Sequence[str]], str]
"""Runs a program and gives what it said; nothing when it could not."""


def ask(words: Sequence[str]) -> str:
    """Run a program of the system in plain English; its failure is an empty answer."""
    # LC_ALL: what is parsed must not be in the machine's language
    environ = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}
    try:
        done = subprocess.run(
            list(words), env=environ, stdin=subprocess.DEVNULL, capture_output=True,
            check=False, timeout=_PATIENCE_S,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""


@dataclass(frozen=True, slots=True)
class Machine:
    """Where its files are, whom to ask, and where the films lie. A twin is a folder of files."""

    root: Path = Path("/")
    ask: Ask = ask
    data: Path = Path("/var/lib/vigbox")
    device: str = ""
    """The data folder's device as ``179:2``; found by itself when it is empty."""

    def word(self, path: str | Path) -> str:
        """Give what a small file says, without its line's end; nothing when it cannot be read."""
        try:
            with (self.root / path).open("rb") as file:
                return file.read(_LONGEST).decode("utf-8", "replace").strip(" \n\0")
        except OSError:
            return ""

    def number(self, path: str | Path, base: int = 10) -> int | None:
        """Give the number that a small file says."""
        try:
            return int(self.word(path), base)
        except ValueError:
            return None

    def found(self, pattern: str) -> list[Path]:
        """Give the paths that are there, in order."""
        try:
            return sorted(self.root.glob(pattern))
        except OSError:
            return []

    def partition(self) -> Path | None:
        """Give the folder in ``/sys`` of what the films lie on; None when it is no disk."""
        found = self.root / "sys/dev/block" / self._number()
        return found.resolve() if found.exists() else None

    def is_read_only(self) -> bool:
        """Tell whether the card itself can only be read.

        The file system's own options are asked (the last field, proc(5)): the mount that this
        process sees may only be read because its unit is hardened.
        """
        rows = (each.split() for each in self._mounts().splitlines())
        of_card = [row for row in rows if len(row) > _OPTIONS and row[_DEVICE] == self._number()]
        return any("ro" in row[-1].split(",") for row in of_card)

    def _mounts(self) -> str:
        try:
            return (self.root / "proc/self/mountinfo").read_text("utf-8", "replace")
        except OSError:
            return ""

    def _number(self) -> str:
        return self.device or _device_of(self.data)


def _device_of(path: Path) -> str:
    try:
        number = Path(path).stat().st_dev
    except OSError:
        return "none"
    return f"{os.major(number)}:{os.minor(number)}"
