"""The web's end of the live picture: asks the recorder for the latest, and holds none."""

import json
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from vigbox.errors import VigboxError
from vigbox.model import NS
from vigbox.web.recorder_link import RecorderGoneError, RecorderLink

_TIMEOUT_S: Final = 4.0
_RENEW_NS: Final = 4 * NS
_LARGEST_BYTES: Final = 1 << 20


class NoPictureError(VigboxError):
    """There is no live picture just now; the text is the recorder's."""


@dataclass(frozen=True, slots=True)
class LivePicture:
    """A small JPEG and what the recorder told of it."""

    jpeg: bytes
    number: int
    peak_dbfs: float
    is_black: bool


class LiveView:
    """One view for all open pages. A grant lasts 10 s: each is asked for by an unlocked page."""

    def __init__(self, path: Path, recorder: RecorderLink) -> None:
        self._path = path
        self._recorder = recorder
        self._lock = threading.Lock()
        self._view = ""
        self._granted_ns = 0

    def picture(self, after: int, grant: Callable[[], dict[str, Any]]) -> LivePicture:
        """Give the picture that follows number ``after``; ``grant`` asks for 10 s more.

        Raises :class:`NoPictureError`, RecorderGoneError, RecorderRefusedError, LockedError.
        """
        self._renew(grant)
        told, jpeg = self._ask(after)
        if "error" in told:
            with self._lock:
                self._granted_ns = 0 if told["error"] != "No picture yet." else self._granted_ns
            raise NoPictureError(str(told["error"]))
        return LivePicture(
            jpeg, int(told["number"]), float(told["peak_dbfs"]), bool(told["is_black"])
        )

    def end(self) -> None:
        """Look no longer; does nothing when nobody looks. Never raises."""
        with self._lock:
            view, self._view, self._granted_ns = self._view, "", 0
        if view:
            try:
                self._recorder.ask(do="preview_end", view=view)
            except VigboxError:
                return  # it ends by itself within 10 s

    def _renew(self, grant: Callable[[], dict[str, Any]]) -> None:
        with self._lock:
            now_ns = time.monotonic_ns()
            if self._granted_ns and now_ns - self._granted_ns < _RENEW_NS:
                return
            self._view = str(grant()["view"])
            self._granted_ns = now_ns

    def _ask(self, after: int) -> tuple[dict[str, Any], bytes]:
        line = json.dumps({"view": self._view, "after": after}).encode() + b"\n"
        try:
            with socket.socket(socket.AF_UNIX) as link:
                link.settimeout(_TIMEOUT_S)
                link.connect(str(self._path))
                link.sendall(line)
                with link.makefile("rb") as answer:
                    return json.loads(answer.readline(1024)), answer.read(_LARGEST_BYTES)
        except (OSError, ValueError) as error:
            raise RecorderGoneError(
                "the recorder does not answer. It starts again by itself; wait a few seconds."
            ) from error
