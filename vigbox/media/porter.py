"""The media worker's unit: takes one job over its connection, has it done, and is gone.

systemd starts it for each connection to ``vigbox-media.socket``, behind the unit's walls, with the
connection as its standard input. It hears one user alone, begins the job in a process of its own,
and ends that when whoever asked goes. It loads little: a small board waits for it before each job.
"""

import contextlib
import os
import pwd
import resource
import select
import signal
import socket
import sys
from typing import Final, NoReturn

from vigbox.media.alone import reached
from vigbox.media.handover import ENDED, FIRST_FILE, HELLO, MAKE, REFUSED, HandoverError, taken
from vigbox.media.walls import STACK_BYTES, memory_here

_HEAR_S: Final = 10.0
_FILES: Final = 64
_ABOVE_ALL: Final = 40
"""Where descriptors are put aside while others get the numbers they are to have."""

_ENVIRONMENT: Final = {"LC_ALL": "C.UTF-8", "MALLOC_ARENA_MAX": "1", "PATH": "/usr/bin:/bin"}
_NOT_BEGUN: Final = 127


def main(words: list[str]) -> int:
    """Do one job: ``--from CONNECTION --hear USER``, as the unit says it."""
    given = dict(zip(words[::2], words[1::2], strict=True))
    with socket.socket(fileno=os.dup(0)) as connection:
        connection.settimeout(_HEAR_S)
        if why := _against(given):
            connection.sendall(REFUSED)
            return _refused(why)
        try:
            connection.sendall(HELLO)
            job = taken(connection)
        except (HandoverError, OSError) as error:
            return _refused(str(error))
        code = _done(connection, *job)
        with contextlib.suppress(OSError):
            connection.sendall(ENDED.pack(code))
    return 0


def _against(given: dict[str, str]) -> str:
    if not is_heard(given["--from"], given["--hear"]):
        return f"{given['--from']} is not {given['--hear']}"
    found = reached()
    return f"the media worker does not stand behind its walls: {found}" if found else ""


def is_heard(connection: str, user: str) -> bool:
    """Tell whether a connection is this user's.

    systemd names a connection by its number, process and user, which it asked the kernel for
    (SO_PEERCRED); here, in a user namespace, the kernel would say "nobody".
    """
    number = int(user) if user.isdigit() else pwd.getpwnam(user).pw_uid
    return connection.rpartition("-")[2] == str(number)


def _refused(why: str) -> int:
    sys.stderr.write(f"refused: {why}\n")
    return 1


def _done(
    connection: socket.socket,
    kind: str,
    words: list[str],
    share: tuple[int, int],
    files: list[int],
) -> int:
    """Have a job done; gives how it ended."""
    worker = os.fork()
    if not worker:
        _work(kind, words, share, files)
    for each in files:
        os.close(each)
    ended = os.pidfd_open(worker)
    # readable when whoever asked has closed their half: they say nothing more otherwise
    select.select([ended, connection.fileno()], [], [])
    os.kill(worker, signal.SIGKILL)  # not yet waited for, so it is nobody else's number
    _, status = os.waitpid(worker, 0)
    os.close(ended)
    return os.waitstatus_to_exitcode(status)


def _work(kind: str, words: list[str], share: tuple[int, int], files: list[int]) -> NoReturn:
    code = _NOT_BEGUN
    try:
        *given, told = [_aside(each) for each in files]
        os.closerange(0, _ABOVE_ALL)
        if kind == MAKE:
            _make(words, share, given, told)
        code = _read(words, given[0], told)
    except BaseException as error:  # noqa: BLE001  # this process must not go on as its parent
        with contextlib.suppress(OSError):
            os.write(2, f"{error}\n".encode())
    os._exit(code)


def _aside(number: int) -> int:
    import fcntl

    return fcntl.fcntl(number, fcntl.F_DUPFD, _ABOVE_ALL)


def _read(words: list[str], connection: int, told: int) -> int:
    os.dup2(connection, 0)
    os.dup2(told, 1)
    os.dup2(told, 2)
    os.closerange(3, _FILES)
    from vigbox.media import worker

    return worker.main(words)


def _make(words: list[str], share: tuple[int, int], files: list[int], told: int) -> NoReturn:
    for number in (0, 1, 2):
        os.dup2(told, number)
    for number, each in enumerate(files, FIRST_FILE):
        os.dup2(each, number)
    os.closerange(_ABOVE_ALL, _FILES)
    memory, seconds = share
    for what, most in (
        (resource.RLIMIT_AS, min(memory, memory_here())),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_NOFILE, _FILES),
        (resource.RLIMIT_STACK, STACK_BYTES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
    os.execvpe("ffmpeg", ["ffmpeg", *words], _ENVIRONMENT)  # noqa: S606  # no shell


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
