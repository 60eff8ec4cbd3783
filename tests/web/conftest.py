"""The pages on a folder that is set up, with a recorder's twin behind a real socket."""

import base64
import contextlib
import json
import socketserver
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.media import drawn
from tests.tokens import browsed
from tests.unfiled import Hand
from vigbox.appliance.certificates import begin
from vigbox.casework.answers import note_form
from vigbox.casework.cases import InShot, open_case
from vigbox.casework.consent import Told
from vigbox.casework.desk import Desk
from vigbox.casework.setup import Secrets, set_up
from vigbox.config import Settings
from vigbox.model import Lamp, Life, new_id
from vigbox.seal.errors import WrongPassphraseError
from vigbox.seal.keyring import Keyring
from vigbox.seal.recipients import parse_recipient
from vigbox.seal.sealing import FilmSealer
from vigbox.seal.signing import SigningKey
from vigbox.store import manifests
from vigbox.store.layout import Layout
from vigbox.store.manifests import Manifest
from vigbox.web.app import create_app
from vigbox.web.services import Services, build

ORIGIN = {"Origin": "http://localhost"}


class RecorderTwin(socketserver.ThreadingUnixStreamServer):
    """Answers as a recorder that has nothing to do, and remembers what it was asked."""

    daemon_threads = True

    def __init__(self, path: Path) -> None:
        self.asked: list[dict[str, Any]] = []
        self.lamp: str = Lamp.READY
        self.holds = 0
        self.is_pairing_asked = False
        self.clock: dict[str, str] = {}
        self.camera: str | None = ""
        """What it says of its camera; None is one of before, which says nothing."""
        self.not_ready = ("", "")
        """Why a press would be refused, and of which kind that is."""
        self.refusals: dict[str, str] = {}
        self.recording: str | None = None
        self.room_bytes = 64 << 30
        self.newest: dict[str, int] = {}
        self.mode = "idle"
        self.armed: Path | None = None
        self.unarmed: Path | None = None
        self.hand: Hand | None = None
        """What it files and erases with; it only remembers without one."""
        super().__init__(str(path), _Answer)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def facts(self, do: str) -> dict[str, Any]:
        """The facts of the last grant for a command."""
        grants = [each["grant"] for each in self.asked if each["do"] == do]
        found: dict[str, Any] = json.loads(grants[-1])
        return found


class _Answer(socketserver.StreamRequestHandler):
    server: RecorderTwin

    def handle(self) -> None:
        request = json.loads(self.rfile.readline())
        self.server.asked.append(request)
        answers: dict[str, dict[str, Any]] = {
            "nonce": {"nonce": "0" * 32, "newest": self.server.newest},
            "await_hold": {"holds": self.server.holds},
            "status": {
                "lamp": self.server.lamp,
                "mode": self.server.mode,
                "recording": self.server.recording,
                "length_ns": 0,
                "holds": self.server.holds,
                "pairing_asked": self.server.is_pairing_asked,
                "not_ready": self.server.not_ready[0],
                "not_ready_kind": self.server.not_ready[1],
                "clock": self.server.clock,
                "room_bytes": self.server.room_bytes,
            },
        }
        if self.server.camera is not None:
            answers["status"]["camera"] = self.server.camera
        answer = answers.get(request["do"], {"done": True})
        facts = json.loads(request.get("grant", "{}"))
        if request["do"] in self.server.refusals:
            answer = {"error": self.server.refusals[request["do"]]}
        elif request["do"] == "stop" and self.server.mode in ("starting", "stopping"):
            answer = {"error": f"cannot stop now: the box is {self.server.mode}"}
            self.server.mode = "recording" if self.server.mode == "starting" else "stopping"
        elif request["do"] == "stop" and self.server.mode == "recording":
            self.server.mode = "stopping"
        elif request["do"] == "arm" and self.server.armed:
            self.server.armed.write_text(json.dumps(request))
        elif request["do"] == "disarm" and self.server.armed:
            self.server.armed.unlink(missing_ok=True)
        elif request["do"] == "unarmed" and self.server.unarmed:
            self.server.unarmed.write_text(json.dumps(request))
        elif request["do"] == "file" and self.server.hand:
            identity = base64.b64decode(facts["identity"])
            self.server.hand.file(facts["recording"], identity, facts.get("case"))
        elif request["do"] == "erase" and self.server.hand:
            self.server.hand.erase_film(facts["recording"])
        self.wfile.write(json.dumps(answer).encode() + b"\n")


