"""Has a film from elsewhere read behind walls: no network, no files but programs, no way back.

An empty environment, a read-only root that holds the system's libraries, Python and this package,
nothing of the box. Limits are the worker's own (memory, processor time, files) and its parent's
(time without a word). Where there are no walls, films from elsewhere are not read at all.
"""

import io
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

from vigbox.errors import VigboxError
from vigbox.media.bubble import Bubblewrap
from vigbox.media.foreign_limits import Checked, Part
from vigbox.media.jobs import Order, Reading, Share, Walls
from vigbox.media.walls import NoSandboxError, memory_here
from vigbox.media.wire import Wire
from vigbox.media.wire_messages import (
    Ask,
    End,
    Failed,
    Failure,
    Picture,
    Ready,
    Shape,
    Sound,
    WireError,
)

_BEGIN_S: Final = 30.0
_TOLD_BYTES: Final = 8192


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
        walls: Walls | None = None,
        when_asked: Callable[[], None] = lambda: None,
    ) -> None:
        self._read_at = read_at
        self._when_asked = when_asked
        self._checked = Checked(order.longest_s, order.pictures_per_second)
        self._limits = limits or Limits()
        self._left_s = self._limits.whole_s
        self._ours = ExitStack()
        try:
            with ExitStack() as theirs:
                self._begin(order, walls or Bubblewrap(), theirs)
        except BaseException:
            self._ours.close()
            raise

    def _begin(self, order: Order, walls: Walls, theirs: ExitStack) -> None:
        ours, connection = socket.socketpair()
        self._ours.enter_context(ours)
        theirs.enter_context(connection)
        self._wire, self._connection = Wire(ours), ours
        reading, told = os.pipe()
        theirs.callback(os.close, told)
        self._ear = self._ours.enter_context(io.FileIO(reading))
        share = Share(self._limits.memory_bytes, self._limits.processor_s)
        self._run = walls.begin(Reading(order, share), [connection.fileno()], told)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()
        self._ours.close()

    def kill(self) -> None:
        """End the worker at once; any thread may."""
        self._run.kill()

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
        self.kill()
        os.set_blocking(self._ear.fileno(), False)  # one that cannot be killed still holds it
        told = self._ear.read(_TOLD_BYTES) or b""
        line = told.decode("utf-8", "replace").strip().rpartition("\n")[2]
        return f" ({line})" if line else ""


def _too_slow() -> ForeignFilmError:
    return ForeignFilmError(
        "Reading this film took too long without getting anywhere. Save it again as MP4 with "
        "another program, then add it again."
    )


def _unusable(error: WireError) -> ForeignFilmError:
    return ForeignFilmError(f"This film cannot be used: {error}.")
