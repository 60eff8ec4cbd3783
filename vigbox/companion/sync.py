"""Sync: list the box's exports, fetch, verify, open into DEST, tell the box."""

import errno
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from vigbox.companion import home as homes
from vigbox.companion.link import BoxUnreachableError, Link
from vigbox.companion.lock import owned
from vigbox.companion.progress import Progress
from vigbox.companion.rounds import Rounds, SyncSummary
from vigbox.companion.transfer import STATE
from vigbox.errors import VigboxError

PAUSE_S: Final = 10.0
"""Between two looks at the box, when it is not ``once``."""


class DestinationError(VigboxError):
    """DEST cannot be written: no room, or no right to."""


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

    With ``once`` one round, given back. Without, it looks for the box until it is interrupted,
    tells ``when_synced`` of each round that did something, and never returns.

    An export that cannot be verified is a problem in the summary and stays unverified on the
    box. Raises HomeError, :class:`DestinationError` (what was fetched stays), BoxRefusedError
    for a revoked machine, InUseError when another sync works on DEST, and with ``once``
    BoxUnreachableError.
    """
    box, identity = homes.load_box(home), homes.identity(home)
    try:
        with owned(dest / STATE), Link(box.address, homes.tls(home, box)) as link:
            rounds = Rounds(box, identity, link, dest, wait, keep_sealed=keep_sealed)
            return _repeat(rounds, progress, wait, when_synced, once=once)
    except OSError as error:
        raise _destination(dest, error) from error


def _repeat(
    rounds: Rounds,
    progress: Progress,
    wait: Callable[[float], None],
    when_synced: Callable[[SyncSummary], None],
    *,
    once: bool,
) -> SyncSummary:
    while True:
        try:
            summary = rounds.run(progress)
            if once:
                return summary
            if summary.exports or summary.problems:
                when_synced(summary)
        except BoxUnreachableError:
            if once:
                raise
        wait(PAUSE_S)


def _destination(dest: Path, error: OSError) -> DestinationError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return DestinationError(
            f"there is no room left in {dest}; make room and sync again: what was fetched is kept"
        )
    return DestinationError(
        f"cannot write in {dest}: {error.strerror or error}. Choose another folder, or give "
        "yourself the right to write there, and sync again."
    )
