"""Jobs behind bubblewrap: for a desk, a demo and tests. Whoever starts them may make namespaces."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import vigbox
from vigbox.media.jobs import Job, Making, Reading, Running, Share
from vigbox.media.walls import find_bubblewrap, find_program, limited, walls

READING: Final = "Films from elsewhere cannot be read on this box"
MAKING: Final = "A film cannot be made on this box"
FILES: Final = 64
"""Open files that the ffmpeg program may have."""

ENVIRONMENT: Final = {"MALLOC_ARENA_MAX": "1"}
"""Or every thread takes 64 MiB of address space, which is limited, to begin with."""
_LIBRARIES: Final = ("/etc/alternatives",)
"""Links to some of the system's own libraries, without which the program does not start."""
_CODE: Final = str(Path(vigbox.__file__).resolve().parent)


class Bubblewrap:
    """Walls that this process puts up itself, anew for each job."""

    def check(self, doing: str) -> None:
        """Look for the program. Raises :class:`~vigbox.media.walls.NoSandboxError`."""
        find_bubblewrap(doing)

    def begin(self, job: Job, files: Sequence[int], told: int) -> Running:
        """Begin a job; see :class:`~vigbox.media.jobs.Walls`."""
        match job:
            case Reading():
                return _Bubble(read_by(job), files[0], told)
            case Making():
                return _Bubble(made_by(job.words(files), job.share), None, told, files)


class _Bubble:
    def __init__(
        self, words: list[str], stdin: int | None, told: int, passed: Sequence[int] = ()
    ) -> None:
        self._process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL if stdin is None else stdin,
            stdout=subprocess.DEVNULL,
            stderr=told,
            env={"PATH": "/usr/bin:/bin"},
            pass_fds=passed,
        )

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def wait(self, within_s: float) -> int:
        try:
            return self._process.wait(within_s)
        except subprocess.TimeoutExpired:
            raise TimeoutError from None


def read_by(job: Reading) -> list[str]:
    """Give the command that reads a film. Raises :class:`~vigbox.media.walls.NoSandboxError`."""
    worker = [sys.executable, "-B", "-s", "-m", "vigbox.media.worker", *job.words()]
    return [find_bubblewrap(READING), *around_python(), "--", *worker]


def around_python(more: Sequence[str] = ()) -> list[str]:
    """Give the walls within which Python and this package run, and see more folders."""
    folders = (sys.base_prefix, *_prefixes(), _CODE, *more)
    return walls("film", folders, {"PYTHONPATH": str(Path(_CODE).parent)})


def made_by(words: list[str], share: Share) -> list[str]:
    """Give the whole command: walls, limits, the program. Raises NoSandboxError."""
    bubblewrap = find_bubblewrap(MAKING)
    find_program(words[0], "ffmpeg", MAKING)
    folders = [each for each in _LIBRARIES if Path(each).is_dir()]
    return [
        bubblewrap, *walls("film", folders, ENVIRONMENT), "--",
        *limited(share.memory_bytes, share.processor_s, FILES), *words,
    ]  # fmt: skip


def _prefixes() -> list[str]:
    """Python's own folders: the one it is called by, and the one that is."""
    return list(dict.fromkeys((sys.prefix, str(Path(sys.prefix).resolve()))))
