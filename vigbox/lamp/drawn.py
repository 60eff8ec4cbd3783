"""The lamp of the demonstration: the same lights on simulated pins, to be looked at.

Looking is a connection to a socket, never a file: a lamp that is gone is dark, not as it was.
"""

import contextlib
import json
import socket
import socketserver
import threading
from pathlib import Path
from typing import Final

from gpiozero.pins.mock import MockFactory, MockPWMPin

from vigbox.devices.lights import Lights

PINS: Final = "lamp-pins.sock"
"""The name of the drawn lamp's socket in the run folder."""

_TIMEOUT_S: Final = 1.0
_POLL_S: Final = 0.1
_DARK: Final = (0.0, 0.0, 0.0)


class DrawnLights(Lights):
    """Lights on simulated pins; with a path, others may look at them: see :func:`look`."""

    def __init__(self, path: Path | None = None, *, is_two: bool = False) -> None:
        super().__init__(MockFactory(pin_class=MockPWMPin), is_two=is_two)
        self._server: _Server | None = None
        if path is not None:
            path.unlink(missing_ok=True)
            self._server = _Server(str(path), _Request)
            self._server.lights = self
            threading.Thread(
                target=self._server.serve_forever, args=(_POLL_S,), name="pins", daemon=True
            ).start()

    def close(self) -> None:
        """Stop answering, go dark and give the pins back."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
        super().close()


def look(path: Path) -> list[float]:
    """Give the drawn lamp's red, green and blue, 0 to 1; dark when there is none."""
    with contextlib.suppress(OSError, ValueError), socket.socket(socket.AF_UNIX) as link:
        link.settimeout(_TIMEOUT_S)
        link.connect(str(path))
        with link.makefile("rb") as answer:
            levels: list[float] = json.loads(answer.readline(256))
            return levels
    return list(_DARK)


class _Server(socketserver.UnixStreamServer):
    lights: DrawnLights


class _Request(socketserver.StreamRequestHandler):
    timeout = _TIMEOUT_S
    server: _Server

    def handle(self) -> None:
        levels = [*self.server.lights.levels, *_DARK][:3]
        self.wfile.write(json.dumps(levels).encode() + b"\n")
