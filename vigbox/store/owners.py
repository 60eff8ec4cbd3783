"""Whose is what on a box: each file belongs to the user of the folder it lies in.

The package makes the folders with their users; a set-up runs as root and hands over what it made.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from vigbox.store.layout import Layout

_HANDED: Final = ("identities", "recorder", "tls", "web")
_WEBS: Final = ("case.db*", "case.schema*", "service.toml*", ".setup.lock")


def hand_over(layout: Layout) -> None:
    """Give what root just made to the users of the folders; nothing for anybody but root.

    ``box.json`` is root's and stays so: neither process may say who this box is. Raises OSError.
    """
    if os.name == "nt" or os.geteuid() != 0:
        return
    for path, owner in _of_users(layout):
        os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def hand_over_file(path: Path) -> None:
    """Give a file that root just wrote to the user of its folder. Raises OSError."""
    if os.name == "nt" or os.geteuid() != 0:
        return
    owner = path.parent.stat()
    os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def private() -> contextlib.AbstractContextManager[None]:
    """Make every new file its owner's alone, whatever the shell that started this allows."""
    return _masked(0o077)


def readable() -> contextlib.AbstractContextManager[None]:
    """Let files be for all to read that should be, whatever the shell that started this allows."""
    return _masked(0o022)


@contextlib.contextmanager
def _masked(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def _of_users(layout: Layout) -> Iterator[tuple[Path, os.stat_result]]:
    for name in _HANDED:
        top = layout.data / name
        owner = top.stat()
        for folder, folders, files in os.walk(top):
            yield from ((Path(folder, each), owner) for each in (*folders, *files))
    owner = (layout.data / "web").stat()
    for pattern in _WEBS:
        yield from ((each, owner) for each in layout.data.glob(pattern))
