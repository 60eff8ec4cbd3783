from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from flask import Flask, Response, request
from werkzeug.serving import make_server

from vigbox.companion import home as homes
from vigbox.companion.link import BoxRefusedError, BoxUnreachableError
from vigbox.companion.pairing import FalseBoxError, pair
from vigbox.delivery import handshake
from vigbox.delivery.handshake import Answer, CodeError

if TYPE_CHECKING:
    from tests.companion.conftest import ServedBox


def test_a_typed_code_pairs_and_the_box_knows_the_machine(box: ServedBox, home: Path) -> None:
    code = box.pairing.open().lower().replace("-", " ")
    paired = pair(box.address, code, "Anna's laptop", home)
    machine = box.machines.get(paired.machine_id)
    assert machine.name == "Anna's laptop"
    assert machine.recipient == str(homes.identity(home).recipient)
    assert box.machines.by_token(paired.token) == machine
    assert paired.box_verify_key == box.key.verify_key.to_text()
    assert homes.load_box(home) == paired


def test_pairing_again_keeps_the_identity(box: ServedBox, home: Path) -> None:
    box.pair(home)
    first = box.machine
    box.pair(home)
    assert box.machine.id != first.id
    assert box.machine.recipient == first.recipient


def test_a_wrong_code_keeps_nothing_of_the_box(box: ServedBox, home: Path) -> None:
    code = box.pairing.open()
    wrong = ("B" if code[0] == "A" else "A") + code[1:]
    with pytest.raises(BoxRefusedError, match="code is wrong"):
        pair(box.address, wrong, "laptop", home)
    assert not (home / "box.json").exists()


def test_a_closed_window_is_told(box: ServedBox, home: Path) -> None:
    with pytest.raises(BoxRefusedError, match="window is closed"):
        pair(box.address, "ABCD-2345", "laptop", home)


def test_a_slip_of_the_hand_is_told_before_the_box_is_asked(home: Path) -> None:
    with pytest.raises(CodeError):
        pair("http://127.0.0.1:1", "ABC", "laptop", home)


def test_no_box_is_told(home: Path) -> None:
    with pytest.raises(BoxUnreachableError):
        pair("http://127.0.0.1:1", "ABCD-2345", "laptop", home)


@pytest.fixture
def false_box() -> Iterator[tuple[str, list[bytes]]]:
    """Something that answers in the box's form and does not know the code."""
    heard: list[bytes] = []
    app = Flask("false")

    def answer() -> Response:
        heard.append(request.get_data())
        ask = handshake.parse_ask(heard[-1])
        # the best it has: the machine's own mac, sent back
        return Response(handshake.to_bytes(Answer("1" * 32, "token", "box", "key", ask.mac)))

    app.add_url_rule("/api/pair", view_func=answer, methods=["POST"])
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", heard
    server.shutdown()
    thread.join(10)
    server.server_close()


def test_a_false_box_learns_no_code_and_is_not_kept(
    false_box: tuple[str, list[bytes]], home: Path
) -> None:
    address, heard = false_box
    with pytest.raises(FalseBoxError, match="does not know the code"):
        pair(address, "ABCD-2345", "laptop", home)
    assert not (home / "box.json").exists()
    assert b"ABCD" not in heard[0]
