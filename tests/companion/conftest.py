"""A whole box's API on loopback, and a front before it that drops connections."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask, Response, jsonify, request
from werkzeug.serving import WSGIRequestHandler, make_server

from tests import certificates
from vigbox.appliance.authority import Authority
from vigbox.companion.pairing import pair
from vigbox.delivery.machines import Machine, Machines
from vigbox.delivery.manifest import ExportManifest
from vigbox.delivery.outbox import Outbox
from vigbox.delivery.pairing import PairingWindow
from vigbox.demo.front import Front
from vigbox.model import new_id
from vigbox.seal.signing import SigningKey
from vigbox.web.api import create_api
from vigbox.web.fronted import Fronted

LONGEST_S = 60


class Quiet(WSGIRequestHandler):
    """A server that keeps its requests to itself."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


class ServedBox:
    """A box on a desk; it remembers which exports were told verified."""

    def __init__(
        self, folder: Path, box_id: str = "the box", authority: Authority | None = None
    ) -> None:
        self.folder = folder / "exports"
        self.folder.mkdir(parents=True)
        self.now = "2026-03-01T12:00:00Z"
        self.outbox = Outbox(self.folder, lambda: self.now)
        self.machines = Machines(folder / "machines.json")
        self.pairing = PairingWindow(lambda: 0)
        self.key = SigningKey.generate()
        self.verified: list[str] = []
        self.refuses_verified = False
        self.has_taken_back = False
        self.refuses_listing = 0
        self.extra_rows: list[dict[str, Any]] = []
        app = Flask("box")
        app.before_request(self._refuse)
        app.after_request(self._add_rows)
        app.register_blueprint(
            create_api(
                self.outbox,
                self.machines,
                self.pairing,
                self.key,
                box_id,
                lambda export_id, _machine: self.verified.append(export_id),
            )
        )
        self.client = app.test_client()
        self.issuer = certificates.keep(folder, authority)
        self.tls = folder
        self._front = Front(app, 0, folder / "box.pem", folder / "authority.pem")
        self._front.start()
        # as behind nginx: whoever may connect here says whose certificate it checked
        self._server = make_server(
            "127.0.0.1", 0, Fronted(app), threaded=True, request_handler=Quiet
        )
        self.port = self._server.server_port
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )
        self._thread.start()

    @property
    def address(self) -> str:
        return f"https://127.0.0.1:{self._front.port}"

    @property
    def machine(self) -> Machine:
        """The machine that was paired last."""
        return self.machines.listed()[-1]

    def pair(self, home: Path, address: str | None = None) -> None:
        pair(address or self.address, self.pairing.open(self.issuer), "laptop", home)

    def put(
        self, files: dict[str, bytes], case: str = "A12", export_id: str = ""
    ) -> ExportManifest:
        """Export files, by the names a person will see."""
        with self.outbox.begin(export_id or new_id(), self.machine) as draft:
            for number, (name, data) in enumerate(files.items()):
                with draft.part(f"clip-{number}.mp4.age", name, "clip") as plain:
                    plain.write(data)
            return draft.commit(self.key, case)

    def forge(self, manifest: ExportManifest) -> None:
        """Let somebody else's signature stand under an export."""
        forged = manifest.sign(SigningKey.generate())
        (self.folder / manifest.export_id / "manifest.json").write_bytes(forged)

    def _refuse(self) -> tuple[Response, int] | None:
        if self.has_taken_back and request.path.endswith(".age"):
            return jsonify(error="this export was taken back"), 410
        if self.refuses_listing and request.path == "/api/exports":
            return jsonify(error="not you, not now"), self.refuses_listing
        is_telling = request.path.endswith("/verified")
        return (jsonify(error="starting"), 503) if self.refuses_verified and is_telling else None

    def _add_rows(self, response: Response) -> Response:
        if self.extra_rows and request.path == "/api/exports":
            return jsonify(exports=[*response.get_json()["exports"], *self.extra_rows])
        return response

    def close(self) -> None:
        self._front.close()
        self._server.shutdown()
        self._thread.join(LONGEST_S)
        self._server.server_close()


