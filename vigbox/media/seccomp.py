"""After this, no file is opened, no socket made and no program begun: seccomp(2), a small filter.

The worker calls it once everything it needs is loaded; what it may still touch is the connection
to its parent. A denied call fails with EPERM, so a library that merely looks for something goes on.
"""

import ctypes
import os
import platform
import struct
import sys
from typing import Final

from vigbox.errors import VigboxError

# Linux's own figures: see prctl(2), seccomp(2), linux/bpf_common.h and linux/audit.h.
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _MODE_FILTER = 38, 22, 2
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _KILL, _DENY = 0x7FFF0000, 0x80000000, 0x00050001
_X32: Final = 0x40000000
_NUMBER_AT, _ARCH_AT = 0, 4

_FROM_424: Final = (424, 425, 427, 428, 429, 430, 431, 432, 433, 434, 437, 438, 442)
"""pidfd_send_signal, io_uring, the new mount calls, pidfd_open, openat2, pidfd_getfd,
mount_setattr: the same numbers everywhere."""

_DENIED: Final = {
    "x86_64": (
        0xC000003E,
        # open, socket, connect, accept, bind, listen, socketpair, fork, vfork, execve, kill,
        # creat, link, unlink, ptrace, mount, umount, keyctl and friends, openat, unshare,
        # name_to_handle, open_by_handle, setns, process_vm, memfd_create, bpf, execveat,
        # userfaultfd, perf_event_open
        (2, 41, 42, 43, 49, 50, 53, 57, 58, 59, 62, 85, 86, 87, 101, 165, 166, 248, 249, 250, 257,
         272, 298, 303, 304, 308, 310, 311, 319, 321, 322, 323),
    ),
    "aarch64": (
        0xC00000B7,
        (37, 35, 39, 40, 56, 97, 117, 129, 198, 199, 200, 201, 202, 203, 217, 218, 219, 221, 241,
         264, 265, 268, 270, 271, 279, 280, 281, 282),
    ),
}  # fmt: skip


class NoFilterError(VigboxError):
    """The system calls of the worker cannot be limited here."""


def forbid_opening() -> None:
    """Limit this thread and all it begins. Raises :class:`NoFilterError`."""
    machine = platform.machine()
    if sys.platform != "linux" or machine not in _DENIED:
        raise NoFilterError(f"no list of system calls for {machine}")
    program = _program(*_DENIED[machine])
    room = ctypes.create_string_buffer(program, len(program))
    # struct sock_fprog: how many instructions of 8 bytes, and where
    told = ctypes.create_string_buffer(
        struct.pack("@HP", len(program) // 8, ctypes.addressof(room))
    )
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(
        _PR_SET_SECCOMP, _MODE_FILTER, told, 0, 0
    ):
        raise NoFilterError(os.strerror(ctypes.get_errno()))


def _program(arch: int, numbers: tuple[int, ...]) -> bytes:
    denied = sorted({*numbers, *_FROM_424})
    steps = [
        (_LOAD, 0, 0, _ARCH_AT),
        (_EQUAL, 1, 0, arch),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER_AT),
        (_AT_LEAST, len(denied), 0, _X32),
    ]
    steps += [(_EQUAL, len(denied) - at, 0, each) for at, each in enumerate(denied)]
    steps += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _DENY)]
    return b"".join(struct.pack("=HBBI", *each) for each in steps)
