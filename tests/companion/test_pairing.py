from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from flask import Flask, Response, request

from tests import certificates
from vigbox.appliance import authority
from vigbox.appliance.authority import Authority
from vigbox.companion import home as homes
from vigbox.companion.link import (
    AddressError,
    BoxRefusedError,
    BoxUnreachableError,
    Link,
    OtherBoxError,
    WrongTimeError,
)
from vigbox.companion.pairing import FalseBoxError, pair
from vigbox.companion.trust import PairedTls, SeenTls, TrustError
from vigbox.delivery import handshake
from vigbox.delivery.certificates import fingerprint, new_key, request_for
from vigbox.delivery.handshake import Answer, CodeError, Hello, MachineSide, Proof, Reply
from vigbox.demo.front import Front

if TYPE_CHECKING:
    from tests.companion.conftest import ServedBox

CODE = "123 456"


def test_a_typed_code_pairs_and_the_box_knows_the_machine(box: ServedBox, home: Path) -> None:
    code = box.pairing.open(box.issuer).replace(" ", "")
    paired = pair(box.address, code, "Anna's laptop", home)
    machine = box.machines.get(paired.machine_id)
    assert machine.name == "Anna's laptop"
    assert machine.recipient == str(homes.identity(home).recipient)
    own, _, key = homes.tls(home, paired).certificate.read_text().partition("-----BEGIN PRIV")
    assert key
    assert box.machines.by_certificate(fingerprint(own)) == machine
    assert paired.box_verify_key == box.key.verify_key.to_text()
    assert paired.authority == certificates.authority().certificate_pem()
    assert homes.boxes(home)[0] == paired


def test_pairing_again_keeps_the_identity_and_makes_another_key(box: ServedBox, home: Path) -> None:
    box.pair(home)
    first, key = box.machine, homes.tls(home, homes.boxes(home)[0]).certificate.read_text()
    box.pair(home)
    assert box.machine.id != first.id
    assert box.machine.recipient == first.recipient
    assert homes.tls(home, homes.boxes(home)[0]).certificate.read_text() != key


def other_than(code: str) -> str:
    return ("1" if code[0] == "0" else "0") + code[1:]


def test_three_wrong_codes_keep_nothing_and_close_the_window(box: ServedBox, home: Path) -> None:
    code = box.pairing.open(box.issuer)
    for _ in range(3):
        with pytest.raises(BoxRefusedError, match="code is wrong"):
            pair(box.address, other_than(code), "laptop", home)
    with pytest.raises(BoxRefusedError, match="window is closed"):
        pair(box.address, code, "laptop", home)
    assert [each.name for each in home.iterdir()] == ["identity.txt"]
    assert box.machines.listed() == []


def test_a_closed_window_is_told(box: ServedBox, home: Path) -> None:
    with pytest.raises(BoxRefusedError, match="window is closed"):
        pair(box.address, CODE, "laptop", home)


def test_a_slip_of_the_hand_is_told_before_the_code_is_tried(box: ServedBox, home: Path) -> None:
    with pytest.raises(CodeError):
        pair(box.address, "12", "laptop", home)


def test_no_box_is_told(home: Path) -> None:
    with pytest.raises(BoxUnreachableError, match="cannot reach a box"):
        pair("https://127.0.0.1:1", CODE, "laptop", home)


def test_nothing_is_paired_without_tls(home: Path) -> None:
    with pytest.raises(AddressError, match="https alone"):
        pair("http://127.0.0.1:1", CODE, "laptop", home)


@contextlib.contextmanager
def served(
    app: Flask, folder: Path, by: Authority | None = None, now: datetime | None = None
) -> Iterator[Front]:
    """Serve something over TLS with a certificate of its own."""
    folder.mkdir()
    certificates.keep(folder, by, now)
    front = Front(app, 0, folder / "box.pem", folder / "authority.pem")
    front.start()
    try:
        yield front
    finally:
        front.close()


class FalseBox:
    """Answers in the box's form, guesses a code, and keeps what it heard."""

    def __init__(self, code: str) -> None:
        self.heard: list[bytes] = []
        self.code = code
        self.app = Flask("false")
        self.app.add_url_rule("/api/pair/begin", view_func=self.begin, methods=["POST"])
        self.app.add_url_rule("/api/pair/prove", view_func=self.prove, methods=["POST"])

    def begin(self) -> Response:
        self.heard.append(request.get_data())
        element = MachineSide(self.code, b"k", b"k").element
        return Response(handshake.to_bytes(Reply("run", "42" + element[2:])))

    def prove(self) -> Response:
        self.heard.append(request.get_data())
        proof = handshake.parse(self.heard[-1], Proof)
        # the best it has: the machine's own mac, sent back
        key = certificates.authority().certificate_pem()
        told = Answer("1" * 32, key, key, "vb-x", "box", "key", proof.mac)
        return Response(handshake.to_bytes(told))


def test_a_false_box_learns_no_code_and_is_not_kept(tmp_path: Path, home: Path) -> None:
    false = FalseBox("654 321")
    with served(false.app, tmp_path / "false") as front:
        address = f"https://127.0.0.1:{front.port}"
        with pytest.raises(FalseBoxError, match="does not know the code"):
            pair(address, CODE, "laptop", home)
    assert not list(home.glob("box-*"))
    assert not any(CODE.replace(" ", "").encode() in each for each in false.heard)


