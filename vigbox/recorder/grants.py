"""What only an unlocked web may ask: grants signed by the arming key.

A grant names one command and its facts over a nonce that the recorder gave out at most
10 minutes ago and takes once. A locked or broken-into web has no arming key, so it can neither
look into a home nor send films to a stranger.
"""

import secrets
import threading
import time
from collections.abc import Callable
from typing import Any, Final

from vigbox.model import NS
from vigbox.seal.signing import VerifyKey
from vigbox.store.statements import StatementError, signed_facts

LIFETIME_NS: Final = 600 * NS
_MOST_NONCES: Final = 64


class GrantError(StatementError):
    """A command was not granted; nothing was done."""


class Grants:
    """Gives out nonces and checks what comes back signed."""

    def __init__(self, key: VerifyKey, monotonic_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self._key = key
        self._monotonic_ns = monotonic_ns
        self._nonces: dict[str, int] = {}
        self._lock = threading.Lock()

    def nonce(self) -> str:
        """Give a fresh nonce; of more than 64 the oldest is forgotten."""
        with self._lock:
            while len(self._nonces) >= _MOST_NONCES:
                del self._nonces[next(iter(self._nonces))]
            nonce = secrets.token_hex(16)
            self._nonces[nonce] = self._monotonic_ns()
            return nonce

    def check(self, command: str, request: dict[str, Any]) -> dict[str, Any]:
        """Give the facts of a granted command.

        ``request`` holds ``grant`` (JSON text) and ``signature`` (base64). Raises
        :class:`GrantError` when the command or the nonce is not right, its base when the
        signature is not.
        """
        facts = signed_facts(request, self._key)
        if facts.get("do") != command:
            raise GrantError(f"cannot {command}: the grant is for another command")
        with self._lock:
            born_ns = self._nonces.pop(str(facts.get("nonce")), None)
        if born_ns is None or self._monotonic_ns() - born_ns > LIFETIME_NS:
            raise GrantError(f"cannot {command}: the grant has expired. Ask again from the page.")
        return facts
