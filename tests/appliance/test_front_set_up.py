"""The shipped nginx file before the pages of a new box: who comes by its Wi-Fi, who by a cable."""

import contextlib
import signal
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from bench.nginx import Site
from bench.wire import wait_until
from tests.appliance.conftest import PATIENCE_S
from tests.ports import free_port
from vigbox.appliance.waiting import prepare
from vigbox.appliance.wifi_state import WifiState
from vigbox.config import Settings
from vigbox.store.layout import Layout
from vigbox.web.fronted import Fronted
from vigbox.web.set_up import SetUp
from vigbox.web.set_up_app import create_set_up_app

WIFI, CABLE = "127.0.0.1", "127.0.0.9"


@dataclass
class New:
    """A new box behind nginx; ``ask`` gives the status and the page."""

    name: str
    at: SetUp
    ports: dict[int, int]
    authority: Path

    def ask(self, reached: str, path: str, *options: str, port: int = 443) -> tuple[str, str]:
        scheme = "http" if port == 80 else "https"
        place = f"{self.name}:{self.ports[port]}"
        command = ["curl", "-sS", "--max-time", "20", "--cacert", str(self.authority),
                   "--resolve", f"{place}:{reached}", "-w", "\n%{http_code}", *options,
                   f"{scheme}://{place}{path}"]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        page, _, code = done.stdout.rpartition("\n")
        return code, page


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> Iterator[New]:
    folder, run = tmp_path_factory.mktemp("box"), tmp_path_factory.mktemp("run")
    settings = Settings(data=folder / "data", run=run, address=WIFI, work_factor=15)
    layout = Layout(settings.data)
    layout.create()
    waiting = prepare(layout, [WIFI])
    at = SetUp(layout, settings, waiting.box)
    app = create_set_up_app(at, [waiting.name, WIFI], is_https=True)
    ports = {each: free_port() for each in (80, 443, 8443)}
    # as on a box, on each of its addresses
    site = Site(layout.data, run / "web.sock", {each: str(port) for each, port in ports.items()})
    found = New(waiting.name, at, ports, layout.authority)
    with _served(Fronted(app.wsgi_app), run / "web.sock"), _front(site, folder):
        wait_until(lambda: found.ask(WIFI, "/")[0] == "200", "the page")
        yield found


@contextlib.contextmanager
def _served(app: Fronted, socket: Path) -> Iterator[None]:
    server = make_server(f"unix://{socket}", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield
    server.shutdown()
    thread.join()
    server.server_close()


@contextlib.contextmanager
def _front(site: Site, folder: Path) -> Iterator[None]:
    command = ["nginx", "-c", str(site.config(folder)), "-e", str(folder / "error.log")]
    nginx = subprocess.Popen(command)
    yield
    nginx.send_signal(signal.SIGTERM)
    nginx.wait(PATIENCE_S)


def test_who_comes_by_a_cable_is_asked_into_the_wi_fi_while_it_is_up(new: New) -> None:
    new.at.wifi = lambda: WifiState("vb-7k3q", WIFI, is_up=True)
    code, page = new.ask(WIFI, "/")
    assert (code, "A new box" in page) == ("200", True)
    for lie in ((), ("-H", f"X-Vigbox-Address: {WIFI}"), ("-H", f"X_Vigbox_Address: {WIFI}")):
        code, page = new.ask(CABLE, "/", *lie)
        assert (code, "Join the box" in page) == ("403", True)
        assert "A new box" not in page
    ours = ("-H", "Sec-Fetch-Site: same-origin", "-H", "Sec-Fetch-Mode: navigate", "-d", "")
    assert new.ask(CABLE, "/setup/begin", *ours)[0] in ("400", "403")
    assert not new.at.drafts._drafts


def test_trust_is_handed_out_by_a_cable_as_well(new: New) -> None:
    new.at.wifi = lambda: WifiState("vb-7k3q", WIFI, is_up=True)
    for path, port in (("/trust", 443), ("/", 80), ("/authority.pem", 80), ("/authority.pem", 443)):
        assert new.ask(CABLE, path, port=port)[0] == "200", path


def test_a_box_without_its_wi_fi_is_set_up_by_a_cable(new: New) -> None:
    new.at.wifi = WifiState
    code, page = new.ask(CABLE, "/")
    assert (code, "A new box" in page) == ("200", True)
