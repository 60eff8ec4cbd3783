"""Sync: list the box's exports, fetch, verify, open into DEST, tell the box."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Never

from vigbox.companion import home as homes
from vigbox.companion.destination import Destination, DestinationError
from vigbox.companion.link import BoxUnreachableError, Link
from vigbox.companion.progress import Progress
from vigbox.companion.rounds import Rounds, SyncSummary
from vigbox.errors import InUseError

PAUSE_S: Final = 10.0
"""Between two looks at the box, when it is not ``once``."""
LONGEST_PAUSE_S: Final = 60.0
"""The same, after the box was away for a while."""


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
    """Bring every export that waits for this machine into DEST.

    With ``once`` one round, given back; ``when_synced`` is told what was done before an error.
    Without, it looks for the box until it is interrupted and never returns: a box that is away,
    and a DEST that is full, away or in use, are waited for. ``when_synced`` is then told of each
    round that did something, and once of each problem.

    An export that cannot be verified is a problem in the summary and stays unverified on the
    box. Raises HomeError, BoxRefusedError for a revoked machine, and with ``once``
    DestinationError (what was fetched stays), InUseError when another sync works on DEST, and
    BoxUnreachableError.
    """
    box, identity = homes.load_box(home), homes.identity(home)
    with Link(box.address, homes.tls(home, box)) as link:
        into = Destination(dest)
        rounds = Rounds(box, identity, link, into, wait, keep_sealed=keep_sealed)
        if not once:
            _Watch(rounds, into, progress, when_synced).go_on(wait)
        into.check()
        return rounds.run(progress, when_synced)


class _Watch:
    """Round after round; it repeats itself to nobody."""

    def __init__(
        self,
        rounds: Rounds,
        into: Destination,
        progress: Progress,
        when_synced: Callable[[SyncSummary], None],
    ) -> None:
        self._rounds = rounds
        self._into = into
        self._progress = progress
        self._when_synced = when_synced
        self._told: set[str] = set()

    def go_on(self, wait: Callable[[float], None]) -> Never:
        pause_s = PAUSE_S
        self._round(self._check)
        while True:
            try:
                self._round(lambda: self._rounds.run(self._progress, self._tell))
                pause_s = PAUSE_S
            except BoxUnreachableError:
                pause_s = min(pause_s * 1.5, LONGEST_PAUSE_S)
            wait(pause_s)

    def _check(self) -> SyncSummary:
        self._into.check()
        return SyncSummary(0, (), 0, ())

    def _round(self, do: Callable[[], SyncSummary]) -> None:
        try:
            summary = do()
        except (DestinationError, InUseError) as error:
            summary = SyncSummary(0, (), 0, (str(error),))
        self._tell(summary)
        self._told = set(summary.problems)

    def _tell(self, summary: SyncSummary) -> None:
        news = tuple(each for each in summary.problems if each not in self._told)
        self._told.update(news)
        if summary.exports or news:
            self._when_synced(
                SyncSummary(summary.exports, summary.files, summary.fetched_bytes, news)
            )
