"""One run of the ffmpeg program behind walls: a clip in, a part of a film out, by open files alone.

What is read lies in memory (``memfd_create``), what is made comes through pipes: there is no name
and no disk for it. The program has no network, sees no file of the box, and is ended when it says
nothing for too long, takes too long in all, or whoever asked for it goes.
"""

import os
import selectors
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

from vigbox.errors import VigboxError
from vigbox.media.bubble import Bubblewrap
from vigbox.media.jobs import Making, Share, Walls
from vigbox.media.scene import Format, Part
from vigbox.media.walls import memory_here

_AT_ONCE_BYTES: Final = 1 << 18
_TOLD_BYTES: Final = 4096
_GONE_S: Final = 10.0


class RenderError(VigboxError):
    """A part could not be made; the text is the end of a sentence that says which."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What the program may take.

    Bytes of memory, seconds of processor, seconds without a word, seconds in all; ``tick_s`` is
    how often whoever asked is let in meanwhile.
    """

    memory_bytes: int = field(default_factory=memory_here)
    processor_s: int = 12 * 3600
    silence_s: float = 120.0
    whole_s: float = 6 * 3600.0
    tick_s: float = 0.25


@dataclass(frozen=True, slots=True)
class Made:
    """What came: H.264 in Annex B form, and int16 samples; both empty when nothing did."""

    picture: bytes = b""
    sound: bytes = b""


class Rendering:
    """One part of a film being made: iterate for what comes, as a context.

    Raises :class:`RenderError`, :class:`~vigbox.media.walls.NoSandboxError`, OSError.
    """

    def __init__(
        self,
        part: Part,
        shape: Format,
        limits: Limits | None = None,
        walls: Walls | None = None,
    ) -> None:
        self._limits = limits or Limits()
        self._told = b""
        self._ours = ExitStack()
        try:
            with ExitStack() as theirs:
                self._begin(part, shape, walls or Bubblewrap(), theirs)
        except BaseException:
            self._ours.close()
            raise

    def _begin(self, part: Part, shape: Format, walls: Walls, theirs: ExitStack) -> None:
        self._picture, picture_to = _pipe(self._ours, theirs)
        self._sound, sound_to = _pipe(self._ours, theirs)
        self._ear, told = _pipe(self._ours, theirs)
        held = _in_memory(part.data, theirs)
        files = (held, _again(held, theirs), picture_to, sound_to)
        share = Share(self._limits.memory_bytes, self._limits.processor_s)
        self._run = walls.begin(Making(part, shape, share), files, told)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()

    def kill(self) -> None:
        """End the program at once, wait until it is gone, and let everything go."""
        self._run.kill()
        self._await_silence()
        self._ours.close()

    def _await_silence(self) -> None:
        """Wait until the program inside the walls, which holds our pipe, is ended as well."""
        until_s = time.monotonic() + _GONE_S
        with selectors.DefaultSelector() as heard:
            heard.register(self._picture, selectors.EVENT_READ)
            while heard.select(max(0, until_s - time.monotonic())):
                if not os.read(self._picture, _AT_ONCE_BYTES):
                    return

    def __iter__(self) -> Iterator[Made]:
        until_s = time.monotonic() + self._limits.whole_s
        heard_s = time.monotonic()
        with selectors.DefaultSelector() as heard:
            for each in (self._picture, self._sound, self._ear):
                heard.register(each, selectors.EVENT_READ)
            while heard.get_map():
                made = list(self._read(heard))
                yield from made or (Made(),)
                now_s = time.monotonic()
                heard_s = now_s if made else heard_s
                if now_s > min(until_s, heard_s + self._limits.silence_s):
                    raise RenderError("took too long without getting anywhere")
        self._end()

    def _read(self, heard: selectors.BaseSelector) -> Iterator[Made]:
        for key, _ in heard.select(self._limits.tick_s):
            data = os.read(key.fd, _AT_ONCE_BYTES)
            if not data:
                heard.unregister(key.fd)
            elif key.fd == self._picture:
                yield Made(picture=data)
            elif key.fd == self._sound:
                yield Made(sound=data)
            else:
                self._told = (self._told + data)[-_TOLD_BYTES:]

    def _end(self) -> None:
        """Tell a run that failed. Raises :class:`RenderError`."""
        try:
            code = self._run.wait(self._limits.silence_s)
        except TimeoutError:
            raise RenderError("took too long without getting anywhere") from None
        if code:
            error = RenderError("could not be read, or asks for more than the box gives")
            error.add_note(self._told.decode("utf-8", "replace"))
            raise error


def _pipe(ours: ExitStack, theirs: ExitStack) -> tuple[int, int]:
    reading, writing = os.pipe()
    ours.callback(os.close, reading)
    theirs.callback(os.close, writing)
    return reading, writing


def _in_memory(data: bytes, theirs: ExitStack) -> int:
    """Give an open file that has no name and lies in memory, to be read from its beginning."""
    number = os.memfd_create("film")
    theirs.callback(os.close, number)
    with open(number, "wb", closefd=False) as file:  # there is no path
        file.write(data)
    os.lseek(number, 0, os.SEEK_SET)
    return number


def _again(number: int, theirs: ExitStack) -> int:
    """Open it once more, to be read from a place of its own."""
    other = os.open(f"/proc/self/fd/{number}", os.O_RDONLY)
    theirs.callback(os.close, other)
    return other
