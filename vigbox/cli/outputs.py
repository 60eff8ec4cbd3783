"""What a command writes to: a new file that appears whole or not at all, or standard output.

A file takes its name when it is whole and durable. After a failure there is nothing of it, and an
older file of that name is as it was.
"""

import contextlib
import io
import os
import signal
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import Final

from vigbox.cli.files import STDOUT, FileUseError, is_regular, is_standard, is_terminal, named
from vigbox.store.durable import sync_folder

_GATHERED_BYTES: Final = 1 << 16
_CONTROLS: Final = bytes({*range(32), 127} - set(b"\t\n\r"))
_ENDING_SIGNALS: Final = ("SIGTERM", "SIGHUP")


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
        with named(self._name):
            while rest:
                rest = rest[self._raw.write(rest) or 0 :]
        return size_bytes

    @property
    def is_regular(self) -> bool:
        """Whether it goes into a file, where a write never waits for somebody."""
        return is_regular(self._raw.fileno())

    def settle(self) -> None:
        """Make what was written durable. Raises OSError."""
        with named(self._name):
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
        with _opened(STDOUT, "standard output") as raw:
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
    with named(name):
        return open(place, "wb", buffering=0, closefd=not isinstance(place, int))


def _replacing(path: Path) -> Iterator[Output]:
    if path.is_dir():
        raise FileUseError(f"cannot write to {path}: it is a folder. Name a file in it.")
    target = Path(os.path.realpath(path))
    with contextlib.ExitStack() as leaving:
        leaving.enter_context(_stopped_by(_ENDING_SIGNALS))
        with named(str(path)):
            descriptor, name = tempfile.mkstemp(".tmp", ".vigbox-", target.parent)
        leaving.callback(Path(name).unlink, missing_ok=True)
        with os.fdopen(descriptor, "wb", buffering=0) as raw:
            output = Output(raw, str(path))
            yield output
            output.settle()
        with named(str(path)):
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


def _check_text(data: bytes) -> None:
    if len(data.translate(None, _CONTROLS)) < len(data):
        raise FileUseError(
            "what was sealed is no text and would upset the terminal: give -o FILE, "
            "or -o - to have it here all the same"
        )
