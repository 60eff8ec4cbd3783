"""A control group for each machine: two in one would take each other's units away.

``systemd-nspawn --keep-unit`` boots in the group it was started in. Two machines side by side then
share ``/payload``, and one that is done with a unit removes the folder in which the other is just
starting its own unit of that name ("Failed to spawn executor: No such file or directory").
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

_MOUNTS = Path("/sys/fs/cgroup")


@contextlib.contextmanager
def own_group(name: str) -> Iterator[list[str]]:
    """Make a group below ours wherever systemd keeps units; gives the command that runs in it."""
    folders = [each / name for each in _ours()]
    for each in folders:
        each.mkdir()
    entered = " && ".join(f'echo $$ > "{each}/cgroup.procs"' for each in folders)
    try:
        yield ["sh", "-c", f'{entered} && exec "$@"', "sh"]
    finally:
        for each in folders:
            _remove(each)


def _ours() -> list[Path]:
    """Our own groups in systemd's two trees: version 2 (0::), and its own of version 1."""
    found = []
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, kind, path = line.split(":", 2)
        trees = {"": ("unified", "."), "name=systemd": ("systemd",)}.get(kind, ())
        mounted = (_MOUNTS / tree for tree in trees)
        tree = next((each for each in mounted if (each / "cgroup.procs").exists()), None)
        if tree is not None:
            found.append(tree / path.lstrip("/"))
    return found


def _remove(folder: Path) -> None:
    # what its processes leave goes when the last of them is gone; an empty folder harms nobody
    with contextlib.suppress(OSError):
        for each, _, _ in os.walk(folder, topdown=False):
            Path(each).rmdir()
