"""A piece of an export: one file that leaves the box, written as it is made."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from vigbox.errors import VigboxError

Step = Callable[[float], None]
"""Told how far a piece is, from 0 to 1; raises :class:`CancelledError` to end its making."""


class CancelledError(VigboxError):
    """The making of an export was cancelled; nothing of it is kept."""


class Sink(Protocol):
    """What a piece is written to, from its first byte to its last; it may be sealing them."""

    def write(self, data: bytes, /) -> object:
        """Take some bytes."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One file: ``name`` as a person will see it, with its ending; ``kind`` is one word.

    ``write(sink, step)`` makes it: no plain byte goes anywhere but into the sink.
    """

    name: str
    kind: str
    write: Callable[[Sink, Step], None]
