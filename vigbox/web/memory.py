"""Keeps the process that holds unlocked keys off every disk: no core dump, no swap.

Locking is per process and not handed on by fork: the server's worker does it, which holds the
keys. What the system does not let us do is told, never guessed: see :class:`Kept`. What Python
itself leaves lying about in memory is written down at :class:`~vigbox.seal.keyring.Keyring`.
"""

import ctypes
import logging
import os
import resource
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_log = logging.getLogger(__name__)

# Linux's own figures, the same on every board we run on: prctl(2), mlockall(2), capabilities(7)
_PR_SET_DUMPABLE: Final = 4
_MCL_CURRENT, _MCL_FUTURE, _MCL_ONFAULT = 1, 2, 4
_CAP_IPC_LOCK: Final = 14


@dataclass(frozen=True, slots=True)
class Kept:
    """What was achieved; ``missing`` has a sentence for each thing that was not."""

    never_dumped: bool
    never_swapped: bool
    missing: tuple[str, ...]


def keep_from_disk() -> Kept:
    """Keep this process's memory, all of it and all that comes, from ever reaching a disk.

    Never raises; what was not possible is in the log and in what is given. Call it in the
    process itself, after a fork; once more does nothing new.
    """
    dumped, swapped = _forbid_dumps(), _forbid_swap()
    missing = tuple(each for each in (dumped, swapped) if each)
    for each in missing:
        _log.warning("%s", each)
    return Kept(not dumped, not swapped, missing)


def _forbid_dumps() -> str:
    """Forbid core dumps, and with them reading by other programs of the same user.

    Gives an empty text, or the sentence that says why not.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # a limit of 0 does not stop a dump that goes to a program (systemd-coredump): this does
    if sys.platform != "linux":
        return "the keys' memory could be dumped: this system is not Linux."
    if _libc().prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        return f"the keys' memory could be dumped: prctl failed ({_reason()})."
    return ""


def _forbid_swap() -> str:
    """Lock every page as it comes to be used, where no limit stands in the way.

    Under a limit nothing is locked: the 256 MiB that stretch a passphrase would no longer be had.
    Pages are locked as they are touched (MCL_ONFAULT), so that 24 threads' stacks and the parts
    of libraries that nobody uses take no memory on a board with 512 MB. Gives a text as above.
    """
    if sys.platform != "linux":
        return "the keys' memory may be swapped out: this system is not Linux."
    if not _may_lock():
        return (
            "the keys' memory may be swapped out: too little may be locked. Set "
            "LimitMEMLOCK=infinity in the service, or switch swap off."
        )
    if _libc().mlockall(_MCL_CURRENT | _MCL_FUTURE | _MCL_ONFAULT) != 0:
        return f"the keys' memory may be swapped out: mlockall failed ({_reason()})."
    return ""


def _may_lock() -> bool:
    """Whether as much may be locked as is wanted; lifts the soft limit when the hard one is off."""
    _, hard = resource.getrlimit(resource.RLIMIT_MEMLOCK)
    try:
        status = Path("/proc/self/status").read_text("utf-8", "replace")
    except OSError:
        status = ""
    if hard == resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_MEMLOCK, (hard, hard))
    return is_unbound(hard, status)


def is_unbound(hard_limit: int, status: str) -> bool:
    """Tell from a hard limit and /proc/PID/status whether a process may lock all it wants.

    A limit does not bind a process with CAP_IPC_LOCK.
    """
    found = [line.split()[1] for line in status.splitlines() if line.startswith("CapEff:")]
    is_free = bool(found) and bool(int(found[0], 16) >> _CAP_IPC_LOCK & 1)
    return is_free or hard_limit == resource.RLIM_INFINITY


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _reason() -> str:
    return os.strerror(ctypes.get_errno())
