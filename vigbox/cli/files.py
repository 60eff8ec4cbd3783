"""What a command reads and writes: ``-`` is standard input or output.

A file that is written takes its name when it is whole and durable. After a failure there is
nothing of it, and an older file of that name is as it was.
"""

import contextlib
import io
import os
import signal
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import Final

from vigbox.errors import VigboxError
from vigbox.store.durable import sync_folder

_STANDARD: Final = "-"
_STDIN: Final = 0
_STDOUT: Final = 1
_MOST_TEXT_BYTES: Final = 1 << 20
_GATHERED_BYTES: Final = 1 << 16
_ENDING_SIGNALS: Final = ("SIGTERM", "SIGHUP")


class FileUseError(VigboxError):
    """A file was named for what it cannot be used for."""


class Output:
    """Takes bytes, all of them; an OSError names where they should have gone."""

    def __init__(self, raw: io.FileIO, name: str, *, must_be_text: bool = False) -> None:
        self._raw = raw
        self._name = name
        self._must_be_text = must_be_text

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """Write all of it. Raises OSError; FileUseError for what is no text on a terminal."""
        if self._must_be_text:
            _check_text(bytes(data))
        rest = memoryview(data).cast("B")
        size_bytes = len(rest)
        with _named(self._name):
            while rest:
                rest = rest[self._raw.write(rest) or 0 :]
        return size_bytes

    def settle(self) -> None:
        """Make what was written durable. Raises OSError."""
        with _named(self._name):
            os.fsync(self._raw.fileno())


class Gathering:
    """A sink that passes small pieces on as large ones; ``close`` passes on the rest."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._held = bytearray()

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """Take all of it. Raises what the output raises."""
        self._held += data
        if len(self._held) >= _GATHERED_BYTES:
            self.close()
        return len(data)

    def close(self) -> None:
        """Pass on what is held. Raises what the output raises."""
        self._output.write(self._held)
        self._held.clear()


def is_standard(path: Path | None) -> bool:
    """Say whether a path means standard input or output."""
    return path is None or str(path) == _STANDARD


def is_terminal() -> bool:
    """Say whether standard output is a terminal."""
    return os.isatty(_STDOUT)


@contextlib.contextmanager
def reading(path: Path | None) -> Iterator[io.BufferedReader]:
    """Give an input. An OSError within that names no file is told as one of this input."""
    if path is None or is_standard(path):
        with _named("standard input"), open(_STDIN, "rb", closefd=False) as file:
            yield file
    else:
        with _named(str(path)), path.open("rb") as file:
            yield file


def read_text(path: Path) -> str:
    """Read a small file of text. Raises FileUseError for any other, OSError."""
    with reading(path) as file:
        data = file.read(_MOST_TEXT_BYTES + 1)
    return decode_text(data, path)


def decode_text(data: bytes, path: Path) -> str:
    """Give the text that a small file holds. Raises FileUseError when it holds another thing."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text or len(data) > _MOST_TEXT_BYTES:
        raise FileUseError(f"cannot use {path}: it should be a short file of text, and is not")
    return text


def check_apart(output: Path | None, inputs: Sequence[Path | None]) -> None:
    """Raise :class:`FileUseError` when a command would write over what it reads, or read twice."""
    standard = [each for each in inputs if is_standard(each)]
    if len(standard) > 1:
        raise FileUseError("standard input can be read once only: name a file for the others")
    if output is None or is_standard(output):
        return
    for each in inputs:
        if each and output.is_file() and each.is_file() and output.samefile(each):
            raise FileUseError(f"cannot write to {output}: it is read too. Give another -o.")


@contextlib.contextmanager
def writing(path: Path | None, *, must_be_text: bool = False) -> Iterator[Output]:
    """Give an output; a file gets its name when the block has ended well.

    ``must_be_text`` refuses anything else on a terminal, unless ``-`` was asked for. Raises
    FileUseError, OSError.
    """
    if path is None or is_standard(path):
        must_be_text = must_be_text and path is None and is_terminal()
        with _named("standard output"), open(_STDOUT, "wb", buffering=0, closefd=False) as raw:
            yield Output(raw, "standard output", must_be_text=must_be_text)
    elif path.exists() and not path.is_file() and not path.is_dir():
        # a device or a pipe is written to, never replaced
        with path.open("wb", buffering=0) as raw:
            yield Output(raw, str(path))
    else:
        yield from _replacing(path)


def _replacing(path: Path) -> Iterator[Output]:
    if path.is_dir() or not path.name:
        raise FileUseError(f"cannot write to {path}: it is a folder. Name a file in it.")
    target = Path(os.path.realpath(path))
    with _stopped_by(_ENDING_SIGNALS), _named(str(path)), contextlib.ExitStack() as leaving:
        with _named(str(path), always=True):
            descriptor, name = tempfile.mkstemp(".tmp", ".vigbox-", target.parent)
        leaving.callback(Path(name).unlink, missing_ok=True)
        with open(descriptor, "wb", buffering=0) as raw:
            output = Output(raw, str(path))
            yield output
            output.settle()
        with _named(str(path), always=True):
            Path(name).replace(target)
        with contextlib.suppress(OSError):  # it is whole and has its name
            sync_folder(target.parent)


@contextlib.contextmanager
def _named(name: str, *, always: bool = False) -> Iterator[None]:
    """Name the file in an OSError that names none, or that names one nobody asked for."""
    try:
        yield
    except OSError as error:
        if error.filename is not None and not always:
            raise
        raise OSError(error.errno, error.strerror or str(error), name) from error
