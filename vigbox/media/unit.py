"""Jobs handed to the media worker's unit over its socket; systemd has put up the walls.

The same as :mod:`vigbox.media.bubble` to whoever asks. The unit begins a worker of its own for each
connection; when the connection goes, however that happens, the job goes.
"""

import contextlib
import socket
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from vigbox.media.bubble import MAKING, READING
from vigbox.media.handover import (
    ENDED,
    FIRST_FILE,
    HELLO,
    MAKE,
    READ,
    REFUSED,
    HandoverError,
    hand_over,
)
from vigbox.media.jobs import Job, Making, Reading, Running
from vigbox.media.walls import NoSandboxError, find_program

_HELLO_S: Final = 30.0
_HAND_OVER_S: Final = 10.0
_AGAIN_S: Final = 0.2
_GONE_S: Final = 10.0
_KILLED: Final = -9


class MediaUnit:
    """The socket of ``vigbox-media.socket``."""

    def __init__(self, path: Path, *, within_s: float = _HELLO_S) -> None:
        self._path = path
        self._within_s = within_s

    def check(self, doing: str) -> None:
        """Look for the socket. Raises :class:`~vigbox.media.walls.NoSandboxError`."""
        if not self._path.is_socket():
            raise _gone(doing)

    def begin(self, job: Job, files: Sequence[int], told: int) -> Running:
        """Hand a job over; see :class:`~vigbox.media.jobs.Walls`."""
        doing = READING if isinstance(job, Reading) else MAKING
        facts = _facts(job, len(files))
        connection = self._connected(doing)
        try:
            hand_over(connection, facts, [*files, told])
        except (OSError, HandoverError) as error:
            connection.close()
            raise _gone(doing) from error
        return _Handed(connection)

    def _connected(self, doing: str) -> socket.socket:
        """Connect; a unit that has as many jobs as it may have is asked again."""
        until_s = time.monotonic() + self._within_s
        pause = threading.Event()
        while True:
            connection, said = socket.socket(socket.AF_UNIX), b""
            try:
                connection.settimeout(max(0.1, until_s - time.monotonic()))
                connection.connect(str(self._path))
                said = connection.recv(1)
                if said == HELLO:
                    connection.settimeout(_HAND_OVER_S)
                    return connection
            except ConnectionResetError:
                pass
            except OSError as error:
                connection.close()
                raise _gone(doing) from error
            connection.close()
            if said == REFUSED or time.monotonic() > until_s:
                raise _gone(doing)
            pause.wait(_AGAIN_S)


def _facts(job: Job, files: int) -> dict[str, object]:
    """Give what is told of a job."""
    share = {"memory": job.share.memory_bytes, "seconds": job.share.processor_s}
    match job:
        case Reading():
            return {"do": READ, "words": job.words(), **share}
        case Making():
            program, *words = job.words(range(FIRST_FILE, FIRST_FILE + files))
            find_program(program, "ffmpeg", MAKING)
            return {"do": MAKE, "words": words, **share}


class _Handed:
    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self._ended: int | None = None

    def kill(self) -> None:
        with contextlib.suppress(OSError):  # another thread has, or it is over
            self._connection.shutdown(socket.SHUT_WR)
        with contextlib.suppress(TimeoutError):
            self.wait(_GONE_S)
        self._connection.close()

    def wait(self, within_s: float) -> int:
        with self._lock:
            if self._ended is None:
                self._ended = self._heard(within_s)
            return self._ended

    def _heard(self, within_s: float) -> int:
        """Hear how it ended; a worker that went without a word was killed."""
        data, until_s = b"", time.monotonic() + within_s
        while True:
            try:
                self._connection.settimeout(max(0.01, until_s - time.monotonic()))
                more = self._connection.recv(ENDED.size)
            except TimeoutError:
                raise
            except OSError:
                more = b""
            if not more:
                return ENDED.unpack(data)[0] if len(data) == ENDED.size else _KILLED
            data += more


def _gone(doing: str) -> NoSandboxError:
    return NoSandboxError(
        f"{doing}: the media worker does not answer (systemctl status vigbox-media.socket). "
        "Nothing was done."
    )
