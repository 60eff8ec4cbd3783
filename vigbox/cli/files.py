"""What a command reads and writes: ``-`` is standard input or output.

A file that is written takes its name when it is whole and durable. After a failure there is
nothing of it, and an older file of that name is as it was.
"""

import contextlib
import io
import os
import signal
import stat
import tempfile
import threading
from collections.abc import Iterator, Sequence
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
_CONTROLS: Final = bytes({*range(32), 127} - set(b"\t\n\r"))
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

    @property
    def is_regular(self) -> bool:
        """Whether it goes into a file, where a write never waits for somebody."""
        return is_regular(self._raw.fileno())

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


def is_regular(descriptor: int) -> bool:
    """Say whether what is open is a file, and no pipe, terminal or device."""
    return stat.S_ISREG(os.fstat(descriptor).st_mode)


def is_terminal() -> bool:
    """Say whether standard output is a terminal."""
    return os.isatty(_STDOUT)


@contextlib.contextmanager
def reading(path: Path | None) -> Iterator[io.BufferedReader]:
    """Give an input. An OSError within that names no file is told as one of this input."""
    place: int | Path = _STDIN if path is None or is_standard(path) else path
    name = "standard input" if place == _STDIN else str(path)
    with (
        _named(name, only_unnamed=True),
        open(place, "rb", closefd=not isinstance(place, int)) as file,
    ):
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
def writing(
    path: Path | None, *, must_be_new: bool = False, must_be_text: bool = False
) -> Iterator[Output]:
    """Give an output; a file gets its name when the block has ended well.

    ``must_be_text`` refuses anything else on a terminal, unless ``-`` was asked for. Raises
    FileUseError, OSError.
    """
    if path is None or is_standard(path):
        must_be_text = must_be_text and path is None and is_terminal()
        with _opened(_STDOUT, "standard output") as raw:
            yield Output(raw, "standard output", must_be_text=must_be_text)
    elif path.exists() and must_be_new:
        raise FileUseError(f"cannot write {path}: it exists already, and is not replaced")
    elif path.exists() and not path.is_file() and not path.is_dir():
        # a device or a pipe is written to, never replaced
        with _opened(path, str(path)) as raw:
            yield Output(raw, str(path))
    else:
        yield from _replacing(path)


def _opened(place: int | Path, name: str) -> io.FileIO:
    with _named(name):
        return open(place, "wb", buffering=0, closefd=not isinstance(place, int))


def _replacing(path: Path) -> Iterator[Output]:
    if path.is_dir():
        raise FileUseError(f"cannot write to {path}: it is a folder. Name a file in it.")
    target = Path(os.path.realpath(path))
    with contextlib.ExitStack() as leaving:
        leaving.enter_context(_stopped_by(_ENDING_SIGNALS))
        with _named(str(path)):
            descriptor, name = tempfile.mkstemp(".tmp", ".vigbox-", target.parent)
        leaving.callback(Path(name).unlink, missing_ok=True)
        with os.fdopen(descriptor, "wb", buffering=0) as raw:
            output = Output(raw, str(path))
            yield output
            output.settle()
        with _named(str(path)):
            Path(name).replace(target)
        with contextlib.suppress(OSError):  # it is whole and has its name
            sync_folder(target.parent)


@contextlib.contextmanager
def _stopped_by(names: Sequence[str]) -> Iterator[None]:
    """Leave in order, with nothing left behind, when the system asks the command to end."""

    def leave(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    found = [getattr(signal, name) for name in names if hasattr(signal, name)]
    is_main = threading.current_thread() is threading.main_thread()
    before = {each: signal.signal(each, leave) for each in found if is_main}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


@contextlib.contextmanager
def _named(name: str, *, only_unnamed: bool = False) -> Iterator[None]:
    """Name what an OSError is about, as the person who gave the command named it."""
    try:
        yield
    except OSError as error:
        if only_unnamed and error.filename is not None:
            raise
        raise OSError(error.errno, error.strerror or str(error), name) from error


def _check_text(data: bytes) -> None:
    if len(data.translate(None, _CONTROLS)) < len(data):
        raise FileUseError(
            "what was sealed is no text and would upset the terminal: give -o FILE, "
            "or -o - to have it here all the same"
        )
