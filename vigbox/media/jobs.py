"""What is worked on behind walls, and what may be relied on of whoever puts them up.

A job works on open files alone, which are passed to it: a film from elsewhere is read over one
connection, a part of a film is made from two files in memory into two pipes. There are two kinds of
walls: bubblewrap, which a process puts up itself (:mod:`vigbox.media.bubble`), and a unit of its
own, which systemd puts up for each job (:mod:`vigbox.media.unit`), so that whoever asks needs no
right to make any.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from vigbox.media.graph import program
from vigbox.media.scene import Format, Part


@dataclass(frozen=True, slots=True)
class Share:
    """What a program may take: bytes of address space, seconds of processor."""

    memory_bytes: int
    processor_s: int


@dataclass(frozen=True, slots=True)
class Order:
    """What is read and how: a sniffed demuxer, the file's size, and what the film should be."""

    demuxer: str
    size: int
    bits_per_second: int
    pictures_per_second: int
    longest_s: int


@dataclass(frozen=True, slots=True)
class Reading:
    """A film from elsewhere is read by :mod:`vigbox.media.worker`; its file is the connection."""

    order: Order
    share: Share

    def words(self) -> list[str]:
        """Give the worker's own words."""
        facts = {
            "size": self.order.size,
            "bits": self.order.bits_per_second,
            "pictures": self.order.pictures_per_second,
            "longest": self.order.longest_s,
            "memory": self.share.memory_bytes,
            "seconds": self.share.processor_s,
        }
        words = [word for name, value in facts.items() for word in (f"--{name}", str(value))]
        return ["--demuxer", self.order.demuxer, *words]


@dataclass(frozen=True, slots=True)
class Making:
    """A part of a film is made by the ffmpeg program.

    Its files are where its pictures are read from, where its sound is, where pictures go and where
    sound goes.
    """

    part: Part
    shape: Format
    share: Share

    def words(self, files: Sequence[int]) -> list[str]:
        """Give the command, with the numbers that its files have there."""
        seen, heard, picture_to, sound_to = files
        return program(self.part, self.shape, (seen, heard), picture_to, sound_to)


Job = Reading | Making


class Running(Protocol):
    """A job that was begun."""

    def kill(self) -> None:
        """End it at once, and wait until it is gone; any thread may, and more than once."""

    def wait(self, within_s: float) -> int:
        """Wait until it is over; gives 0 when it ended well. Raises TimeoutError."""


class Walls(Protocol):
    """Whoever begins jobs where they can reach nothing."""

    def check(self, doing: str) -> None:
        """Raise NoSandboxError where there are no walls; ``doing`` says what cannot be done."""

    def begin(self, job: Job, files: Sequence[int], told: int) -> Running:
        """Begin a job on open files; what it tells beside goes to ``told``. The caller closes all.

        Raises :class:`~vigbox.media.walls.NoSandboxError`, OSError.
        """
