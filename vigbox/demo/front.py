"""What nginx is on a box: it ends the TLS of the machines and says whose certificate it checked.

Python's own TLS, on loopback, for the machines' interface alone; the demo's pages are plain HTTP,
so that no browser has to trust anything.
"""

import socket
import ssl
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from vigbox.web.fronted import note_certificate

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_PAUSE_S: Final = 1.0


class _Asked(WSGIRequestHandler):
    def make_environ(self) -> "WSGIEnvironment":
        environ = super().make_environ()
        note_certificate(environ, environ.pop("SSL_CLIENT_CERT", ""))
        return environ

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


class Front:
    """Serves an app's ``/api`` over TLS; the port is taken at once, 0 for any."""

    def __init__(
        self, app: "WSGIApplication", port: int, certificate: Path, authority: Path
    ) -> None:
        """Take the port. Raises OSError, also for a certificate that is not there yet."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(certificate)
        context.load_verify_locations(authority)
        context.verify_mode = ssl.CERT_OPTIONAL
        self._app = app
        # taken by ourselves: werkzeug ends the process when a port cannot be had
        with socket.create_server(("127.0.0.1", port)) as listener:
            self.port: int = listener.getsockname()[1]
            self._server = self._on(listener, context)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="front", daemon=True
        )

    def _on(self, listener: socket.socket, context: ssl.SSLContext) -> BaseWSGIServer:
        return make_server(
            "127.0.0.1",
            self.port,
            self._machines_only,
            threaded=True,
            request_handler=_Asked,
            ssl_context=context,
            fd=listener.fileno(),
        )

    def start(self) -> None:
        """Begin to answer, in a thread."""
        self._thread.start()

    def close(self) -> None:
        """End the thread and give the port back."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _machines_only(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        if environ["PATH_INFO"].startswith("/api/"):
            return self._app(environ, start_response)
        start_response("404 Not Found", [("Content-Type", "text/plain")])
        return [b"Machines alone are answered here.\n"]


def stand(app: "WSGIApplication", port: int, certificate: Path, authority: Path) -> None:
    """Begin to answer in a thread, as soon as there is a certificate and the port is free."""

    def begin() -> None:
        over = threading.Event()
        while not over.is_set():
            try:
                Front(app, port, certificate, authority).start()
            except OSError:
                over.wait(_PAUSE_S)
            else:
                over.set()

    threading.Thread(target=begin, name="front-begin", daemon=True).start()
