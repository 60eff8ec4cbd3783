"""The unit's side: whom it hears, what it takes for a job, and where it refuses to work."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.media.unit_twin import standing
from vigbox.media.handover import HELLO, REFUSED
from vigbox.media.porter import is_heard

GOOD = {"do": "make", "words": ["-version"], "memory": 1 << 30, "seconds": 10}


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[socket.socket]:
    """A connection to a worker that said hello."""
    path = tmp_path / "media.sock"
    with standing(path), socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(path))
        connection.settimeout(30)
        assert connection.recv(1) == HELLO
        yield connection


@pytest.mark.parametrize(
    ("name", "is_ours"), [("7-4242-33", True), ("7-33-4242", False), ("33", True), ("", False)]
)
def test_it_hears_the_user_that_systemd_saw(name: str, *, is_ours: bool) -> None:
    assert is_heard(name, "33") is is_ours
    assert is_heard(name, "root") is False


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"no job\n",
        b"[]\n",
        b"{}\n",
        b"[" * 60_000 + b"\n",
        b'{"do": "make"',
        json.dumps(GOOD | {"do": "open"}).encode() + b"\n",
        json.dumps(GOOD | {"words": "-version"}).encode() + b"\n",
        json.dumps(GOOD | {"words": ["a\0b"]}).encode() + b"\n",
        json.dumps(GOOD | {"words": ["-v"] * 600}).encode() + b"\n",
        json.dumps(GOOD | {"memory": -1}).encode() + b"\n",
        json.dumps(GOOD | {"seconds": 1e400}).encode() + b"\n",
        b"x" * (1 << 17),
    ],
)
def test_what_is_no_job_ends_the_worker(connection: socket.socket, said: bytes) -> None:
    pipes = os.pipe()
    with (
        connection,
        pytest.MonkeyPatch.context(),
    ):
        try:
            if said:
                sent = socket.send_fds(connection, [said], [pipes[1]] * 5)
                connection.sendall(said[sent:])
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(1) == b""
        except (BrokenPipeError, ConnectionResetError):
            pass  # it left before it had heard everything
        finally:
            for each in pipes:
                os.close(each)


@pytest.mark.parametrize("files", [0, 4, 6, 20])
def test_a_job_with_other_files_than_it_has_is_none(connection: socket.socket, files: int) -> None:
    said = json.dumps(GOOD).encode() + b"\n"
    socket.send_fds(connection, [said], [1] * files) if files else connection.sendall(said)
    assert connection.recv(1) == b""


def test_outside_of_walls_it_refuses_to_work() -> None:
    ours, theirs = socket.socketpair()
    user = str(os.getuid())
    with ours, theirs:
        done = subprocess.run(
            [sys.executable, "-m", "vigbox.media.porter", "--from", f"1-2-{user}", "--hear", user],
            stdin=theirs.fileno(), capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        theirs.close()
        assert ours.recv(9) == REFUSED
    assert done.returncode == 1
    assert "does not stand behind its walls" in done.stderr


def test_it_loads_little() -> None:
    heavy = "{'av', 'ffmpeg', 'numpy', 'cryptography', 'dataclasses'}"
    ask = f"import sys, vigbox.media.porter; print(sorted({heavy} & sys.modules.keys()))"
    done = subprocess.run(
        [sys.executable, "-c", ask], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "[]\n"