class Relay:
    """Passes the pairing on to the real box, between two TLS connections of its own."""

    def __init__(self, box: ServedBox, *, is_clever: bool) -> None:
        self.box = box
        self.is_clever = is_clever
        self.app = Flask("relay")
        rule = "/api/pair/<step>"
        self.app.add_url_rule(rule, view_func=self.pass_on, methods=["POST"])

    def pass_on(self, step: str) -> Response:
        body = request.get_data()
        if step == "begin" and self.is_clever:  # its own key instead of the machine's
            told = handshake.parse(body, Hello)
            own = request_for(new_key())
            body = handshake.to_bytes(Hello(told.element, own))
        answer = self.box.client.post(f"/api/pair/{step}", data=body)
        return Response(answer.data, answer.status_code)


@pytest.mark.parametrize("is_clever", [False, True])
def test_who_relays_with_a_certificate_of_their_own_is_found_out(
    box: ServedBox, tmp_path: Path, home: Path, *, is_clever: bool
) -> None:
    code = box.pairing.open(box.issuer)
    with (
        served(Relay(box, is_clever=is_clever).app, tmp_path / "relay") as front,
        pytest.raises(BoxRefusedError, match="something stands between"),
    ):
        pair(f"https://127.0.0.1:{front.port}", code, "laptop", home)
    assert box.machines.listed() == []
    assert not list(home.glob("box-*"))


def test_who_passes_bytes_on_unread_pairs_with_the_box_itself(box: ServedBox, home: Path) -> None:
    upstream = box.address.removeprefix("https://").split(":")
    with passing(upstream[0], int(upstream[1])) as port:
        paired = pair(f"https://127.0.0.1:{port}", box.pairing.open(box.issuer), "laptop", home)
    assert box.machine.id == paired.machine_id


@contextlib.contextmanager
def passing(host: str, port: int) -> Iterator[int]:
    """A relay that reads nothing."""
    listener = socket.create_server(("127.0.0.1", 0))
    threads: list[threading.Thread] = []

    def copy(source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                sink.sendall(data)
        for each in (source, sink):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def relay(client: socket.socket) -> None:
        with client, socket.create_connection((host, port)) as server:
            back = threading.Thread(target=copy, args=(server, client))
            back.start()
            copy(client, server)
            back.join()

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                threads.append(threading.Thread(target=relay, args=(client,)))
                threads[-1].start()

    accepting = threading.Thread(target=accept)
    accepting.start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    for each in (accepting, *threads):
        each.join(10)


def asked(front: Front, home: Path) -> None:
    paired = homes.boxes(home)[0]
    with Link(f"https://127.0.0.1:{front.port}", homes.tls(home, paired)) as link:
        link.get("/api/exports")


def test_another_box_at_the_same_address_is_not_talked_to(
    box: ServedBox, tmp_path: Path, home: Path
) -> None:
    box.pair(home)
    heard = FalseBox(CODE)
    other = Authority.make(certificates.NAME, [certificates.ADDRESS])
    with (
        served(heard.app, tmp_path / "other", other) as front,
        pytest.raises(OtherBoxError, match="not the box that this machine is paired with"),
    ):
        asked(front, home)
    assert heard.heard == []


@pytest.mark.parametrize("year", [1999, 2045])
def test_a_certificate_that_does_not_count_today_says_what_to_do(
    box: ServedBox, tmp_path: Path, home: Path, year: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same as a machine whose clock is that many years off."""
    box.pair(home)
    monkeypatch.setattr(authority, "RELEASED", datetime(1990, 1, 1, tzinfo=UTC))
    now = datetime(year, 6, 1, tzinfo=UTC)
    with (
        served(Flask("box"), tmp_path / "other-time", now=now) as front,
        pytest.raises(WrongTimeError, match=r"Set the clock .* unlock the box once"),
    ):
        asked(front, home)


def test_a_revoked_machine_is_refused_at_once(box: ServedBox, home: Path) -> None:
    box.pair(home)
    paired = homes.boxes(home)[0]
    with Link(paired.address, homes.tls(home, paired)) as link:
        assert link.get("/api/exports") == {"exports": []}
        box.machines.revoke(box.machine.id)
        with pytest.raises(BoxRefusedError, match="no longer, paired") as told:
            link.get("/api/exports")
    assert told.value.status == 401


def test_a_machine_without_its_certificate_is_told_to_pair_again(
    box: ServedBox, home: Path
) -> None:
    box.pair(home)
    paired = homes.boxes(home)[0]
    homes.tls(home, paired).certificate.unlink()
    with pytest.raises(TrustError, match="Pair again"):
        Link(paired.address, homes.tls(home, paired))


def test_no_older_tls_is_spoken(box: ServedBox, home: Path) -> None:
    box.pair(home)
    context: ssl.SSLContext = homes.tls(home, homes.boxes(home)[0]).pool()["ssl_context"]
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname
    assert len(context.get_ca_certs()) == 1


def test_the_boxs_own_name_is_checked(box: ServedBox, home: Path) -> None:
    box.pair(home)
    paired = homes.boxes(home)[0]
    other = PairedTls(paired.authority, "bank.example", homes.tls(home, paired).certificate)
    with Link(paired.address, other) as link, pytest.raises(OtherBoxError):
        link.get("/api/exports")


def test_a_certificate_that_changes_while_it_pairs_is_not_gone_on_with(box: ServedBox) -> None:
    seen = ssl.PEM_cert_to_DER_cert(certificates.issue("1" * 32))
    with Link(box.address, SeenTls(seen)) as link, pytest.raises(OtherBoxError):
        link.post("/api/pair/begin", b"{}")
