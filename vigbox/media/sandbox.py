"""Starts the media worker under bubblewrap: no network, no files but its programs, no way back.

A namespace of its own for everything, an empty environment, a read-only root that holds the
system's libraries, Python and this package, nothing of the box. Limits are the worker's own
(memory, processor time, files) and its parent's (time without a word). Where bubblewrap cannot
make its walls, films from elsewhere are not read at all.
"""

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import vigbox
from vigbox.errors import VigboxError
from vigbox.media.foreign_limits import Checked, Part
from vigbox.media.walls import NoSandboxError, find_bubblewrap, memory_here, walls
from vigbox.media.wire import (
    Ask,
    End,
    Failed,
    Failure,
    Picture,
    Ready,
    Shape,
    Sound,
    Wire,
    WireError,
)

_BEGIN_S: Final = 30.0
_TOLD_BYTES: Final = 8192
_CODE: Final = str(Path(vigbox.__file__).resolve().parent)


class ForeignFilmError(VigboxError):
    """A film from elsewhere cannot be used; the text says why."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What the worker may take.

    Bytes of memory; seconds of processor; seconds for one message; seconds for all that it does
    by itself, what it waits for the recorder not among them.
    """

    memory_bytes: int = field(default_factory=memory_here)
    processor_s: int = 12 * 3600
    silence_s: float = 180.0
    whole_s: float = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Order:
    """What is read and how: a sniffed demuxer, the file's size, and what the film should be."""

    demuxer: str
    size: int
    bits_per_second: int
    pictures_per_second: int
    longest_s: int


_SENTENCES: Final = {
    Failure.SANDBOX: "the media worker does not stand in its sandbox",
    Failure.UNREADABLE: "The file begins like a film, but cannot be read: it was probably cut off "
    "while it was recorded or copied. Copy it again from where it was made.",
    Failure.NO_PICTURE: "There is no picture in this file that can be read here.",
    Failure.TOO_LARGE: "Its pictures are larger than 8K. Save it smaller, then add it again.",
    Failure.TOO_LONG: "The film is longer than a recording may be. Cut it shorter first.",
    Failure.MEMORY: "Reading this film needs more memory than the box gives to it. Save it "
    "smaller (1080p, MP4), then add it again.",
    Failure.BROKEN: "The file is too damaged to be read. Copy it again from where it was made.",
}


class Conversion:
    """One film being read: iterate for shape, pictures, sound and the end, as a context.

    ``read_at`` gives the file's bytes; ``when_asked`` is called before each is given and may wait.
    Raises :class:`NoSandboxError` (when made, or at the first step), :class:`ForeignFilmError`,
    and what ``read_at`` and ``when_asked`` raise.
    """

    def __init__(
        self,
        order: Order,
        read_at: Callable[[int, int], bytes],
        *,
        limits: Limits | None = None,
        when_asked: Callable[[], None] = lambda: None,
    ) -> None:
        self._read_at = read_at
        self._when_asked = when_asked
        self._checked = Checked(order.longest_s)
        self._limits = limits or Limits()
        self._left_s = self._limits.whole_s
        ours, theirs = socket.socketpair()
        self._connection = ours
        self._wire = Wire(ours)
        with theirs:
            self._process = _begun(command(order, self._limits), theirs)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()
        self._connection.close()

    def kill(self) -> None:
        """End the worker at once; any thread may."""
        self._process.kill()
        self._process.wait()
        if self._process.stderr is not None:
            self._process.stderr.close()

    def __iter__(self) -> Iterator[Part]:
        self._await_sandbox()
        while True:
            message = self._hear()
            match message:
                case Ask():
                    self._when_asked()
                    self._answer(message)
                case Shape() | Picture() | Sound():
                    yield self._passed(message)
                case End():
                    yield self._passed(message)
                    return
                case Failed():
                    raise ForeignFilmError(_SENTENCES[message.why])
                case _:
                    raise self._gone()

    def _passed(self, part: Part) -> Part:
        try:
            return self._checked.passed(part)
        except WireError as error:
            raise _unusable(error) from error

    def _answer(self, ask: Ask) -> None:
        data = self._read_at(ask.offset, ask.size)
        self._connection.settimeout(self._limits.silence_s)
        try:
            self._wire.answer(data)
        except TimeoutError:
            raise _too_slow() from None
        except (BrokenPipeError, ConnectionResetError):
            raise self._gone() from None

    def _await_sandbox(self) -> None:
        try:
            first = self._wire.hear(_BEGIN_S)
        except (TimeoutError, WireError):
            first = None
        if isinstance(first, Failed) and first.why is Failure.MEMORY:
            raise ForeignFilmError(_SENTENCES[first.why])
        if not isinstance(first, Ready):
            raise NoSandboxError(
                "Films from elsewhere cannot be read on this box: the sandbox that keeps them "
                f"from everything else cannot be made{self._told()}. Nothing was read."
            )

    def _hear(self) -> object:
        began_s = time.monotonic()
        try:
            return self._wire.hear(min(self._limits.silence_s, self._left_s))
        except TimeoutError:
            raise _too_slow() from None
        except WireError as error:
            raise _unusable(error) from error
        finally:
            self._left_s -= time.monotonic() - began_s

    def _gone(self) -> ForeignFilmError:
        return ForeignFilmError(
            "The reader of this film was stopped: the film asks for more than the box gives, or "
            "is made to do harm. Save it again as MP4 with another program, then add it again."
        )

    def _told(self) -> str:
        self._process.kill()
        self._process.wait()
        told = b"" if self._process.stderr is None else self._process.stderr.read(_TOLD_BYTES)
        line = told.decode("utf-8", "replace").strip().rpartition("\n")[2]
        return f" ({line})" if line else ""


def _too_slow() -> ForeignFilmError:
    return ForeignFilmError(
        "Reading this film took too long without getting anywhere. Save it again as MP4 with "
        "another program, then add it again."
    )


def _unusable(error: WireError) -> ForeignFilmError:
    return ForeignFilmError(f"This film cannot be used: {error}.")


def command(order: Order, limits: Limits) -> list[str]:
    """Give the command that starts the worker. Raises :class:`NoSandboxError`."""
    program = find_bubblewrap()
    facts = {
        "size": order.size,
        "bits": order.bits_per_second,
        "pictures": order.pictures_per_second,
        "longest": order.longest_s,
        "memory": limits.memory_bytes,
        "seconds": limits.processor_s,
    }
    worker = [sys.executable, "-B", "-s", "-m", "vigbox.media.worker", "--demuxer", order.demuxer]
    worker += [word for name, value in facts.items() for word in (f"--{name}", str(value))]
    return [program, *_walls(), "--", *worker]


def _walls() -> list[str]:
    folders = (sys.base_prefix, *_prefixes(), _CODE)
    return walls("film", folders, {"PYTHONPATH": str(Path(_CODE).parent)})


def _prefixes() -> list[str]:
    """Python's own folders: the one it is called by, and the one that is."""
    return list(dict.fromkeys((sys.prefix, str(Path(sys.prefix).resolve()))))


def _begun(words: list[str], connection: socket.socket) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        words,
        stdin=connection.fileno(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={"PATH": "/usr/bin:/bin"},
        close_fds=True,
    )
