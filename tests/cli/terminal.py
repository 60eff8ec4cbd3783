"""A command on a terminal, and somebody who types."""

import os
import pty
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

VIGBOX = (sys.executable, "-m", "vigbox")
_ON_TERMINAL = """
import fcntl, os, sys, termios
os.setsid()
fcntl.ioctl(int(sys.argv[1]), termios.TIOCSCTTY, 0)
os.execvp(sys.argv[2], sys.argv[2:])
"""


def on_terminal(
    words: Sequence[str | Path],
    answers: Sequence[tuple[str, str]] = (),
    *,
    is_shown: bool = False,
    given: bytes = b"",
) -> tuple[int, str, bytes]:
    """Run a command on its own terminal, and type an answer at each prompt.

    With ``is_shown`` its standard output is the terminal too. Gives its exit code, all that
    stood on the terminal, and what came on standard output and error elsewhere.
    """
    ours, its = pty.openpty()
    command = [sys.executable, "-c", _ON_TERMINAL, str(its), *map(str, words)]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=its if is_shown else subprocess.PIPE,
        stderr=subprocess.STDOUT,
        pass_fds=[its],
    ) as process:
        os.close(its)
        assert process.stdin
        process.stdin.write(given)
        process.stdin.close()
        seen = b""
        for prompt, answer in answers:
            seen += _read_until(ours, prompt.encode())
            os.write(ours, answer.encode() + b"\n")
        seen += _read_until(ours, None)
        elsewhere = process.stdout.read() if process.stdout else b""
    os.close(ours)
    return process.returncode, seen.decode(), elsewhere


def _read_until(terminal: int, awaited: bytes | None) -> bytes:
    """Read what stands on a terminal up to a text, or until all have left it."""
    seen = b""
    while awaited is None or awaited not in seen:
        try:
            more = os.read(terminal, 1 << 16)
        except OSError:  # as Linux tells the end
            more = b""
        if not more:
            assert awaited is None, f"{awaited!r} was not asked: {seen!r}"
            break
        seen += more
    return seen
