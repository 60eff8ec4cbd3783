"""One unlock's work in the background: a thread of the lowest priority, over at the lock.

It rests as it works, so that whoever watches a film waits for nothing.
"""

import contextlib
import os
import sys
import threading
import time
from abc import ABC, abstractmethod
from typing import Final

from vigbox.casework.desk import Desk

_REST: Final = 0.25
"""After a piece of work the thread rests a quarter as long, and Python's lock is free."""
_LONGEST_REST_S: Final = 0.05
_LOWEST: Final = 19


class BackgroundJob(threading.Thread, ABC):
    """Works while one of its desks is unlocked, until it is stopped.

    It begins after the job ``before`` has ended, which a lock may have left in the middle. While
    it works it tells each :meth:`step`; ``look_s`` is how often it looks around then, and
    ``work_s`` how long it works before it rests.
    """

    def __init__(
        self,
        name: str,
        desk: Desk,
        before: threading.Thread | None,
        *,
        look_s: float,
        work_s: float,
    ) -> None:
        super().__init__(name=name, daemon=True)
        self.desks: dict[str, Desk] = {desk.me.id: desk}
        """Whose keys it works with, by the practitioner's id."""
        self.over = threading.Event()
        self.wake = threading.Event()
        self._before = before
        self._look_s, self._work_s = look_s, work_s
        self._looked_s = self._rested_s = 0.0

    @property
    def is_over(self) -> bool:
        """Whether nothing is made any more: it was stopped, or every keyring is locked."""
        if all(desk.keyring.is_locked for desk in list(self.desks.values())):
            self.over.set()
        return self.over.is_set()

    def stop(self) -> None:
        """Be over at the next step."""
        self.over.set()
        self.wake.set()

    def run(self) -> None:
        """Work until there is nothing that may be done."""
        if self._before is not None:
            self._before.join()
            self._before = None
        _lower_priority()
        try:
            self.work()
        finally:  # whatever ended it, the next unlock or wish begins another
            self.stop()
            self.desks.clear()

    @abstractmethod
    def work(self) -> None:
        """Do what there is to do, then wait for more."""

    @abstractmethod
    def wait_turn(self) -> None:
        """Wait while the recorder records. Raises when it may not go on."""

    def look(self) -> None:
        """Look around: is it this job's turn? Raises as :meth:`wait_turn`."""
        self.wait_turn()
        self._looked_s = time.monotonic()

    def step(self) -> None:
        """Look around when it is time, and rest. Raises as :meth:`wait_turn`."""
        now_s = time.monotonic()
        if now_s - self._looked_s >= self._look_s:
            self.look()
        worked_s = now_s - self._rested_s
        if worked_s >= self._work_s:
            self.over.wait(min(_REST * worked_s, _LONGEST_REST_S))
            self._rested_s = time.monotonic()


def _lower_priority() -> None:
    """Give way to everybody; on Linux this counts for the calling thread alone."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _LOWEST)
