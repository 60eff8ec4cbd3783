import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.recorder.conftest import Bench
from vigbox.recorder import control as control_module
from vigbox.recorder.control import Control


@pytest.fixture
def path(bench: Bench, tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "recorder.sock"
    control = Control(path, bench.box, bench.grants, set())
    yield path
    control.close()


def say(path: Path, line: bytes) -> dict[str, Any]:
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(60)
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


def test_who_asks_for_a_nonce_hears_what_is_kept_and_what_was_forgotten(
    path: Path, bench: Bench
) -> None:
    assert say(path, b'{"do": "nonce"}')["newest"] == {"arming": -1, "unarmed": -1}
    bench.arm(counter=5)
    bench.let_unarmed(counter=2)
    assert say(path, b'{"do": "nonce"}')["newest"] == {"arming": 5, "unarmed": 2}
    told = json.loads(bench.layout.armed.read_bytes())
    case = json.loads(told["grant"])["arming"]["case"]
    bench.box.granted.disarm(bench.request("disarm", case=case))
    assert not bench.layout.armed.exists()
    assert say(path, b'{"do": "nonce"}')["newest"] == {"arming": 5, "unarmed": 2}


def test_a_granted_start_records(path: Path, bench: Bench) -> None:
    bench.arm()
    nonce = say(path, b'{"do": "nonce"}')["nonce"]
    assert len(nonce) == 32
    assert say(path, json.dumps(bench.request("start")).encode()) == {"done": True}
    bench.until("it records", lambda: bench.box.status()["mode"] == "recording")


MOST_OF_A_HEALTHY_WEB = 36
"""24 threads that answer, a few that work beside them, an update and a terminal."""


def joined(path: Path) -> socket.socket:
    link = socket.socket(socket.AF_UNIX)
    link.connect(str(path))
    link.settimeout(60)
    return link


def test_as_many_as_ever_ask_at_once_are_all_answered(path: Path) -> None:
    with ExitStack() as closing:
        links = [
            closing.enter_context(socket.socket(socket.AF_UNIX))
            for _ in range(MOST_OF_A_HEALTHY_WEB)
        ]
        for link in links:
            link.settimeout(60)
            link.connect(str(path))
        for link in links:
            link.sendall(b'{"do": "nonce"}\n')
        assert all(b"nonce" in link.recv(4096) for link in links)


def test_who_opens_the_socket_over_and_over_takes_no_threads_from_the_film(
    path: Path, bench: Bench
) -> None:
    before = threading.active_count()
    with ExitStack() as closing:
        for _ in range(200):
            closing.enter_context(joined(path))
        assert threading.active_count() - before <= 48
        bench.arm()
        bench.record(1)
    bench.until("it answers again", lambda: is_answered(path))


def is_answered(path: Path) -> bool:
    try:
        return "mode" in say(path, b'{"do": "status"}')
    except (OSError, ValueError):
        return False


def test_a_line_that_comes_byte_by_byte_is_not_waited_for(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control_module, "_TIMEOUT_S", 0.5)
    began_s, pause = time.monotonic(), threading.Event()
    with joined(path) as link, suppress(BrokenPipeError, ConnectionResetError):
        while time.monotonic() - began_s < 60:
            link.sendall(b" ")
            pause.wait(0.05)
    assert time.monotonic() - began_s < 30
    assert say(path, b'{"do": "status"}')["mode"] == "idle"


def test_a_thread_that_cannot_be_had_takes_no_place_for_ever(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", no_thread)
        for _ in range(50):
            assert not is_answered(path)
    assert is_answered(path)


def no_thread(_: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")
