"""Bubblewrap's walls around a program that works on film, and how much memory a program gets.

A namespace of its own for everything, no network, an empty environment, a read-only root that
holds the system's programs and libraries and nothing of the box. What the program needs more is
named by whoever starts it. Limits are set by the program itself, or by :func:`limited`.
"""

import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from vigbox.errors import VigboxError

_MOST_MEMORY_BYTES: Final = 1536 << 20
_LEAST_MEMORY_BYTES: Final = 640 << 20
"""Of address space, of which about half is touched: in less no film of 1080p can be read."""
_NICE: Final = 19
STACK_BYTES: Final = 2 << 20
"""Of each thread: 8 MiB otherwise, of the address space that is limited."""


class NoSandboxError(VigboxError):
    """The sandbox cannot be made; no film is worked on without it."""


def find_bubblewrap(doing: str = "Films from elsewhere cannot be read on this box") -> str:
    """Give the path of bubblewrap. Raises :class:`NoSandboxError`."""
    return find_program("bwrap", "bubblewrap", doing)


def find_program(program: str, package: str, doing: str) -> str:
    """Give the path of a program; ``doing`` says what cannot be done without it.

    Raises :class:`NoSandboxError`.
    """
    path = shutil.which(program)
    if path is None:
        raise NoSandboxError(
            f"{doing}: {package} is not installed (apt install {package}). Nothing was done."
        )
    return path


def walls(
    name: str, folders: Iterable[str] = (), environment: Mapping[str, str] | None = None
) -> list[str]:
    """Give bubblewrap's options: what a program sees beside the system's own, and by what name."""
    words = [
        "--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent", "--new-session",
        "--uid", "65534", "--gid", "65534", "--hostname", name, "--cap-drop", "ALL", "--clearenv",
    ]  # fmt: skip
    for key, value in {**(environment or {}), "LC_ALL": "C.UTF-8"}.items():
        words += ["--setenv", key, value]
    for each in ("/bin", "/lib", "/lib64"):
        if Path(each).is_symlink():
            words += ["--symlink", str(Path(each).readlink()), each]
        elif Path(each).exists():
            words += ["--ro-bind", each, each]
    for folder in dict.fromkeys(("/usr", *folders)):
        words += ["--ro-bind", folder, folder]
    return [*words, "--chdir", "/", "--remount-ro", "/"]


def limited(memory_bytes: int, processor_s: int, files: int) -> list[str]:
    """Give the words before a program that cannot limit itself: util-linux and coreutils."""
    return [
        "prlimit", f"--as={memory_bytes}", f"--cpu={processor_s}", f"--nofile={files}",
        f"--stack={STACK_BYTES}", "--fsize=0", "--core=0", "--", "nice", "-n", str(_NICE),
    ]  # fmt: skip


def memory_for(machine_bytes: int) -> int:
    """Give a program's share of a machine's memory: the recorder and the page need the rest."""
    return max(_LEAST_MEMORY_BYTES, min(_MOST_MEMORY_BYTES, machine_bytes * 6 // 10))


def memory_here() -> int:
    """Give a program's share of this machine's memory."""
    return memory_for(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
