import json
import socket
import threading
from collections.abc import Iterator

import pytest
from flask import Flask, Response
from werkzeug.serving import make_server

from vigbox.companion.link import (
    AddressError,
    BoxRefusedError,
    BoxUnreachableError,
    Link,
    normal_address,
)

ANSWERS = {
    "good": (200, b'{"a": 1}'),
    "no-json": (200, b"<html>welcome</html>"),
    "deep": (200, b"[" * 100_000),
    "refused": (403, json.dumps({"error": "the window is\x1b[31m closed"}).encode()),
    "trouble": (503, b'{"error": "starting"}'),
    "portal": (302, b"<html>log in</html>"),
    "router": (404, b"not here"),
}


@pytest.fixture
def address() -> Iterator[str]:
    app = Flask("answers")
    app.add_url_rule("/<name>", view_func=lambda name: Response(ANSWERS[name][1], ANSWERS[name][0]))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(10)
    server.server_close()


def test_a_json_answer_is_given(address: str) -> None:
    with Link(address) as link:
        assert link.get("/good") == {"a": 1}


@pytest.mark.parametrize("name", ["no-json", "deep", "portal", "router"])
def test_something_else_that_answers_is_not_taken_for_a_box(address: str, name: str) -> None:
    with Link(address) as link, pytest.raises(BoxUnreachableError, match="is not a vigbox"):
        link.get(f"/{name}")


def test_a_box_in_trouble_is_one_to_wait_for(address: str) -> None:
    with Link(address) as link, pytest.raises(BoxUnreachableError, match="in trouble: starting"):
        link.get("/trouble")


def test_a_refusal_keeps_the_boxs_sentence_fit_for_a_terminal(address: str) -> None:
    with Link(address) as link, pytest.raises(BoxRefusedError) as told:
        link.get("/refused")
    assert told.value.status == 403
    assert str(told.value) == "the box refused (403): the window is[31m closed"


def test_nobody_there_is_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with Link(f"http://127.0.0.1:{port}") as link, pytest.raises(BoxUnreachableError) as told:
        link.get("/good")
    assert str(told.value).startswith(f"cannot reach the box at http://127.0.0.1:{port} (")
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("10.42.0.1", "https://10.42.0.1:8443"),
        ("[fe80::1]", "https://[fe80::1]:8443"),
        ("vigbox.local:8443", "https://vigbox.local:8443"),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000"),
        ("https://[fe80::1]:8443", "https://[fe80::1]:8443"),
    ],
)
def test_an_address_may_be_typed_in_short(typed: str, address: str) -> None:
    assert normal_address(typed) == address


@pytest.mark.parametrize(
    "typed",
    ["", "ftp://x", "file:///etc/passwd", "https://", "a:99999", "a:b", "u@h", "h/path", "h?q"],
)
def test_what_is_no_address_is_told(typed: str) -> None:
    with pytest.raises(AddressError, match="must be like"):
        normal_address(typed)