@dataclass
class Place:
    """A box that is set up: its folder, its secrets, its app, and a case."""

    layout: Layout
    secrets: Secrets
    services: Services
    app: Flask
    recorder: RecorderTwin
    case: str = ""
    recipient: str = ""

    def do(self, work: Callable[[Session], Any]) -> Any:  # what the work gives
        """Work in a session of a desk of its own, as a practitioner does."""
        with contextlib.closing(self.desk()) as desk, desk.session() as casework:
            return work(casework)

    def desk(self) -> Desk:
        keyring = Keyring()
        for path in self.layout.practitioners.glob("*.age"):
            with contextlib.suppress(WrongPassphraseError):
                keyring.unlock(path.read_bytes(), self.secrets.passphrase)
        return Desk(self.layout, keyring)

    def client(self) -> FlaskClient:
        return self.app.test_client()

    def unlocked(self) -> FlaskClient:
        client = self.client()
        answer = client.post(
            "/unlock", data={"passphrase": self.secrets.passphrase}, headers=ORIGIN
        )
        assert answer.status_code == 302, answer.text
        return client

    def keep(self, film: bytes, life: Life = Life.FINISHED, recording: str = "") -> str:
        """Put a film's plain bytes, whole chunks of them, on the card as the recorder does."""
        recording = recording or new_id()
        with self.layout.film(recording).open("wb") as file:
            sealer = FilmSealer(file, [parse_recipient(self.recipient)])
            sealer.write(film)
            if life is Life.FINISHED:
                sealer.finish()
        manifest = Manifest(
            recording, self.case, (self.recipient,), "b", "2026-11-21T19:40:00+00:00", 10**10, life
        )
        key = SigningKey.from_text(self.layout.recorder_key.read_text())
        manifests.write(self.layout, manifest, key)
        return recording


def until_settled() -> None:
    """Wait for what an unlock sets right by itself: it works beside the test until then."""
    for each in threading.enumerate():
        if each.name == "after-unlock":
            each.join(60)
            assert not each.is_alive(), "what an unlock sets right does not end"


@pytest.fixture(scope="session")
def drawn_film() -> bytes:
    """Six seconds of film, padded to whole chunks."""
    return bytes(drawn.record(drawn.shots(6, 3), drawn.blocks(6, 3)).data)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    data, run = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("run")
    layout = Layout(data)
    secrets = set_up(layout, work_factor=10)
    begin(layout, secrets, ["10.42.0.1"])
    recorder = RecorderTwin(run / "recorder.sock")
    services = build(Settings(data=data, run=run, work_factor=15), layout)
    app = browsed(create_app(services, ["localhost"]))
    place = Place(layout, secrets, services, app, recorder)
    desk = place.desk()
    with desk.session() as casework:
        place.case, place.recipient = _a_case(casework, layout)
    desk.close()
    yield place
    services.door.lock()
    recorder.shutdown()
    recorder.server_close()


def _a_case(casework: Session, layout: Layout) -> tuple[str, str]:
    case = open_case(casework, layout, "VIG-7", "What soothes him?", [])
    return case.id, case.recipient


def a_family(place: Place, code: str, agreed: Sequence[str] = ("filming",)) -> tuple[str, int, int]:
    """Open a case with a mother and her child, agreed to by word; gives the ids of all three."""
    desk = place.desk()
    with desk.session() as casework:
        people = [InShot("mother", "M"), InShot("child", "C", is_child=True)]
        case = open_case(casework, place.layout, code, "", people)
        mother, child = case.participants
        child.answered_by = mother.id
        for each in (mother, child) if agreed else ():
            said = [Told(what, "yes", "spoken", "vigbox-1 en", mother.id) for what in agreed]
            note_form(casework, case, each, said)
        ids = case.id, mother.id, child.id
    desk.close()
    return ids
