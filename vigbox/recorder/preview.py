"""The socket of the live picture: asked once for each, answered with the latest.

A request is one JSON line, ``{"view": WORD, "after": NUMBER}``; the answer is one JSON line, then
the picture. Nothing is sent unasked, so that whoever reads slowly gets fewer pictures and nothing
piles up; one that does not read at all is left after 2 s. The film knows nothing of any of it.
"""

import json
import logging
import socket
import socketserver
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from vigbox.recorder.listener import Listener, line_from
from vigbox.recorder.viewfinder import NoViewError, Viewfinder

_log = logging.getLogger(__name__)

SOCKET: Final = "preview.sock"
_LONGEST_LINE: Final = 256
_TIMEOUT_S: Final = 2.0
_MOST_READERS: Final = 8


class Preview:
    """Serves the live picture until closed."""

    def __init__(
        self, path: Path, viewfinder: Viewfinder, is_allowed: Callable[[socket.socket], bool]
    ) -> None:
        path.unlink(missing_ok=True)
        self._server = _Server(str(path), _Request, _MOST_READERS)
        path.chmod(0o660)
        self._server.viewfinder = viewfinder
        self._server.is_allowed = is_allowed
        threading.Thread(target=self._server.serve_forever, name="preview", daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


class _Server(Listener):
    viewfinder: Viewfinder
    is_allowed: Callable[[socket.socket], bool]


class _Request(socketserver.StreamRequestHandler):
    timeout = _TIMEOUT_S
    server: _Server

    def handle(self) -> None:
        try:
            if self.server.is_allowed(self.connection):
                self._answer()
        except OSError as error:
            _log.info("a reader of the live picture went: %s", error)

    def _answer(self) -> None:
        try:
            request = json.loads(line_from(self.connection, _LONGEST_LINE, _TIMEOUT_S))
            view, after = str(request["view"]), int(request["after"])
            glimpse = self.server.viewfinder.next(view, after, _TIMEOUT_S / 2)
        except NoViewError as error:
            self._say({"error": str(error)})
        except (ValueError, KeyError, TypeError, RecursionError):
            self._say({"error": "the request cannot be read"})
        else:
            level = glimpse.level
            self._say(
                {
                    "number": glimpse.number,
                    "bytes": len(glimpse.jpeg),
                    "peak_dbfs": round(level.peak_dbfs, 1),
                    "rms_dbfs": round(level.rms_dbfs, 1),
                    "is_black": glimpse.is_black,
                }
            )
            self.wfile.write(glimpse.jpeg)

    def _say(self, facts: dict[str, object]) -> None:
        self.wfile.write(json.dumps(facts).encode() + b"\n")
