"""The media worker: reads one film from elsewhere in a sandbox, then is gone.

Started behind walls by :mod:`vigbox.media.bubble` or :mod:`vigbox.media.porter`; its standard
input is the connection to its parent. It refuses to work anywhere else: there is no way around the
sandbox.
"""

import argparse
import importlib
import os
import pkgutil
import resource
import socket
import sys
from typing import Final

from vigbox.media.alone import reached
from vigbox.media.walls import memory_here
from vigbox.media.wire import Wire
from vigbox.media.wire_messages import Failed, Failure, Ready

_FILES: Final = 16
_NICE: Final = 19


class NotInASandboxError(Exception):
    """The worker was started outside of its sandbox."""


def main(words: list[str] | None = None) -> int:
    """Convert the film that the parent holds; gives the process's exit code."""
    given = _given(words)
    _limit(given)
    wire = Wire(socket.socket(fileno=os.dup(0)))
    try:
        _work(wire, given)
    except NotInASandboxError:
        wire.say(Failed(Failure.SANDBOX))
    except MemoryError:
        # what was being done holds much memory still; a message of six bytes goes through
        wire.say(Failed(Failure.MEMORY))
    except BrokenPipeError:
        return 1
    return 0


def _work(wire: Wire, given: argparse.Namespace) -> None:
    if reached():
        raise NotInASandboxError
    from vigbox.media import seccomp
    from vigbox.media.foreign import GivenUpError, Wishes, convert
    from vigbox.media.foreign_source import Source

    _load_all()
    try:
        seccomp.forbid_opening()
    except seccomp.NoFilterError:
        raise NotInASandboxError from None
    wire.say(Ready())
    wishes = Wishes(given.bits, given.pictures, given.longest)
    try:
        convert(Source(wire, given.size), given.demuxer, wishes, wire.say)
    except GivenUpError as error:
        wire.say(Failed(error.why))


def _load_all() -> None:
    """Load the parts that PyAV loads as it meets a stream of their kind: later nothing opens."""
    import av

    av.logging.set_level(None)
    for each in pkgutil.walk_packages(av.__path__, "av."):
        if each.name not in ("av.__main__", "av.datasets"):
            importlib.import_module(each.name)


def _given(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--demuxer", required=True, choices=("mov", "matroska", "avi", "mpegts"))
    for name in ("size", "bits", "pictures", "longest", "memory", "seconds"):
        parser.add_argument(f"--{name}", required=True, type=int)
    return parser.parse_args(words)


def _limit(given: argparse.Namespace) -> None:
    for what, most in (
        (resource.RLIMIT_AS, min(given.memory, memory_here())),
        (resource.RLIMIT_CPU, given.seconds),
        (resource.RLIMIT_NOFILE, _FILES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
    if os.getpriority(os.PRIO_PROCESS, 0) < _NICE:  # a unit has said so, and may not
        os.nice(_NICE)


if __name__ == "__main__":
    sys.exit(main())
