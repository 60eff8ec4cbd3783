import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.certificates import NAME, authority, issue
from vigbox.appliance.certificates import BoxIssuer
from vigbox.delivery import handshake
from vigbox.delivery.certificates import fingerprint, key_of_request, new_key, request_for
from vigbox.delivery.handshake import Answer, Hello, MachineSide, Proof, Reply
from vigbox.delivery.machines import Machine, Machines
from vigbox.delivery.manifest import ExportManifest, parse_signed
from vigbox.delivery.outbox import Outbox
from vigbox.delivery.pairing import PairingWindow
from vigbox.model import new_id
from vigbox.seal.identities import X25519Identity
from vigbox.seal.signing import SigningKey
from vigbox.web.api import create_api
from vigbox.web.fronted import CERTIFICATE

RECIPIENT = str(X25519Identity.generate().recipient)


@dataclass
class Box:
    """A box's API, with one paired machine, and what it was told."""

    outbox: Outbox
    machines: Machines
    pairing: PairingWindow = field(default_factory=lambda: PairingWindow(lambda: 0))
    key: SigningKey = field(default_factory=SigningKey.generate)
    verified: list[tuple[str, str]] = field(default_factory=list)
    issuer: BoxIssuer = field(default_factory=lambda: BoxIssuer(authority(), b"key", NAME))

    def __post_init__(self) -> None:
        self.machine, certificate = self.machines.add("laptop", RECIPIENT, issue)
        self.shown = {CERTIFICATE: fingerprint(certificate)}
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
        return self.client.get(path, headers=headers, environ_overrides=self.shown)

    def post(self, path: str, facts: object) -> TestResponse:
        return self.client.post(path, json=facts, environ_overrides=self.shown)


@pytest.fixture
def box(tmp_path: Path) -> Box:
    (tmp_path / "exports").mkdir()
    return Box(Outbox(tmp_path / "exports"), Machines(tmp_path / "machines.json"))


def proven(manifest: ExportManifest) -> dict[str, str]:
    return {"manifest_sha256": hashlib.sha256(manifest.to_bytes()).hexdigest()}


class Trying:
    """One machine that tries to pair with a code."""

    def __init__(self, box: Box, code: str) -> None:
        self.box = box
        self.request = request_for(new_key())
        self.side = MachineSide(code, key_of_request(self.request), box.issuer.box_key)

    def begin(self) -> TestResponse:
        hello = handshake.to_bytes(Hello(self.side.element, self.request))
        return self.box.client.post("/api/pair/begin", data=hello)

    def prove(self, recipient: str = RECIPIENT) -> TestResponse:
        reply = handshake.parse(self.begin().data, Reply)
        self.proven = self.side.finish(reply.element)
        proof = self.proven.sign(Proof(reply.run, "tablet", recipient))
        return self.box.client.post("/api/pair/prove", data=handshake.to_bytes(proof))


def test_a_machine_that_proves_the_code_is_paired(box: Box) -> None:
    trying = Trying(box, box.pairing.open(box.issuer))
    response = trying.prove()
    answer = handshake.parse(response.data, Answer)
    trying.proven.check(answer)
    assert (answer.box_id, answer.box_verify_key) == ("the box", box.key.verify_key.to_text())
    assert (answer.authority, answer.box_name) == (box.issuer.authority, NAME)
    paired = box.machines.by_certificate(fingerprint(answer.certificate))
    assert paired is not None
    assert (paired.id, paired.name) == (answer.machine_id, "tablet")
    assert response.headers["Cache-Control"] == "no-store"


def test_a_wrong_code_and_a_closed_window_are_refused_with_a_sentence(box: Box) -> None:
    code = box.pairing.open(box.issuer)
    wrong = ("1" if code[0] == "0" else "0") + code[1:]
    for _ in range(3):
        response = Trying(box, wrong).prove()
        assert response.status_code == 403
        assert "code is wrong" in response.get_json()["error"]
    response = Trying(box, code).begin()
    assert response.status_code == 403
    assert "window is closed" in response.get_json()["error"]
    assert len(box.machines.listed()) == 1


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"\xff", b'{"name":7}', b'{"element":"42","request":"x"}']
)
@pytest.mark.parametrize("step", ["begin", "prove"])
def test_a_malformed_message_is_no_guess(box: Box, step: str, data: bytes) -> None:
    box.pairing.open(box.issuer)
    for _ in range(4):
        assert box.client.post(f"/api/pair/{step}", data=data).status_code == 400
    assert box.pairing.is_open


def test_a_recipient_that_is_none_is_refused(box: Box) -> None:
    trying = Trying(box, box.pairing.open(box.issuer))
    assert trying.prove("age1nonsense").status_code == 400


def test_a_body_that_is_far_too_long_is_not_read(box: Box) -> None:
    response = box.client.post("/api/pair/begin", data=b" " * 100_000)
    assert response.status_code == 413
    assert response.get_json()["error"]


ASKS: list[Callable[[FlaskClient, str, dict[str, str]], TestResponse]] = [
    lambda client, _, shown: client.get("/api/exports", environ_overrides=shown),
    lambda client, id_, shown: client.get(f"/api/exports/{id_}/clip.age", environ_overrides=shown),
    lambda client, id_, shown: client.post(f"/api/exports/{id_}/verified", environ_overrides=shown),
]


@pytest.mark.parametrize("ask", ASKS)
@pytest.mark.parametrize("shown", [{}, {CERTIFICATE: ""}, {CERTIFICATE: "0" * 64}])
def test_nobody_gets_in_without_a_paired_machines_certificate(
    box: Box,
    ask: Callable[[FlaskClient, str, dict[str, str]], TestResponse],
    shown: dict[str, str],
) -> None:
    response = ask(box.client, box.put().export_id, shown)
    assert response.status_code == 401
    assert "paired" in response.get_json()["error"]


@pytest.mark.parametrize(
    "name", ["vigbox.certificate", "Vigbox-Certificate", "X-Vigbox-Certificate"]
)
def test_a_client_cannot_say_by_itself_whose_certificate_it_has(box: Box, name: str) -> None:
    told = {name: box.shown[CERTIFICATE], "X-Vigbox-Verified": "SUCCESS"}
    assert box.client.get("/api/exports", headers=told).status_code == 401


@pytest.mark.parametrize("ask", ASKS)
def test_a_revoked_machine_is_nobody(
    box: Box, ask: Callable[[FlaskClient, str, dict[str, str]], TestResponse]
) -> None:
    manifest = box.put()
    box.machines.revoke(box.machine.id)
    assert ask(box.client, manifest.export_id, box.shown).status_code == 401


def test_a_machine_lists_its_exports_signed(box: Box) -> None:
    other, _ = box.machines.add("other", RECIPIENT, issue)
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
    other, _ = box.machines.add("other", RECIPIENT, issue)
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
    response = box.client.head(path, environ_overrides=box.shown)
    assert response.headers["Content-Length"] == str(manifest.parts[0].size_bytes)
