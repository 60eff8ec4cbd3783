"""The web's end of the recorder's control socket."""

import json
import socket
from pathlib import Path
from typing import Any, Final

from vigbox.casework.cases import Turn, granted
from vigbox.errors import VigboxError
from vigbox.seal.signing import SigningKey

_TIMEOUT_S: Final = 10.0


class RecorderGoneError(VigboxError):
    """The recorder does not answer."""


class RecorderRefusedError(VigboxError):
    """The recorder answered no; the text is its own."""


class RecorderLink:
    """Asks the recorder, one command a connection."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def ask(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401  # JSON values
        """Send a command and give the answer.

        Raises :class:`RecorderGoneError`, :class:`RecorderRefusedError`.
        """
        try:
            answer = self._exchange(json.dumps(request).encode() + b"\n")
        except (OSError, ValueError) as error:
            raise RecorderGoneError(
                "the recorder does not answer. It starts again by itself; wait a few seconds."
            ) from error
        if "error" in answer:
            raise RecorderRefusedError(str(answer["error"]))
        return answer

    def is_recording(self) -> bool:
        """Tell whether a film is being made. A recorder that does not answer makes none."""
        try:
            return bool(self.ask(do="status").get("recording"))
        except VigboxError:
            return False

    def nonce(self) -> str:
        """Get a nonce to sign a grant over."""
        return str(self.ask(do="nonce")["nonce"])

    def turn(self, statement: str) -> Turn:
        """Get what the next ``arming`` or ``unarmed`` statement is signed over."""
        told = self.ask(do="nonce")
        # a recorder of the version before, in mid-film, does not tell it
        return Turn(str(told["nonce"]), int(told.get("newest", {}).get(statement, 0)))

    def granted(self, command: str, key: SigningKey, **facts: Any) -> dict[str, Any]:  # noqa: ANN401
        """Send a command that needs a grant."""
        return self.ask(**granted(command, self.nonce(), key, **facts))

    def _exchange(self, line: bytes) -> dict[str, Any]:
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(_TIMEOUT_S)
            link.connect(str(self._path))
            link.sendall(line)
            with link.makefile("rb") as file:
                answer: dict[str, Any] = json.loads(file.readline())
                return answer
