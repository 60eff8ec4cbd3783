"""One sync, or one without end, and what a person sees of it."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from vigbox.companion.progress import quiet
from vigbox.companion.rounds import SyncSummary
from vigbox.companion.sync import LONGEST_PAUSE_S, PAUSE_S, sync

if TYPE_CHECKING:
    from collections.abc import Callable

FILM = random.Random(3).randbytes(8 << 20)
SMALL = FILM[:100_000]


def sync_once(
    dest: Path,
    home: Path,
    *,
    keep_sealed: bool = False,
    wait: Callable[[float], None] = lambda _seconds: None,
) -> SyncSummary:
    return sync(
        dest,
        home,
        once=True,
        keep_sealed=keep_sealed,
        progress=quiet,
        wait=wait,
    )


def shown(dest: Path) -> dict[str, bytes]:
    """Give what a person sees in DEST."""
    files = (each for each in dest.rglob("*") if each.is_file())
    return {
        str(each.relative_to(dest)): each.read_bytes()
        for each in files
        if each.relative_to(dest).parts[0] != ".vigbox"
    }


def state(dest: Path) -> set[str]:
    """Give the exports that DEST holds something of, under way."""
    return {each.name for each in (dest / ".vigbox").glob("*/*")}


class Ended(BaseException):
    """How a test ends a sync that has no end."""


def waits_until(ends: int, then: Callable[[int], None]) -> Callable[[float], None]:
    seen: list[float] = []

    def wait(seconds: float) -> None:
        assert PAUSE_S <= seconds <= LONGEST_PAUSE_S
        seen.append(seconds)
        then(len(seen))
        if len(seen) == ends:
            raise Ended

    return wait


def watch(dest: Path, home: Path, wait: Callable[[float], None]) -> list[SyncSummary]:
    """Sync without end, until ``wait`` ends it; gives what was told."""
    told: list[SyncSummary] = []
    with pytest.raises(Ended):
        sync(
            dest,
            home,
            once=False,
            keep_sealed=False,
            progress=quiet,
            wait=wait,
            when_synced=told.append,
        )
    return told
