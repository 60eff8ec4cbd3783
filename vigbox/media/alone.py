"""Whether a process stands behind walls: no network, nothing to write to, nothing of the box."""

import socket
from pathlib import Path
from typing import Final

_SYSTEM: Final = ("/var/lib", "/etc/shadow", "/etc/vigbox", "/run/vigbox")
"""What every system has, or every box; none of it is to be seen."""

_PLACES: Final = ("/", "/tmp", "/var/tmp", "/dev/shm", "/run")  # noqa: S108  # none may be written


def reached() -> str:
    """Say what this process can reach that it was not given; nothing behind walls."""
    if _has_network():
        return "a network"
    for each in _SYSTEM:
        if _is_there(each):
            return each
    return next((f"writing to {each}" for each in _PLACES if _may_write(each)), "")


def _has_network() -> bool:
    try:
        return any(name != "lo" for _, name in socket.if_nameindex())
    except OSError:  # not even the question is allowed
        return False


def _is_there(path: str) -> bool:
    try:
        return Path(path).exists()
    except PermissionError:  # something is
        return True


def _may_write(folder: str) -> bool:
    proof = Path(folder, "proof")
    try:
        proof.touch()
    except OSError:
        return False
    proof.unlink()
    return True
