"""What must be durable beside a film's bytes: done in order, in a thread of its own.

A card that stalls holds up this thread and nothing else: the button is heard, the status is told
and the lamp's heartbeat goes on. What is asked for here is claimed nowhere before it is done.
"""

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Final, TypeVar

from vigbox.model import NS

STUCK_NS: Final = 10 * NS
"""A single piece of work that takes longer than this: the card does not answer."""

_LAST_S: Final = 4.0

T = TypeVar("T")
_Piece = tuple[Callable[[], Any], Future[Any]]


class Scribe:
    """Does one piece of work after the other. All methods may be called from any thread."""

    def __init__(self) -> None:
        self._pieces: queue.SimpleQueue[_Piece | None] = queue.SimpleQueue()
        self._since_ns: int | None = None
        self._thread = threading.Thread(target=self._run, name="scribe", daemon=True)
        self._thread.start()

    def do(self, work: Callable[[], T]) -> Future[T]:
        """Do this after all that was asked before; what it raises is in the future."""
        done: Future[T] = Future()
        self._pieces.put((work, done))
        return done

    def is_stuck(self, now_ns: int) -> bool:
        """Tell whether the piece in hand takes longer than a card may."""
        since_ns = self._since_ns
        return since_ns is not None and now_ns - since_ns > STUCK_NS

    def close(self) -> None:
        """Do what was asked for, then end; a card that does not answer is not waited for long."""
        self._pieces.put(None)
        self._thread.join(0 if self.is_stuck(time.monotonic_ns()) else _LAST_S)

    def _run(self) -> None:
        while (piece := self._pieces.get()) is not None:
            self._since_ns = time.monotonic_ns()
            work, done = piece
            try:
                result = work()
            except BaseException as error:  # noqa: BLE001  # it is raised where it is asked for
                done.set_exception(error)
            else:
                done.set_result(result)
            self._since_ns = None
