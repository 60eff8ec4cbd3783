"""Sets a demonstration up, arms it for a case, and keeps its three processes running."""

import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Final

from vigbox.appliance.certificates import begin
from vigbox.casework.setup import set_up
from vigbox.demo.child import Child
from vigbox.demo.family import arm_for_family
from vigbox.errors import VigboxError
from vigbox.store.layout import Layout
from vigbox.web.recorder_link import RecorderGoneError, RecorderLink
from vigbox.web.serving import check_port

PORT: Final = 8420
_WORK_FACTOR: Final = 15
_PATIENCE_S: Final = 30
_LOOK_S: Final = 0.2
_LONGEST_SOCKET_FOLDER: Final = 90


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asked for on the command line."""

    film: Path | None
    port: int
    data: Path | None
    room_to_start_minutes: int
    room_to_stop_mb: int
    is_fresh: bool = False


class DemoError(VigboxError):
    """The demonstration cannot go on."""


def run(wish: Wish) -> None:
    """Run a demonstration until Ctrl-C or until its window is closed. Raises VigboxError."""
    over = _when_told()
    for port in (wish.port, wish.port + 1):
        check_port("127.0.0.1", port)
    if wish.film:
        from vigbox.devices.played import PlayedStage

        PlayedStage(wish.film)
    data = wish.data or Path(tempfile.mkdtemp(prefix="vigbox-demo-"))
    sockets = _socket_folder()
    try:
        layout = Layout(data)
        passphrase = _prepare(layout, is_fresh=wish.is_fresh)
        children: list[Child] = []
        try:
            if not layout.box.exists():
                children = [_web(wish, data, sockets)]
                _await_set_up(wish, layout, children, over)
            children = [*_devices(wish, data, sockets), *(children or [_web(wish, data, sockets)])]
            link = RecorderLink(sockets / "recorder.sock")
            _wait_for(lambda: _records(link), children, over)
            if passphrase and not over.is_set():
                arm_for_family(layout, passphrase, link)
            _wait_for(lambda: _serves(wish.port), children, over)
            _welcome(wish, data, passphrase)
            _keep_running(children, over)
        finally:
            for child in reversed(children):
                child.stop()
    finally:
        shutil.rmtree(sockets, ignore_errors=True)
        if wish.data is None:
            shutil.rmtree(data, ignore_errors=True)


def _socket_folder() -> Path:
    """Make a folder whose path is short enough for a socket (107 bytes with its name)."""
    folder = Path(tempfile.mkdtemp(prefix="vigbox-run-"))
    if len(os.fsencode(folder)) <= _LONGEST_SOCKET_FOLDER:
        return folder
    folder.rmdir()
    return Path(tempfile.mkdtemp(prefix="vigbox-run-", dir="/tmp"))


def _prepare(layout: Layout, *, is_fresh: bool) -> str | None:
    """Make the folder ready; gives the passphrase when it is new."""
    is_new = not layout.data.exists() or not any(layout.data.iterdir())
    if not is_new:
        layout.check_kind(is_demo=True)
    layout.create()
    layout.demo_marker.write_text("This folder belongs to a vigbox demonstration.\n", "utf-8")
    if layout.box.exists() or is_fresh:
        return None
    secrets = set_up(layout, work_factor=_WORK_FACTOR)
    begin(layout, secrets, ["127.0.0.1"])
    return secrets.passphrase


def _devices(wish: Wish, data: Path, sockets: Path) -> list[Child]:
    room = (
        f"--room-to-start-minutes={wish.room_to_start_minutes}",
        f"--room-to-stop-mb={wish.room_to_stop_mb}",
    )
    film = () if wish.film is None else (f"--film={wish.film}",)
    here = (str(data), str(sockets))
    return [
        Child("lamp", here, sockets / "lamp.log"),
        Child("recorder", (*here, *room, *film), sockets / "recorder.log"),
    ]


def _web(wish: Wish, data: Path, sockets: Path) -> Child:
    words = (str(data), str(sockets), f"--port={wish.port}")
    return Child("web", words, sockets / "web.log")


def _await_set_up(wish: Wish, layout: Layout, children: list[Child], over: threading.Event) -> None:
    """Let a person set the box up on its page, however long they take."""
    _wait_for(lambda: _serves(wish.port), children, over)
    print(
        f"""
  vigbox demo: a new box on this computer, and on it alone

    Page       http://127.0.0.1:{wish.port}/   sets it up; then its own pages begin

  Ctrl-C ends it.
""",
        flush=True,
    )
    while not layout.box.exists() and not over.wait(_LOOK_S):
        for child in children:
            child.check()


def _wait_for(answers: Callable[[], bool], children: list[Child], over: threading.Event) -> None:
    for _ in range(int(_PATIENCE_S / _LOOK_S)):
        for child in children:
            child.check()
        if answers() or over.wait(_LOOK_S):
            return
    raise DemoError(
        f"the demo did not start within {_PATIENCE_S} s: this computer is busy. Try again."
    )


def _records(link: RecorderLink) -> bool:
    try:
        link.ask(do="status")
    except RecorderGoneError:
        return False
    return True


def _serves(port: int) -> bool:
    with socket.socket() as proof:
        return proof.connect_ex(("127.0.0.1", port)) == 0


def _welcome(wish: Wish, data: Path, passphrase: str | None) -> None:
    kept = f"kept in {data}" if wish.data else "gone when the demo ends"
    shown = f"{passphrase}   (shown once, kept nowhere)" if passphrase else "as you were shown"
    print(
        f"""
  vigbox demo: a whole box on this computer, and on it alone

    Page       http://127.0.0.1:{wish.port}/
    Unlock     {shown}
    Record     press the button of the drawn box, on the page
    Films      sealed, {kept}
    Fetch      as your own computer: {_command()} pair 127.0.0.1:{wish.port + 1}
               (hold the button for 5 s on the page Machines), then {_command()} sync FOLDER

  Ctrl-C ends it.
""",
        flush=True,
    )


def _command() -> str:
    """Give the command as it can be typed here."""
    here = Path(os.path.normpath(sys.argv[0]))
    return str(here.relative_to(Path.cwd()) if here.is_relative_to(Path.cwd()) else here)


def _keep_running(children: list[Child], over: threading.Event) -> None:
    while not over.wait(_LOOK_S):
        for child in children:
            child.check()


def _when_told() -> threading.Event:
    over = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        over.set()

    told = [signal.SIGINT, signal.SIGTERM]
    closed = getattr(signal, "SIGHUP", None)  # its window was closed; Windows has none
    if closed and signal.getsignal(closed) is not signal.SIG_IGN:  # as nohup leaves it
        told.append(closed)
    for each in told:
        signal.signal(each, end)
    return over
