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

from sqlalchemy.orm import Session

from vigbox.appliance.certificates import begin
from vigbox.casework import forms
from vigbox.casework.answers import note_form
from vigbox.casework.arming import Shot, arm
from vigbox.casework.cases import InShot, open_case
from vigbox.casework.consent import Told
from vigbox.casework.desk import Desk
from vigbox.casework.setup import set_up
from vigbox.casework.tables import Case
from vigbox.demo.child import Child
from vigbox.errors import VigboxError
from vigbox.seal.keyring import Keyring
from vigbox.store.identity import read_box
from vigbox.store.layout import Layout
from vigbox.web.recorder_link import RecorderGoneError, RecorderLink
from vigbox.web.serving import check_port

PORT: Final = 8420
_WORK_FACTOR: Final = 15
_PATIENCE_S: Final = 30
_LOOK_S: Final = 0.2
_LONGEST_SOCKET_FOLDER: Final = 90
_AGREED: Final = ("filming", "shared review", "supervision", "keepsake")


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asked for on the command line."""

    film: Path | None
    port: int
    data: Path | None
    room_to_start_minutes: int
    room_to_stop_mb: int


class DemoError(VigboxError):
    """The demonstration cannot go on."""


def run(wish: Wish) -> None:
    """Run a demonstration until Ctrl-C. Raises :class:`~vigbox.errors.VigboxError`."""
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
        passphrase = _prepare(layout)
        children = _children(wish, data, sockets)
        try:
            link = RecorderLink(sockets / "recorder.sock")
            _wait_for(lambda: _records(link), children, over)
            if passphrase and not over.is_set():
                _arm(layout, passphrase, link)
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


def _prepare(layout: Layout) -> str | None:
    """Make the folder ready; gives the passphrase when it is new."""
    is_new = not layout.data.exists() or not any(layout.data.iterdir())
    if not is_new:
        layout.check_kind(is_demo=True)
    layout.create()
    layout.demo_marker.write_text("This folder belongs to a vigbox demonstration.\n", "utf-8")
    if layout.box.exists():
        return None
    secrets = set_up(layout, work_factor=_WORK_FACTOR)
    begin(layout, secrets, ["127.0.0.1"])
    return secrets.passphrase


def _children(wish: Wish, data: Path, sockets: Path) -> list[Child]:
    room = (
        f"--room-to-start-minutes={wish.room_to_start_minutes}",
        f"--room-to-stop-mb={wish.room_to_stop_mb}",
    )
    film = () if wish.film is None else (f"--film={wish.film}",)
    here = (str(data), str(sockets))
    return [
        Child("lamp", here, sockets / "lamp.log"),
        Child("recorder", (*here, *room, *film), sockets / "recorder.log"),
        Child("web", (*here, f"--port={wish.port}"), sockets / "web.log"),
    ]


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


def _arm(layout: Layout, passphrase: str, link: RecorderLink) -> None:
    keyring = Keyring()
    for path in layout.practitioners.glob("*.age"):
        keyring.unlock(path.read_bytes(), passphrase)
    desk = Desk(layout, keyring)
    with desk.session() as casework:
        case = _a_family(casework, layout)
        shot = Shot(tuple(each.id for each in case.participants))
        box, key = read_box(layout).box, desk.arming_key()
        link.ask(**arm(casework, case, shot, box=box, nonce=link.nonce(), key=key))
    desk.close()
    keyring.lock()


def _a_family(casework: Session, layout: Layout) -> Case:
    """Open a case whose father has said yes, for himself and for his child."""
    question = "How do I know what my baby wants?"
    in_shot = [InShot("father", "F"), InShot("child", "C", is_child=True)]
    case = open_case(casework, layout, "DEMO-1", question, in_shot)
    father, child = case.participants
    child.answered_by = father.id
    form = forms.load()["en"]
    for each in (father, child):
        said = [Told(what, "yes", "spoken", form.name, father.id) for what in _AGREED]
        note_form(casework, case, each, said)
    return case


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

    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, end)
    return over
