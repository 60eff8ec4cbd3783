import dataclasses
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from vigbox.delivery import handshake
from vigbox.delivery.handshake import Ask, Handshake
from vigbox.delivery.machines import Machine, Machines
from vigbox.delivery.manifest import ExportManifest, parse_signed
from vigbox.delivery.outbox import Outbox
from vigbox.delivery.pairing import PairingWindow
from vigbox.model import new_id
from vigbox.seal.identities import X25519Identity
from vigbox.seal.signing import SigningKey
from vigbox.web.api import create_api

RECIPIENT = str(X25519Identity.generate().recipient)


@dataclass
class Box:
    """A box's API, with one paired machine, and what it was told."""

    outbox: Outbox
    machines: Machines
    pairing: PairingWindow = field(default_factory=lambda: PairingWindow(lambda: 0))
    key: SigningKey = field(default_factory=SigningKey.generate)
    verified: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.machine, self.token = self.machines.add("laptop", RECIPIENT)
        app = Flask("box")
        app.register_blueprint(
            create_api(self.outbox, self.machines, self.pairing, self.key, "the box", self._note)
        )
        self.client: FlaskClient = app.test_client()

    def _note(self, export_id: str, machine_id: str) -> None:
        self.verified.append((export_id, machine_id))

    def put(self, machine: Machine | None = None) -> ExportManifest:
        with self.outbox.begin(new_id(), machine or self.machine) as draft:
            with draft.part("clip.age", "Clip.mp4", "clip") as plain:
                plain.write(b"film" * 50_000)
            return draft.commit(self.key, "A12")

    def get(self, path: str, **headers: str) -> TestResponse:
        asked = {"Authorization": f"Bearer {self.token}"} | headers
        return self.client.get(path, headers=asked)

    def post(self, path: str, facts: object) -> TestResponse:
        return self.client.post(path, json=facts, headers={"Authorization": f"Bearer {self.token}"})


@pytest.fixture
def box(tmp_path: Path) -> Box:
    (tmp_path / "exports").mkdir()
    return Box(Outbox(tmp_path / "exports"), Machines(tmp_path / "machines.json"))


def proven(manifest: ExportManifest) -> dict[str, str]:
    return {"manifest_sha256": hashlib.sha256(manifest.to_bytes()).hexdigest()}


def ask_with(code: str, recipient: str = RECIPIENT) -> Ask:
    ask = Ask("tablet", recipient, handshake.new_nonce())
    return dataclasses.replace(ask, mac=Handshake(code, ask.nonce).mac(ask))


def test_a_machine_that_proves_the_code_is_paired(box: Box) -> None:
    code = box.pairing.open()
    ask = ask_with(code)
    response = box.client.post("/api/pair", data=handshake.to_bytes(ask))
    answer = handshake.parse_answer(response.data)
    Handshake(code, ask.nonce).check(answer)
    assert (answer.box_id, answer.box_verify_key) == ("the box", box.key.verify_key.to_text())
    paired = box.machines.by_token(answer.token)
    assert paired is not None
    assert (paired.id, paired.name) == (answer.machine_id, "tablet")
    assert response.headers["Cache-Control"] == "no-store"


def test_a_wrong_code_and_a_closed_window_are_refused_with_a_sentence(box: Box) -> None:
    code = box.pairing.open()
    wrong = ("B" if code[0] == "A" else "A") + code[1:]
    for sentence in ("code is wrong", "code is wrong", "code is wrong", "window is closed"):
        response = box.client.post("/api/pair", data=handshake.to_bytes(ask_with(wrong)))
        assert response.status_code == 403
        assert sentence in response.get_json()["error"]
    assert len(box.machines.listed()) == 1


@pytest.mark.parametrize("data", [b"", b"{}", b"\xff", b'{"name":7}'])
def test_a_malformed_ask_is_no_guess(box: Box, data: bytes) -> None:
    box.pairing.open()
    for _ in range(4):
        assert box.client.post("/api/pair", data=data).status_code == 400
    assert box.pairing.is_open


def test_a_recipient_that_is_none_is_refused(box: Box) -> None:
    ask = ask_with(box.pairing.open(), recipient="age1nonsense")
    assert box.client.post("/api/pair", data=handshake.to_bytes(ask)).status_code == 400


def test_a_body_that_is_far_too_long_is_not_read(box: Box) -> None:
    response = box.client.post("/api/pair", data=b" " * 100_000)
    assert response.status_code == 413
    assert response.get_json()["error"]