class FlakyFront:
    """Stands where nginx stands, and drops answers with a part after so many bytes each."""

    def __init__(self, box: ServedBox) -> None:
        self.stand_before(box)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._relays: list[threading.Thread] = []
        self.drops: list[int] = []
        self.spoils: list[int] = []
        self.part_bytes = 0
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        return f"https://127.0.0.1:{self._listener.getsockname()[1]}"

    def stand_before(self, box: ServedBox) -> None:
        """Let this box be the one that answers, as when a machine joins another Wi-Fi."""
        self._upstream_port = box.port
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(box.tls / "box.pem")
        self._tls.load_verify_locations(box.tls / "authority.pem")
        self._tls.verify_mode = ssl.CERT_OPTIONAL

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for each in (self._thread, *self._relays):
            each.join(LONGEST_S)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                relay = threading.Thread(target=self._relay, args=(client,), daemon=True)
                self._relays.append(relay)
                relay.start()

    def _relay(self, plain: socket.socket) -> None:
        plain.settimeout(LONGEST_S)
        with plain, suppress(OSError), self._tls.wrap_socket(plain, server_side=True) as client:
            server = socket.create_connection(("127.0.0.1", self._upstream_port), LONGEST_S)
            with server:
                asked = self._request(client)
                if not asked:  # whoever only looked at the certificate
                    return
                server.sendall(self._fronted(asked, client))
                if b".age HTTP/" in asked:
                    self._pass_part(server, client)
                else:
                    while data := server.recv(1 << 16):
                        client.sendall(data)

    def _fronted(self, asked: bytes, client: ssl.SSLSocket) -> bytes:
        # one request a connection, as the answers are passed on until their end
        told = b"Connection: close\r\n"
        if shown := client.getpeercert(binary_form=True):
            certificate = quote(ssl.DER_cert_to_PEM_cert(shown)).encode()
            told += b"X-Vigbox-Verified: SUCCESS\r\nX-Vigbox-Certificate: " + certificate + b"\r\n"
        line, _, rest = asked.partition(b"\r\n")
        return line + b"\r\n" + told + rest

    def _request(self, client: socket.socket) -> bytes:
        asked = b""
        while b"\r\n\r\n" not in asked and (data := client.recv(1 << 16)):
            asked += data
        head, _, body = asked.partition(b"\r\n\r\n")
        lengths = [each.split(b":")[1] for each in head.lower().split(b"\r\n") if b"gth:" in each]
        missing = int(lengths[0]) - len(body) if lengths else 0
        while missing > 0 and (data := client.recv(missing)):
            asked += data
            missing -= len(data)
        return asked

    def _pass_part(self, server: socket.socket, client: socket.socket) -> None:
        left = self.drops.pop(0) if self.drops else 1 << 60
        while left and (data := server.recv(min(1 << 16, left))):
            client.sendall(self._spoilt(data))
            self.part_bytes += len(data)
            left -= len(data)

    def _spoilt(self, data: bytes) -> bytes:
        """Change the byte that is the first of the spoils."""
        at = self.spoils[0] - self.part_bytes if self.spoils else -1
        if not 0 <= at < len(data):
            return data
        self.spoils.pop(0)
        return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def dest(tmp_path: Path) -> Path:
    return tmp_path / "dest"


@pytest.fixture
def box(tmp_path: Path) -> Iterator[ServedBox]:
    served = ServedBox(tmp_path / "box")
    yield served
    served.close()


@pytest.fixture
def other(tmp_path: Path) -> Iterator[ServedBox]:
    """Another box, of an authority of its own."""
    authority = Authority.make(certificates.NAME, [certificates.ADDRESS])
    served = ServedBox(tmp_path / "other", "the other box", authority)
    yield served
    served.close()


@pytest.fixture
def front(box: ServedBox) -> Iterator[FlakyFront]:
    flaky = FlakyFront(box)
    yield flaky
    flaky.close()
