"""The socket of the live picture, as a stranger, a slow reader and a good one meet it."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.recorder.conftest import Bench
from tests.recorder.test_control import say
from vigbox.model import NS
from vigbox.recorder.control import Control
from vigbox.recorder.preview import Preview


@pytest.fixture
def paths(bench: Bench, tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    control = Control(tmp_path / "recorder.sock", bench.box, bench.grants, set())
    preview = Preview(tmp_path / "preview.sock", bench.box.viewfinder, control.is_allowed)
    yield tmp_path / "recorder.sock", tmp_path / "preview.sock"
    preview.close()
    control.close()
    bench.box.viewfinder.join()


def granted(bench: Bench, control: Path) -> str:
    view: str = say(control, json.dumps(bench.request("preview")).encode())["view"]
    return view


def fetched(preview: Path, view: str, after: int = 0) -> tuple[dict[str, Any], bytes]:
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(10)
        link.connect(str(preview))
        link.sendall(json.dumps({"view": view, "after": after}).encode() + b"\n")
        with link.makefile("rb") as answer:
            told: dict[str, Any] = json.loads(answer.readline())
            return told, answer.read()


def picture(preview: Path, view: str, after: int = 0) -> tuple[dict[str, Any], bytes]:
    while "error" in (answer := fetched(preview, view, after))[0]:
        assert answer[0]["error"] == "No picture yet."
    return answer


def test_a_grant_shows_the_room_and_its_end_hides_it(
    paths: tuple[Path, Path], bench: Bench
) -> None:
    control, preview = paths
    view = granted(bench, control)
    told, jpeg = picture(preview, view)
    assert (len(jpeg), jpeg[:2], jpeg[-2:]) == (told["bytes"], b"\xff\xd8", b"\xff\xd9")
    assert say(control, json.dumps({"do": "preview_end", "view": view}).encode())["done"]
    assert "over" in fetched(preview, view)[0]["error"]
    bench.until("closed", lambda: not bench.box.viewfinder.is_open)


@pytest.mark.parametrize("line", [b"", b"[]", b"{", b"\xff", b'{"view": 1}', b"[" * 60_000])
def test_nonsense_shows_nothing(paths: tuple[Path, Path], line: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(10)
        link.connect(str(paths[1]))
        link.sendall(line + b"\n")
        with link.makefile("rb") as answer:
            assert "error" in json.loads(answer.readline())


def test_nobody_looks_without_the_word(paths: tuple[Path, Path], bench: Bench) -> None:
    granted(bench, paths[0])
    assert "error" in fetched(paths[1], "0" * 32)[0]


def test_readers_who_ask_and_never_read_cost_the_film_no_frame(
    paths: tuple[Path, Path], bench: Bench
) -> None:
    bench.arm()
    view = granted(bench, paths[0])
    links = [socket.socket(socket.AF_UNIX) for _ in range(12)]
    for link in links:
        link.connect(str(paths[1]))
        link.sendall(json.dumps({"view": view, "after": 0}).encode() + b"\n")
    bench.press(200)
    bench.until("it films", lambda: bench.box.status()["length_ns"] > 2 * NS)
    assert bench.box.status()["dropped"] == 0
    for link in links:
        link.close()
    assert picture(paths[1], view)[1]
