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
_WEBS: Final = ("case.db*", "service.toml")


def hand_over(layout: Layout) -> None:
    """Give what root just made to the users of the folders; nothing for anybody but root.

    ``box.json`` stays root's and is for all to read: neither process may say who this box is.
    Raises OSError.
    """
    layout.box.chmod(0o644)
    if os.name == "nt" or os.geteuid() != 0:
        return
    for path, owner in _of_users(layout):
        os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


@contextlib.contextmanager
def private() -> Iterator[None]:
    """Make every new file its owner's alone, whatever the shell that started this allows."""
    before = os.umask(0o077)
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
