"""A job goes over a socket with its files, in their order, and comes out as it went in."""

import os
import socket
from collections.abc import Iterator

import pytest

from vigbox.media.handover import HandoverError, hand_over, taken

JOB = {"do": "read", "words": ["--demuxer", "mov"], "memory": 1 << 30, "seconds": 60}


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(10)
        theirs.settimeout(10)
        yield ours, theirs


def test_a_job_arrives_with_its_files_in_their_order(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    files = [os.memfd_create(name) for name in ("first", "second")]
    for number in files:
        os.write(number, b"%d" % number)
    hand_over(ends[0], JOB, files)
    kind, words, share, came = taken(ends[1])
    assert (kind, words, share) == ("read", ["--demuxer", "mov"], (1 << 30, 60))
    assert [os.pread(each, 9, 0) for each in came] == [b"%d" % each for each in files]
    for each in (*files, *came):
        os.close(each)


def test_a_job_that_is_too_long_is_not_sent(ends: tuple[socket.socket, socket.socket]) -> None:
    with pytest.raises(HandoverError):
        hand_over(ends[0], JOB | {"words": ["x" * 70_000]}, [])


def test_files_that_came_with_no_job_are_closed(ends: tuple[socket.socket, socket.socket]) -> None:
    reading, writing = os.pipe()
    socket.send_fds(ends[0], [b"nothing\n"], [writing])
    os.close(writing)
    with pytest.raises(HandoverError, match="this is no job"):
        taken(ends[1])
    assert os.read(reading, 1) == b""
    os.close(reading)
