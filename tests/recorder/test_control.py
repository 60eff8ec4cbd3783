import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.recorder.conftest import Bench
from vigbox.recorder.control import Control


@pytest.fixture
def path(bench: Bench, tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "recorder.sock"
    control = Control(path, bench.box, bench.grants, set())
    yield path
    control.close()


def say(path: Path, line: bytes) -> dict[str, Any]:
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(10)
        link.connect(str(path))
        link.sendall(line + b"\n")
        with link.makefile("rb") as answer:
            found: dict[str, Any] = json.loads(answer.readline())
            return found


def test_the_status_is_free(path: Path) -> None:
    assert say(path, b'{"do": "status"}')["mode"] == "idle"


@pytest.mark.parametrize("do", ["arm", "disarm", "start", "preview", "clock", "finish", "erase"])
def test_what_looks_into_a_home_needs_a_grant(path: Path, do: str) -> None:
    assert "not signed" in say(path, json.dumps({"do": do}).encode())["error"]


def test_waiting_for_a_hold_is_free(path: Path) -> None:
    assert say(path, b'{"do": "await_hold"}') == {"holds": 0}


@pytest.mark.parametrize("do", ["mark", "pause", "resume", "stop"])
def test_what_makes_no_sense_now_says_so(path: Path, do: str) -> None:
    answer = say(path, json.dumps({"do": do}).encode())
    assert answer == {"done": True} if do == "mark" else "cannot" in answer["error"]


@pytest.mark.parametrize(
    "line", [b"", b"[]", b"{", b"\xff", b'{"do": 1}', b'{"do": "fly"}', b"[" * 60_000]
)
def test_nonsense_gets_an_answer_and_the_next_is_heard(path: Path, line: bytes) -> None:
    assert "error" in say(path, line)
    assert say(path, b'{"do": "status"}')["mode"] == "idle"


def test_a_granted_start_records(path: Path, bench: Bench) -> None:
    bench.arm()
    nonce = say(path, b'{"do": "nonce"}')["nonce"]
    assert len(nonce) == 32
    assert say(path, json.dumps(bench.request("start")).encode()) == {"done": True}
    bench.until("it records", lambda: bench.box.status()["mode"] == "recording")
