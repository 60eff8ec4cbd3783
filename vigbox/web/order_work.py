"""Export orders, made in the background while the box is unlocked, left at the lock."""

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from vigbox.casework.desk import Desk
from vigbox.web.producers import PRODUCERS, Producer
from vigbox.web.recorder_link import RecorderLink

if TYPE_CHECKING:
    from vigbox.web.order_job import OrderJob, Progress
    from vigbox.web.services import Services

_LOOK_S: Final = 1.0


class OrderWork:
    """Knows what is being made. Any thread may call any method."""

    def __init__(
        self,
        recorder: RecorderLink,
        producers: Sequence[Producer] = PRODUCERS,
        look_s: float = _LOOK_S,
    ) -> None:
        self._recorder = recorder
        self.producers = producers
        """What an export can be made of."""
        self._look_s = look_s
        self._lock = threading.Lock()
        self._job: OrderJob | None = None
        self._before: OrderJob | None = None

    def shows_more(self, made: Sequence[str]) -> bool:
        """Tell whether what is made of clips shows more than those, where no masks cover faces."""
        return not {each.key for each in self.producers if each.covers}.issuperset(made)

    def begin(self, at: "Services", desk: Desk) -> None:
        """Make what is ordered and this desk may open, until the box is locked."""
        from vigbox.web.order_job import Ground, OrderJob

        with self._lock:
            if self._job is not None and not self._job.is_over:
                self._job.look_again(desk)
                return
            ground = Ground(self._recorder.is_recording, self._look_s, self.producers)
            self._job = OrderJob(at, ground, desk, self._job or self._before)
            self._before = None
            self._job.start()

    def progress(self, order: str) -> "Progress | None":
        """Tell how far an order is; None when it is not being made now."""
        job = self._job
        return job.progress(order) if job is not None else None

    def is_making(self, order: str) -> bool:
        """Tell whether an order is being made now, also by what a lock has not ended yet."""
        jobs = self._job, self._before
        return any(each is not None and each.progress(order) is not None for each in jobs)

    def wait(self, order: str, timeout_s: float) -> None:
        """Wait until an order is made or failed, or for as long."""
        job = self._job
        if job is not None:
            job.wait(order, timeout_s)

    def drop(self, order: str) -> None:
        """Leave an order that was cancelled or erased; does not wait."""
        job = self._job
        if job is not None:
            job.drop(order)

    def again(self, order: str) -> None:
        """Let an order be made that failed before."""
        job = self._job
        if job is not None:
            job.again(order)

    def forget(self) -> None:
        """Stop at once: the box was locked, or somebody left."""
        with self._lock:
            job, self._job = self._job, None
            self._before = job or self._before
        if job is not None:
            job.stop()
