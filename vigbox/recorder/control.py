"""The control socket: one JSON line in, one JSON line out.

``status``, ``nonce``, ``mark``, ``pause``, ``resume``, ``stop``, ``await_hold`` and ``preview_end``
are free to whoever may open the socket; ``arm``, ``disarm``, ``unarmed``, ``start``, ``preview``,
``clock``, ``finish``, ``file`` and ``erase`` need a grant (see ``grants``). ``preview`` gives the
word to ask the live picture with.
Only this user and root are heard, by the kernel's word (SO_PEERCRED) and not by theirs.
"""

import json
import logging
import os
import socket
import socketserver
import struct
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from vigbox.errors import VigboxError
from vigbox.recorder.box import Box
from vigbox.recorder.grants import Grants
from vigbox.recorder.listener import Listener, line_from

_log = logging.getLogger(__name__)

_LONGEST_LINE: Final = 65_536
_TIMEOUT_S: Final = 10.0
_MOST_ASKERS: Final = 40
"""The web's 24 threads and what works beside them, an update and a terminal, all at one time."""


class Control:
    """Serves the box's commands on a Unix socket until closed."""

    def __init__(self, path: Path, box: Box, grants: Grants, allowed_users: set[int]) -> None:
        path.unlink(missing_ok=True)
        self._server = _Server(str(path), _Request, _MOST_ASKERS)
        path.chmod(0o660)
        self._server.control = self
        self._box = box
        self._grants = grants
        self._granted: dict[str, Callable[[dict[str, Any]], None]] = {
            "arm": box.granted.arm,
            "disarm": box.granted.disarm,
            "unarmed": box.granted.say_unarmed,
            "file": box.granted.file,
            "clock": box.granted.tell_time,
            "finish": box.granted.finish,
            "erase": box.granted.erase,
        }
        self._allowed = allowed_users | {0, os.geteuid()}
        thread = threading.Thread(target=self._server.serve_forever, name="control", daemon=True)
        thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    def is_allowed(self, link: socket.socket) -> bool:
        """Tell whether the program at the other end runs as a user that is heard."""
        size = struct.calcsize("3i")
        _, user, _ = struct.unpack(
            "3i", link.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
        )
        return user in self._allowed

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Carry out one command. Raises VigboxError or OSError."""
        match request.get("do"):
            case "status":
                return self._box.status()
            case "nonce":
                return {"nonce": self._grants.nonce(), "newest": self._box.granted.newest()}
            case "await_hold":
                return {"holds": self._box.await_hold()}
            case "start":
                self._grants.check("start", request)
                self._box.ask("start")
            case "mark" | "pause" | "resume" | "stop" as what:
                self._box.ask(what)
            case "preview" | "preview_end" as what:
                return self._look(what, request)
            case "arm" | "disarm" | "unarmed" | "file" | "clock" | "finish" | "erase" as what:
                self._granted[what](request)
            case other:
                return {"error": f"there is no command {other!r}"}
        return {"done": True}

    def _look(self, what: str, request: dict[str, Any]) -> dict[str, Any]:
        if what == "preview":
            self._grants.check("preview", request)
            return {"view": self._box.viewfinder.open_view()}
        self._box.viewfinder.close_view(str(request.get("view")))
        return {"done": True}


class _Server(Listener):
    control: Control


class _Request(socketserver.StreamRequestHandler):
    timeout = _TIMEOUT_S
    server: _Server

    def handle(self) -> None:
        try:
            self._hear()
        except OSError as error:
            _log.info("whoever asked the recorder went, or was too slow: %r", error)

    def _hear(self) -> None:
        if self.server.control.is_allowed(self.connection):
            answer = self._answer(line_from(self.connection, _LONGEST_LINE, _TIMEOUT_S))
        else:
            answer = {"error": "this program may not talk to the recorder"}
        self.wfile.write(json.dumps(answer).encode() + b"\n")

    def _answer(self, line: bytes) -> dict[str, Any]:
        try:
            request = json.loads(line)
            if not isinstance(request, dict):
                return {"error": "a request must be a JSON object on one line"}
            return self.server.control.answer(request)
        except VigboxError as error:
            return {"error": str(error)}
        except OSError as error:
            _log.exception("a command failed")
            return {"error": f"the card failed: {error.strerror}. Try again."}
        except (ValueError, KeyError, TypeError, RecursionError):
            return {"error": "the request cannot be read"}
