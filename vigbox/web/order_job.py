"""One unlock's work on export orders, over at the lock.

One order at a time, the oldest first, and nothing while the recorder records. What a lock or a
restart ends goes on at the next unlock; what fails says why and waits for somebody.
"""

import contextlib
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from vigbox.casework import orders
from vigbox.casework.desk import Desk, NotSharedError
from vigbox.casework.tables import ExportOrder
from vigbox.delivery.outbox import NoSuchExportError
from vigbox.errors import VigboxError
from vigbox.export.pieces import CancelledError
from vigbox.seal.errors import LockedError
from vigbox.web.background_job import BackgroundJob
from vigbox.web.departure import StoppedError
from vigbox.web.order_making import Making
from vigbox.web.producers import PRODUCERS, Producer
from vigbox.web.services import Services

_log = logging.getLogger(__name__)

NOT_MADE: Final = "This export could not be made. Try again; if it stays, choose less at a time."

_WAKE_S: Final = 5.0
_WORK_S: Final = 0.002


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


class OrderJob(BackgroundJob):
    """Makes what is ordered by whoever unlocked, until it is stopped."""

    def __init__(self, at: Services, ground: Ground, desk: Desk, before: "OrderJob | None") -> None:
        super().__init__("orders", desk, before, look_s=ground.look_s, work_s=_WORK_S)
        self._at = at
        self._ground = ground
        self._turn = threading.Condition()
        self._settled: set[str] = set()
        self._cancelled: set[str] = set()
        self._current = ""
        self._progress = Progress(0.0, is_held=False)

    def look_again(self, desk: Desk) -> None:
        """Look for orders, at this desk as well."""
        if self.desks.get(desk.me.id) is not desk:
            self.desks[desk.me.id] = desk
            self._settled.clear()
        self.wake.set()

    def again(self, order: str) -> None:
        """Let an order be made that was settled before."""
        self._settled.discard(order)
        self.wake.set()

    def stop(self) -> None:
        """Be over at the next byte that is made, and let nobody wait for more."""
        super().stop()
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
            self._turn.wait_for(lambda: order in self._settled or self.over.is_set(), timeout_s)

    def work(self) -> None:
        """Work through the orders, then wait for more."""
        while not self.is_over:
            try:
                found = self._next()
            except LockedError:  # between the look and the question
                return
            if found is None:
                self.wake.wait(_WAKE_S)
                self.wake.clear()
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
            self.look()
            Making(self._at, desk, order, self._made, self._ground.producers).make()
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
        with contextlib.suppress(NoSuchExportError, OSError):
            self._at.outbox.erase(order)  # what an earlier try left
        with contextlib.suppress(VigboxError), desk.session() as casework:
            row = casework.get(ExportOrder, order)
            if row is not None and row.state in (orders.WAITING, orders.MADE):
                orders.forget_made(casework, row)
                orders.fail(casework, row, str(error) if is_told else NOT_MADE)

    def wait_turn(self) -> None:
        """Wait while the recorder records. Raises StoppedError at the lock, CancelledError."""
        while not self.is_over and self._ground.is_recording():
            self._progress = Progress(self._progress.part, is_held=True)
            self._may_go_on()
            self.over.wait(self._ground.look_s)
        self._progress = Progress(self._progress.part, is_held=False)
        self._may_go_on()

    def _made(self, part: float) -> None:
        self._progress = Progress(max(self._progress.part, min(1.0, part)), is_held=False)
        self.step()
        self._may_go_on()

    def _may_go_on(self) -> None:
        if self.over.is_set():
            raise StoppedError("the box was locked; this export goes on after an unlock")
        if self._current in self._cancelled:
            raise CancelledError("the making of this export was cancelled; nothing of it is kept")
