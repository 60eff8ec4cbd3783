"""Durability is one function: after :func:`save` returns, a power cut cannot undo the file."""

import os
from pathlib import Path

_FRESH = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
# in a folder that two users share, a link at our temporary name would lead into the other's files
_FRESH |= getattr(os, "O_NOFOLLOW", 0)

TEMPORARY = ".tmp"
"""How an unfinished file's name ends; recovery removes what still has it."""


def save(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Write a whole file durably: temporary name, fsync, rename, fsync of the folder.

    Readers see the old file or the new one, never a part. Raises :class:`OSError`; then the old
    file is untouched and the temporary one is gone.
    """
    temporary = path.with_name(path.name + TEMPORARY)
    try:
        descriptor = os.open(temporary, _FRESH, mode)
        try:
            write_all(descriptor, data)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_all(descriptor: int, data: bytes | bytearray | memoryview) -> None:
    """Write every byte, going on after short writes with the same bytes. Raises OSError."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def sync_folder(folder: Path) -> None:
    """Make names that were added to or taken from a folder durable.

    Windows has no such call and makes renames durable by itself.
    """
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
