"""One sync at a time works on a DEST, on every system."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vigbox.errors import InUseError

if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _take(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def owned(folder: Path) -> Iterator[None]:
    """Own a folder, made when missing in one that is there, until the context or the process ends.

    Raises :class:`~vigbox.errors.InUseError` when another process does, OSError.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _lock(descriptor, folder)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, folder: Path) -> None:
    try:
        _take(descriptor)
    except (BlockingIOError, PermissionError):
        raise InUseError(
            f"another vigbox sync already works on {folder.parent}; let it finish, or stop it first"
        ) from None
