"""The file of guesses: what it says, read strictly, and held against every other process."""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from vigbox.store.allowance import GRANT_TRIES, Allowance

LONGEST_BYTES: Final = 65_536


@dataclass(frozen=True, slots=True)
class Kept:
    """What the file says: the allowance at a moment of a boot."""

    boot: str
    boottime_ns: int
    running_ns: int
    allowance: Allowance


class DamagedCountError(ValueError):
    """The file is no count of tries, or one that cannot be."""


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock against every other thread and process. Raises OSError."""
    # each caller opens it anew: so the lock keeps threads apart as well as processes
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def parse(data: bytes) -> Kept:
    """Read the file strictly. Raises :class:`DamagedCountError`."""
    try:
        facts = json.loads(data)
        said = facts.pop("allowance")
        allowance = Allowance(**{**said, "tries_ns": tuple(said["tries_ns"])})
        kept = Kept(**facts, allowance=allowance)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise DamagedCountError("it is not a count of tries") from error
    if not _is_sound(kept):
        raise DamagedCountError("its figures cannot be")
    return kept


def _is_sound(kept: Kept) -> bool:
    allowance = kept.allowance
    granted_ns = 0 if allowance.granted_ns is None else allowance.granted_ns
    figures: list[Any] = [*allowance.tries_ns, granted_ns, kept.running_ns]
    counts: list[Any] = [allowance.row, allowance.granted_left, kept.boottime_ns]
    texts: list[Any] = [kept.boot]
    if not all(type(each) is int for each in figures + counts):
        return False
    return (
        all(isinstance(each, str) for each in texts)
        and list(allowance.tries_ns) == sorted(allowance.tries_ns)
        and max(figures) == kept.running_ns
        and min(counts) >= 0
        and allowance.granted_left <= GRANT_TRIES
    )