ASKS: list[Callable[[FlaskClient, str, dict[str, str]], TestResponse]] = [
    lambda client, _, headers: client.get("/api/exports", headers=headers),
    lambda client, id_, headers: client.get(f"/api/exports/{id_}/clip.age", headers=headers),
    lambda client, id_, headers: client.post(f"/api/exports/{id_}/verified", headers=headers),
]


@pytest.mark.parametrize("ask", ASKS)
@pytest.mark.parametrize("shown", ["", "Bearer", "Bearer wrong", "Basic YTpi", "Bearer \xff"])
def test_nobody_gets_in_without_a_paired_machines_token(
    box: Box, ask: Callable[[FlaskClient, str, dict[str, str]], TestResponse], shown: str
) -> None:
    response = ask(box.client, box.put().export_id, {"Authorization": shown} if shown else {})
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert "paired" in response.get_json()["error"]


@pytest.mark.parametrize("ask", ASKS)
def test_a_revoked_machine_is_nobody(
    box: Box, ask: Callable[[FlaskClient, str, dict[str, str]], TestResponse]
) -> None:
    manifest = box.put()
    box.machines.revoke(box.machine.id)
    headers = {"Authorization": f"Bearer {box.token}"}
    assert ask(box.client, manifest.export_id, headers).status_code == 401


def test_a_machine_lists_its_exports_signed(box: Box) -> None:
    other, _ = box.machines.add("other", RECIPIENT)
    manifest = box.put()
    box.put(other)
    (row,) = box.get("/api/exports").get_json()["exports"]
    assert parse_signed(row["signed"].encode(), box.key.verify_key) == manifest
    assert row["is_verified"] is False


def test_a_part_is_served_by_range_under_its_hash(box: Box) -> None:
    manifest = box.put()
    part = manifest.parts[0]
    path = f"/api/exports/{manifest.export_id}/{part.name}"
    whole = box.get(path)
    assert hashlib.sha256(whole.data).hexdigest() == part.sha256
    assert whole.headers["ETag"] == f'"{part.sha256}"'
    rest = box.get(path, Range="bytes=100000-", **{"If-Range": whole.headers["ETag"]})
    assert rest.status_code == 206
    assert whole.data[100_000:] == rest.data
    assert box.get(path, Range="bytes=9-", **{"If-Range": '"x"'}).status_code == 200


@pytest.mark.parametrize("name", ["manifest.json", "other.age", "..%2fmachines.json", "%2e%2e"])
def test_nothing_but_parts_is_served(box: Box, name: str) -> None:
    response = box.get(f"/api/exports/{box.put().export_id}/{name}")
    assert response.status_code == 404


def test_another_machines_part_is_not_there(box: Box) -> None:
    other, _ = box.machines.add("other", RECIPIENT)
    manifest = box.put(other)
    response = box.get(f"/api/exports/{manifest.export_id}/clip.age")
    assert response.status_code == 404
    assert "list the exports again" in response.get_json()["error"]
    assert box.post(f"/api/exports/{manifest.export_id}/verified", {}).status_code == 404


def test_a_part_that_went_from_the_card_is_told(box: Box) -> None:
    manifest = box.put()
    box.outbox.part_path(manifest.export_id, "clip.age", box.machine.id).unlink()
    assert box.get(f"/api/exports/{manifest.export_id}/clip.age").status_code == 404


def test_what_was_verified_is_noted_and_passed_on(box: Box) -> None:
    manifest = box.put()
    for _ in range(2):
        response = box.post(f"/api/exports/{manifest.export_id}/verified", proven(manifest))
        assert response.status_code == 204
    assert box.outbox.is_verified(manifest.export_id)
    assert set(box.verified) == {(manifest.export_id, box.machine.id)}
    assert box.get("/api/exports").get_json()["exports"][0]["is_verified"] is True


@pytest.mark.parametrize("facts", [{}, [], 7, {"manifest_sha256": "0" * 64}])
def test_another_manifest_than_the_waiting_one_is_not_noted(box: Box, facts: object) -> None:
    manifest = box.put()
    response = box.post(f"/api/exports/{manifest.export_id}/verified", facts)
    assert response.status_code == 409
    assert not box.outbox.is_verified(manifest.export_id)
    assert box.verified == []


def test_head_of_a_part_tells_its_size(box: Box) -> None:
    manifest = box.put()
    path = f"/api/exports/{manifest.export_id}/clip.age"
    response = box.client.head(path, headers={"Authorization": f"Bearer {box.token}"})
    assert response.headers["Content-Length"] == str(manifest.parts[0].size_bytes)
