"""How a job is handed to the media worker's unit: one message with its open files, over a socket.

The worker says hello once it knows who asks, and hears one job: a JSON object on one line, and the
open files in their order. When the job is over it says how it ended, and closes. Whoever asked ends
the job by closing their half. Nothing of a film goes this way.
"""

import json
import os
import socket
import struct
from collections.abc import Sequence
from typing import Final

HELLO: Final = b"H"
REFUSED: Final = b"N"
"""Instead of a hello: whoever asks is not heard, or nothing is done here at all."""
ENDED: Final = struct.Struct(">i")
"""How the job ended: 0, or what it gave as its exit code; negative for the signal that ended it."""

READ: Final = "read"
MAKE: Final = "make"
FIRST_FILE: Final = 10
"""A made part's files have the numbers from here on, in their order."""

FILES_OF: Final = {READ: 1, MAKE: 4}
"""How many files each kind of job has, before the one that takes what it tells."""

_MOST_BYTES: Final = 1 << 16
_MOST_FILES: Final = 8
_MOST_WORDS: Final = 512


class HandoverError(ValueError):
    """What came is no job; no page shows this."""


def hand_over(connection: socket.socket, facts: dict[str, object], files: Sequence[int]) -> None:
    """Send a job. Raises OSError, and :class:`HandoverError` for one that is too long."""
    message = json.dumps(facts).encode() + b"\n"
    if len(message) > _MOST_BYTES:
        raise HandoverError(f"a job of {len(message)} bytes")
    sent = socket.send_fds(connection, [message], list(files))
    connection.sendall(message[sent:])


def taken(connection: socket.socket) -> tuple[str, list[str], tuple[int, int], list[int]]:
    """Receive a job: its kind, its words, its share (bytes, seconds), its files and the last, told.

    Raises :class:`HandoverError`, OSError, TimeoutError.
    """
    message, files, flags, _ = socket.recv_fds(connection, _MOST_BYTES, _MOST_FILES)
    while message and not message.endswith(b"\n") and len(message) < _MOST_BYTES:
        more = connection.recv(_MOST_BYTES - len(message))
        if not more:
            break
        message += more
    try:
        if flags & (socket.MSG_CTRUNC | socket.MSG_TRUNC):
            raise HandoverError("more files than any job has")
        return *_understood(message, len(files)), files
    except (HandoverError, KeyError, TypeError, ValueError, RecursionError) as error:
        for each in files:
            os.close(each)
        raise HandoverError(f"this is no job: {error}") from None


def _understood(message: bytes, files: int) -> tuple[str, list[str], tuple[int, int]]:
    facts = json.loads(message)
    kind, words = facts["do"], facts["words"]
    share = int(facts["memory"]), int(facts["seconds"])
    if files != FILES_OF[kind] + 1 or min(share) <= 0 or max(share) >= 1 << 60:
        raise HandoverError("its files or its share are not what such a job has")
    is_text = isinstance(words, list) and all(isinstance(each, str) for each in words)
    if not is_text or len(words) > _MOST_WORDS or "\0" in "".join(words):
        raise HandoverError("its words are no words")
    return kind, words, share
