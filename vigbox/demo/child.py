"""One process of the demonstration, started again when it dies, as systemd would."""

import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from vigbox.errors import VigboxError

START_AGAIN: Final = 75
"""The exit code of a process that asks to be started again (EX_TEMPFAIL of sysexits.h)."""

_STOP_S: Final = 15.0
_PAUSE_S: Final = 0.5


class ChildFailedError(VigboxError):
    """A process said why it cannot run."""


class Child:
    """Runs ``python -m vigbox.demo NAME …`` in a group of its own; its log is a file."""

    def __init__(self, name: str, arguments: tuple[str, ...], log: Path) -> None:
        self._command = [sys.executable, "-m", "vigbox.demo", name, *arguments]
        self._name = name
        self._log = log
        self._start()

    def check(self) -> None:
        """Start it again if it was killed. Raises :class:`ChildFailedError` if it gave up."""
        code = self._process.poll()
        if code is None:
            return
        if code > 0 and code != START_AGAIN:
            raise ChildFailedError(self._last_words(code))
        if time.monotonic() - self._started_s > _PAUSE_S:
            self._start()

    def stop(self) -> None:
        """Ask it to end, then wait; a recorder finishes its film first."""
        self._process.terminate()
        try:
            self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _start(self) -> None:
        self._started_s = time.monotonic()
        with self._log.open("ab") as log:
            # a group of its own: Ctrl-C in the terminal reaches the demo, which ends it in order
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stderr=log,
                stdout=log,
                start_new_session=True,
            )

    def _last_words(self, code: int) -> str:
        lines = self._log.read_text("utf-8", "replace").strip().splitlines()
        last = lines[-1] if lines else ""
        return last.removeprefix("vigbox: ") or f"the {self._name} ended with {code}"
