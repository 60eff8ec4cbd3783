"""The panel's twin: gpiozero on its simulated pins, pressed and watched through a socket.

The demonstration draws the box on a page; that page's button is this pin. A request
is one JSON line, ``{"is_down": true}`` or ``{}``; the answer gives the pin as it is.
"""

import contextlib
import json
import socket
import socketserver
import threading
from pathlib import Path
from typing import Any, Final

from gpiozero.pins.mock import MockFactory, MockPWMPin

from vigbox.devices.panel import BUTTON_PIN, Panel

_TIMEOUT_S: Final = 2.0


class DrawnPanel(Panel):
    """A panel on simulated pins that other programs may press; see :class:`Hand`."""

    def __init__(self, path: Path) -> None:
        self._factory = MockFactory(pin_class=MockPWMPin)
        super().__init__(self._factory)
        path.unlink(missing_ok=True)
        self._server = _Server(str(path), _Request)
        self._server.panel = self
        threading.Thread(target=self._server.serve_forever, name="drawn-panel", daemon=True).start()

    def press(self, *, is_down: bool) -> None:
        """Move the button, as a finger does."""
        pin = self._factory.pin(BUTTON_PIN)
        if is_down:
            pin.drive_low()
        else:
            pin.drive_high()

    def pins(self) -> dict[str, Any]:
        """Tell whether the button is down."""
        return {"is_down": not self._factory.pin(BUTTON_PIN).state}

    def close(self) -> None:
        """Stop answering and give the pin back."""
        self._server.shutdown()
        self._server.server_close()
        super().close()


class Hand:
    """The other end: presses the drawn button and looks at it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def press(self, *, is_down: bool) -> dict[str, Any]:
        """Press or let go; gives the pins."""
        return self._ask({"is_down": is_down})

    def look(self) -> dict[str, Any]:
        """Give the pin; one of a recorder that is not there is up."""
        return self._ask({})

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        with contextlib.suppress(OSError, ValueError), socket.socket(socket.AF_UNIX) as link:
            link.settimeout(_TIMEOUT_S)
            link.connect(str(self._path))
            link.sendall(json.dumps(request).encode() + b"\n")
            with link.makefile("rb") as answer:
                pins: dict[str, Any] = json.loads(answer.readline())
                return pins
        return {"is_down": False, "is_gone": True}


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    panel: DrawnPanel


class _Request(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        request = json.loads(self.rfile.readline(1024))
        if isinstance(request.get("is_down"), bool):
            self.server.panel.press(is_down=request["is_down"])
        self.wfile.write(json.dumps(self.server.panel.pins()).encode() + b"\n")
