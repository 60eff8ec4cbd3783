"""What can be wrong from outside: one clear line, a non-zero exit, and nothing lost."""

import contextlib
import http.client
import re
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import material
from tests.journeys.demo import VIGBOX, Demo, after, until
from tests.ports import free_ports
from vigbox.devices.drawn_panel import Hand
from vigbox.lamp.drawn import PINS, look
from vigbox.model import Life
from vigbox.store import manifests
from vigbox.store.layout import Layout
from vigbox.web.recorder_link import RecorderLink

pytestmark = pytest.mark.journey


def fails(*words: str) -> str:
    """Run a command that must fail; gives its one line."""
    done = subprocess.run(
        [*VIGBOX, *words], check=False, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    assert done.stdout == ""
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    return lines[0]


def demo_fails(tmp_path: Path, *options: str) -> str:
    return fails("demo", "--data", str(tmp_path / "data"), "--port", str(free_ports()), *options)


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        told = fails("demo", "--data", str(tmp_path / "data"), "--port", str(port))
    assert f"127.0.0.1:{port}" in told
    assert "--port" in told


def test_a_film_that_is_not_there(tmp_path: Path) -> None:
    assert "nowhere.mp4" in demo_fails(tmp_path, "--film", str(tmp_path / "nowhere.mp4"))


@pytest.mark.parametrize("data", [b"", b"no film at all" * 100])
def test_a_film_that_is_none(tmp_path: Path, data: bytes) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(data)
    assert "--film" in demo_fails(tmp_path, "--film", str(film))


def test_a_film_without_a_picture(tmp_path: Path) -> None:
    assert "no picture" in demo_fails(tmp_path, "--film", str(material.FOLDER / "talk.wav"))


def test_a_data_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    assert str(tmp_path / "data") in demo_fails(tmp_path)


def test_a_folder_that_is_no_demonstrations(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "letter.txt").write_text("mine")
    assert "DEMO" in demo_fails(tmp_path)
    assert [each.name for each in (tmp_path / "data").iterdir()] == ["letter.txt"]


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    demo = Demo(tmp_path / "data")
    yield demo
    demo.stop()


def test_one_folder_has_one_recorder_and_no_real_service(demo: Demo) -> None:
    told = fails("demo", "--data", str(demo.data), "--port", str(free_ports()))
    assert f"another recorder already works on {demo.data}" in told
    for name in ("recorder", "web"):
        assert "belongs to a demonstration" in fails(name, "--data", str(demo.data))
    assert status(demo)["lamp"] == "ready"


def test_a_wrong_passphrase_says_so_and_lets_nobody_in(demo: Demo) -> None:
    link = http.client.HTTPConnection("127.0.0.1", demo.port, timeout=20)
    link.request("GET", "/unlock")
    page = link.getresponse()
    (token,) = re.findall(r'name="csrf-token" content="([^"]+)"', page.read().decode())
    cookie = str(page.getheader("Set-Cookie")).partition(";")[0]
    headers = {"Origin": demo.address, "Content-Type": "application/x-www-form-urlencoded"}
    headers |= {"X-CSRFToken": token, "Cookie": cookie}
    link.request("POST", "/unlock", "passphrase=abacus-abdomen-abide", headers)
    answer = link.getresponse()
    assert answer.status == 403
    assert b"That passphrase does not unlock this box" in answer.read()
    link.close()


def test_a_film_that_ends_early_is_played_as_far_as_it_goes(tmp_path: Path) -> None:
    cut = tmp_path / "cut.ts"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-i", material.visit(), "-t", "3", "-c", "copy", cut], check=True
    )
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size * 2 // 3])
    demo = Demo(tmp_path / "data", "--film", str(cut))
    try:
        recording = record(demo, 4)
    finally:
        demo.stop()
    manifest = manifests.read(Layout(demo.data).manifest(recording))
    assert manifest.life is Life.FINISHED
    assert manifest.length_ns > 4e9, "it did not begin anew at its end"


@pytest.fixture
def small_card(tmp_path: Path) -> Iterator[Path]:
    card = tmp_path / "card"
    card.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", card], check=False, capture_output=True
    )
    assert done.returncode == 0, f"a small card needs the right to mount: {done.stderr!r}"
    yield card
    subprocess.run(["umount", "-l", card], check=True)


def test_a_card_without_room_refuses_the_press(small_card: Path) -> None:
    demo = Demo(small_card / "data")
    try:
        assert "nearly full" in status(demo)["not_ready"]
        until("amber says no", lambda: is_refused(demo))
        assert "nearly full" in status(demo)["refusal"]
        assert not list((demo.data / "recordings").iterdir())
    finally:
        demo.stop()


def test_a_card_that_fills_ends_the_film_cleanly(small_card: Path) -> None:
    film = material.visit()
    demo = Demo(
        small_card / "data", "--film", str(film),
        "--room-to-start-minutes", "0", "--room-to-stop-mb", "18",
    )  # fmt: skip
    try:
        press(demo)
        until("it records", lambda: bool(status(demo)["recording"]))
        until("the card is full", lambda: not status(demo)["recording"])
    finally:
        demo.stop()
    (path,) = (demo.data / "recordings").glob("*.json")
    manifest = manifests.read(path)
    assert manifest.life is Life.FINISHED
    assert manifest.length_ns > 0


def is_refused(demo: Demo) -> bool:
    """Press, and look for the refusal while it shows: for 1.5 s."""
    press(demo)
    with contextlib.suppress(AssertionError):
        until("amber", lambda: look(demo.run / PINS)[:2] == [1, 0.45], 3)
        return True
    return False


def status(demo: Demo) -> dict[str, Any]:
    return RecorderLink(demo.run / "recorder.sock").ask(do="status")


def press(demo: Demo) -> None:
    hand = Hand(demo.run / "panel.sock")
    hand.press(is_down=True)
    until("a finger's time has passed", after(0.2))
    hand.press(is_down=False)


def record(demo: Demo, seconds: float) -> str:
    press(demo)
    until("it films", lambda: status(demo).get("length_ns", 0) > seconds * 1e9)
    recording: str = status(demo)["recording"]
    RecorderLink(demo.run / "recorder.sock").ask(do="stop")
    until("it is over", lambda: status(demo)["mode"] == "idle")
    return recording
