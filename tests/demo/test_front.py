"""The demo's own front: TLS for machines alone, as soon as there is a certificate."""

import socket
import ssl
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError, URLError

import pytest
from flask import Flask

from tests import certificates
from tests.ports import free_port
from vigbox.demo.front import Front, stand

PATIENCE_S = 60


@pytest.fixture
def app() -> Flask:
    app = Flask("app")
    app.add_url_rule("/api/x", view_func=lambda: "a machine's answer")
    app.add_url_rule("/page", "page", view_func=lambda: "a page")
    return app


@pytest.fixture
def front(app: Flask, tmp_path: Path) -> Iterator[Front]:
    certificates.keep(tmp_path)
    front = Front(app, 0, tmp_path / "box.pem", tmp_path / "authority.pem")
    front.start()
    yield front
    front.close()


def told(folder: Path, port: int, path: str) -> str:
    context = ssl.create_default_context(cafile=folder / "authority.pem")
    with urllib.request.urlopen(f"https://127.0.0.1:{port}{path}", context=context) as answer:
        text: str = answer.read().decode()
        return text


def test_machines_are_answered_over_tls(front: Front, tmp_path: Path) -> None:
    assert told(tmp_path, front.port, "/api/x") == "a machine's answer"


@pytest.mark.parametrize("path", ["/page", "/", "/api", "/apix"])
def test_no_page_is_served_there(front: Front, tmp_path: Path, path: str) -> None:
    with pytest.raises(HTTPError) as refused:
        told(tmp_path, front.port, path)
    assert refused.value.code == 404
    refused.value.close()


def test_a_port_that_is_taken_is_an_error_and_no_end(front: Front, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="in use"):
        Front(Flask("other"), front.port, tmp_path / "box.pem", tmp_path / "authority.pem")


def test_it_waits_for_the_certificate(app: Flask, tmp_path: Path) -> None:
    port, answer, end = free_port(), "", time.monotonic() + PATIENCE_S
    stand(app, port, tmp_path / "box.pem", tmp_path / "authority.pem")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 1)
    certificates.keep(tmp_path)
    while not answer and time.monotonic() < end:
        try:
            answer = told(tmp_path, port, "/api/x")
        except URLError:
            continue
    assert answer == "a machine's answer"
