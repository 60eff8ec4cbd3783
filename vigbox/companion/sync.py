"""Sync: list the boxes' exports, fetch, verify, open into DEST, tell the box each came from."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Final, Never

from vigbox.companion import home as homes
from vigbox.companion.destination import Destination, DestinationError
from vigbox.companion.link import Link
from vigbox.companion.progress import Progress
from vigbox.companion.rounds import Rounds, SyncSummary
from vigbox.companion.tour import Tour
from vigbox.errors import InUseError, VigboxError

PAUSE_S: Final = 10.0
"""Between two looks at the boxes, when it is not ``once``."""
LONGEST_PAUSE_S: Final = 60.0
"""The same, after no box was there for a while."""


def sync(
    dest: Path,
    home: Path,
    *,
    once: bool,
    keep_sealed: bool,
    progress: Progress,
    wait: Callable[[float], None] = time.sleep,
    when_synced: Callable[[SyncSummary], None] = lambda _summary: None,
) -> SyncSummary:
    """Bring every export that waits for this machine on its boxes into DEST.

    With ``once`` one round, given back; ``when_synced`` is told what was done before an error.
    Without, it looks for the boxes until it is interrupted and never returns: boxes that are away,
    and a DEST that is full, away or in use, are waited for. ``when_synced`` is then told of each
    round that did something, and once of each problem, as another box at a box's address.

    An export that cannot be verified is a problem in the summary and stays unverified on the
    box; so is a box that refuses while others do not. Raises HomeError, TrustError,
    BoxRefusedError when every box has revoked this machine, and with ``once`` DestinationError
    (what was fetched stays), InUseError when another sync works on DEST, and what the first box
    said when none could be used: BoxUnreachableError, BoxRefusedError.
    """
    boxes, identity = homes.boxes(home), homes.identity(home)
    into = Destination(dest)
    with ExitStack() as links:
        rounds = [
            Rounds(
                box,
                identity,
                links.enter_context(Link(box.address, homes.tls(home, box))),
                into,
                wait,
                keep_sealed=keep_sealed,
            )
            for box in boxes
        ]
        if not once:
            _Watch(rounds, into, progress, when_synced).go_on(wait)
        into.prepare(each.machine_id for each in boxes)
        return Tour.make(rounds, progress, when_synced).check(when_synced)


class _Watch:
    """Round after round; it repeats itself to nobody."""

    def __init__(
        self,
        rounds: list[Rounds],
        into: Destination,
        progress: Progress,
        when_synced: Callable[[SyncSummary], None],
    ) -> None:
        self._rounds = rounds
        self._into = into
        self._progress = progress
        self._when_synced = when_synced
        self._told: set[str] = set()
        self._of_dest = ""

    def go_on(self, wait: Callable[[float], None]) -> Never:
        pause_s = PAUSE_S
        try:
            self._into.prepare(each.box.machine_id for each in self._rounds)
        except (DestinationError, InUseError) as error:
            self._tell_alone(error)
        while True:
            is_anybody_there = self._round()
            pause_s = PAUSE_S if is_anybody_there else min(pause_s * 1.5, LONGEST_PAUSE_S)
            wait(pause_s)

    def _round(self) -> bool:
        """Visit every box; tells whether to look again as soon as ever."""
        try:
            tour = Tour.make(self._rounds, self._progress, self._tell)
        except (DestinationError, InUseError) as error:
            self._tell_alone(error)
            return True
        if tour.is_refused:
            tour.check(self._tell)
        summary = tour.summary()
        self._tell(summary)
        self._forget(tour, summary.problems)
        return bool(tour.reached)

    def _tell_alone(self, error: VigboxError) -> None:
        self._of_dest = str(error)
        self._tell(SyncSummary(0, (), 0, (self._of_dest,)))

    def _forget(self, tour: Tour, problems: tuple[str, ...]) -> None:
        """Tell again what is over, should it come back; of a box that is away nobody knows."""
        if not tour.failed:
            self._told = set(problems)
            return
        reached = tuple(f"{each.box_name}: " for each in tour.reached)
        is_over = {each for each in self._told if each.startswith(reached)}
        self._told -= {self._of_dest, *is_over.difference(problems)}

    def _tell(self, summary: SyncSummary) -> None:
        news = tuple(each for each in summary.problems if each not in self._told)
        self._told.update(news)
        if summary.exports or news:
            self._when_synced(
                SyncSummary(summary.exports, summary.files, summary.fetched_bytes, news)
            )
