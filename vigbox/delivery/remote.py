"""A service's storage through rclone, the program: put what is new, read it back, never change it.

https://rclone.org/commands/. Every call is one process with a list of words, no shell, the one
configuration file that was given and nothing from the environment but what finds the program.
"""

import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from vigbox.errors import VigboxError

PIECE_BYTES: Final = 256 * 1024
_ONE_CALL_S: Final = 120.0
_LONGEST_TOLD: Final = 300
_NOT_FOUND: Final = (3, 4)
"""rclone's exit codes for a folder and a file that are not there."""
_KEPT: Final = ("PATH", "HOME", "USERPROFILE", "APPDATA", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP")
_QUIET: Final = (
    "--log-level=ERROR",
    "--contimeout=20s",
    "--timeout=60s",
    "--retries=2",
    "--low-level-retries=3",
)


class RemoteError(VigboxError):
    """The storage could not be reached, or refused; the text holds its own last line."""


class NotThereError(RemoteError):
    """There is no such file or folder on the storage."""


class NoRcloneError(VigboxError):
    """The program is not installed."""


@dataclass(frozen=True, slots=True)
class Remote:
    """A folder of a remote, as rclone names it (``office:vigbox``), and its configuration file.

    Without a file rclone's own is used, as on a practitioner's machine.
    """

    where: str
    config: Path | None = None
    program: str = field(default="rclone", repr=False)

    def put(self, file: Path, name: str, *, keep: bool) -> None:
        """Put a file under a name.

        To ``keep`` is to leave one that is there already as it is; otherwise what a connection cut
        short is sent again. Raises :class:`RemoteError`, :class:`NoRcloneError`.
        """
        kept = ("--ignore-existing",) if keep else ()
        self._run(("copyto", *kept, "--no-traverse", str(file), self._at(name)), timeout_s=None)

    def sha256(self, name: str) -> str:
        """Read a file back and give its SHA-256, in hexadecimal.

        Raises :class:`NotThereError`, :class:`RemoteError` also for an account that may not read.
        """
        told = self._run(("hashsum", "sha256", "--download", self._at(name)), timeout_s=None)
        digest = told.split(maxsplit=1)[0] if told.strip() else ""
        if not digest:
            raise NotThereError(f"there is no {name} on {self.where}")
        return digest

    def size(self, name: str) -> int:
        """Give a file's size in bytes, which also an account that may not read is told.

        Raises :class:`NotThereError`, :class:`RemoteError`.
        """
        told = self._run(("lsjson", "--stat", "--no-modtime", "--no-mimetype", self._at(name)))
        try:
            facts = json.loads(told)
        except ValueError:
            facts = None
        if not isinstance(facts, dict) or facts.get("IsDir"):
            raise NotThereError(f"there is no {name} on {self.where}")
        return int(facts.get("Size", -1))

    def names(self, folder: str) -> list[str]:
        """Give the names in a folder, sorted; none when it is not there. Raises RemoteError."""
        try:
            told = self._run(("lsf", self._at(folder)))
        except NotThereError:
            return []
        return sorted(line.rstrip("/") for line in told.splitlines() if line)

    def small(self, name: str, most_bytes: int) -> bytes:
        """Read a file of at most so many bytes.

        Raises :class:`NotThereError`, also for an empty one: bucket storages give a missing file
        so. Raises :class:`RemoteError`.
        """
        data = bytearray()

        def take(piece: bytes) -> None:
            data.extend(piece)
            if len(data) > most_bytes:
                raise RemoteError(f"{name} on {self.where} is far too long")

        self.read(name, (0, most_bytes + 1), take)
        if not data:
            raise NotThereError(f"there is no {name} on {self.where}")
        return bytes(data)

    def read(self, name: str, span: tuple[int, int], take: Callable[[bytes], object]) -> None:
        """Read bytes of a file, from the first up to but without the last, a piece at a time.

        Raises :class:`NotThereError`, :class:`RemoteError` when it broke off (what was taken is
        good to go on from), and what ``take`` raises.
        """
        start, end = span
        where = (f"--offset={start}", f"--count={end - start}", self._at(name))
        with self._started(self._words("cat", *where)) as process:
            out, err = process.stdout, process.stderr
            try:
                while out and (piece := out.read(PIECE_BYTES)):
                    take(piece)
            except BaseException:
                process.kill()
                raise
            told = err.read() if err else b""
        if process.returncode:
            raise self._refused(process.returncode, told.decode("utf-8", "replace"))

    def _run(self, words: tuple[str, ...], timeout_s: float | None = _ONE_CALL_S) -> str:
        try:
            done = subprocess.run(
                self._words(*words),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                env=_environment(),
                timeout=timeout_s,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise RemoteError(f"{self.where} does not answer; sent again later") from None
        except FileNotFoundError as error:
            raise _no_rclone() from error
        if done.returncode:
            raise self._refused(done.returncode, done.stderr.decode("utf-8", "replace"))
        return done.stdout.decode("utf-8", "replace")

    def _started(self, words: list[str]) -> "subprocess.Popen[bytes]":
        try:
            return subprocess.Popen(
                words,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=_environment(),
            )
        except FileNotFoundError as error:
            raise _no_rclone() from error

    def _words(self, command: str, *words: str) -> list[str]:
        config = (f"--config={self.config}",) if self.config else ()
        return [self.program, command, *config, *_QUIET, *words]

    def _at(self, name: str) -> str:
        return f"{self.where.rstrip('/')}/{name}" if name else self.where

    def _refused(self, code: int, told: str) -> RemoteError:
        lines = [line for line in told.splitlines() if line.strip()]
        last = "".join(each for each in (lines[-1:] or [""])[0] if each.isprintable())
        kind = NotThereError if code in _NOT_FOUND else RemoteError
        return kind(f"{self.where} cannot be used: {last[:_LONGEST_TOLD] or f'exit code {code}'}")


def _environment() -> dict[str, str]:
    return {name: os.environ[name] for name in _KEPT if name in os.environ}


def _no_rclone() -> NoRcloneError:
    return NoRcloneError("rclone is not installed. Install it, then try again: https://rclone.org")
