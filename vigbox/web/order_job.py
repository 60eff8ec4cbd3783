"""One unlock's work on export orders: a thread of the lowest priority, over at the lock.

One order at a time, the oldest first, and nothing while the recorder records. What a lock or a
restart ends begins again at the next unlock; what fails says why and waits for somebody.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from vigbox.casework import orders
from vigbox.casework.desk import Desk, NotSharedError
from vigbox.casework.practice import ExportOrder
from vigbox.errors import VigboxError
from vigbox.export.pieces import CancelledError
from vigbox.seal.errors import LockedError
from vigbox.web.lane_job import lower_priority
from vigbox.web.order_making import Making
from vigbox.web.producers import PRODUCERS, Producer
from vigbox.web.services import Services

_log = logging.getLogger(__name__)

NOT_MADE: Final = "This export could not be made. Try again; if it stays, choose less at a time."

_WAKE_S: Final = 5.0
_WORK_S: Final = 0.002
_REST: Final = 0.25
_LONGEST_REST_S: Final = 0.05


class StoppedError(CancelledError):
    """The box was locked: this export begins again after the next unlock."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What a job works with; ``look_s`` is how often the recorder is looked at."""

    is_recording: Callable[[], bool]
    look_s: float
    producers: Sequence[Producer] = PRODUCERS


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the order is that is being made, from 0 to 1; held while the recorder records."""

    part: float
    is_held: bool


class OrderJob(threading.Thread):
    """Makes what is ordered by whoever unlocked, until it is stopped."""

    def __init__(self, at: Services, ground: Ground, desk: Desk, before: "OrderJob | None") -> None:
        super().__init__(name="orders", daemon=True)
        self.desks: dict[str, Desk] = {desk.me.id: desk}
        self._at = at
        self._ground = ground
        self._before = before
        self._over = threading.Event()
        self._wake = threading.Event()
        self._turn = threading.Condition()
        self._settled: set[str] = set()
        self._cancelled: set[str] = set()
        self._current = ""
        self._progress = Progress(0.0, is_held=False)
        self._looked_s = self._rested_s = 0.0

    @property
    def is_over(self) -> bool:
        """Whether nothing is made any more: it was stopped, or every keyring is locked."""
        if all(desk.keyring.is_locked for desk in list(self.desks.values())):
            self._over.set()
        return self._over.is_set()

    def look_again(self, desk: Desk) -> None:
        """Look for orders, at this desk as well."""
        if self.desks.get(desk.me.id) is not desk:
            self.desks[desk.me.id] = desk
            self._settled.clear()
        self._wake.set()

    def again(self, order: str) -> None:
        """Let an order be made that was settled before."""
        self._settled.discard(order)
        self._wake.set()

    def stop(self) -> None:
        """Be over at the next byte that is made."""
        self._over.set()
        self._wake.set()
        with self._turn:
            self._turn.notify_all()

    def drop(self, order: str) -> None:
        """Leave an order that was cancelled or erased, in the middle if need be."""
        self._cancelled.add(order)

    def progress(self, order: str) -> Progress | None:
        """Tell how far an order is; None when it is not being made now."""
        return self._progress if order == self._current else None

    def wait(self, order: str, timeout_s: float) -> None:
        """Wait until an order is made, failed or dropped, or for as long."""
        with self._turn:
            self._turn.wait_for(lambda: order in self._settled or self._over.is_set(), timeout_s)

    def run(self) -> None:
        """Work through the orders, then wait for more."""
        if self._before is not None:
            self._before.join()
            self._before = None
        lower_priority()
        try:
            self._work()
        finally:  # whatever ended it, the next unlock or order begins another
            self.stop()
            self.desks.clear()

    def _work(self) -> None:
        while not self.is_over:
            try:
                found = self._next()
            except LockedError:  # between the look and the question
                return
            if found is None:
                self._wake.wait(_WAKE_S)
                self._wake.clear()
            else:
                self._take(*found)

    def _next(self) -> tuple[Desk, str] | None:
        for desk in list(self.desks.values()):
            with desk.session() as casework:
                for each in orders.waiting(casework):
                    # without its wish it is of a case that somebody else opens
                    if each.id not in self._settled and each.wish:
                        return desk, each.id
        return None

    def _take(self, desk: Desk, order: str) -> None:
        self._cancelled.discard(order)
        self._progress, self._current = Progress(0.0, is_held=False), order
        try:
            self._look()
            Making(self._at, desk, order, self._step, self._ground.producers).make()
        except (StoppedError, LockedError):
            return
        except (CancelledError, NotSharedError):
            pass
        except Exception as error:  # noqa: BLE001  # one export must not keep the others from being made
            self._fail(desk, order, error)
        finally:
            self._current = ""
        with self._turn:
            self._settled.add(order)
            self._turn.notify_all()

    def _fail(self, desk: Desk, order: str, error: Exception) -> None:
        if order in self._cancelled or self.is_over:
            return  # its folder was taken away under it
        is_told = isinstance(error, VigboxError)
        kind = type(error).__name__
        _log.warning("export %s was not made: %s", order, kind, exc_info=not is_told)
        with contextlib.suppress(VigboxError), desk.session() as casework:
            row = casework.get(ExportOrder, order)
            if row is not None and row.state in (orders.WAITING, orders.MADE):
                orders.forget_made(casework, row)
                orders.fail(casework, row, str(error) if is_told else NOT_MADE)

    def _step(self, part: float) -> None:
        self._progress = Progress(max(self._progress.part, min(1.0, part)), is_held=False)
        now_s = time.monotonic()
        if now_s - self._looked_s >= self._ground.look_s:
            self._look()
        worked_s = now_s - self._rested_s
        if worked_s >= _WORK_S:
            self._over.wait(min(_REST * worked_s, _LONGEST_REST_S))
            self._rested_s = time.monotonic()
        self._may_go_on()

    def _look(self) -> None:
        """Wait while the recorder records. Raises StoppedError at the lock, CancelledError."""
        while not self.is_over and self._ground.is_recording():
            self._progress = Progress(self._progress.part, is_held=True)
            self._may_go_on()
            self._over.wait(self._ground.look_s)
        self._progress = Progress(self._progress.part, is_held=False)
        self._looked_s = time.monotonic()
        self._may_go_on()

    def _may_go_on(self) -> None:
        if self._over.is_set():
            raise StoppedError("the box was locked; this export begins again after an unlock")
        if self._current in self._cancelled:
            raise CancelledError("the making of this export was cancelled; nothing of it is kept")
