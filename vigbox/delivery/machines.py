"""The practitioners' machines that are paired with this box.

One JSON file. It holds each token's SHA-256 and never the token: a copied card lets nobody in.
"""

import hashlib
import hmac
import json
import secrets
import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from vigbox.errors import VigboxError
from vigbox.model import new_id, now_at
from vigbox.seal.recipients import X25519Recipient
from vigbox.store import durable

_TOKEN_BYTES: Final = 32
_LONGEST_NAME: Final = 80


class MachineError(VigboxError):
    """A machine cannot be paired or found; the text says why."""


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine; exports for it are sealed to ``recipient``, an age recipient's text."""

    id: str
    name: str
    recipient: str
    token_sha256: str
    paired_at: str
    revoked_at: str | None = None

    @property
    def is_revoked(self) -> bool:
        """Whether its token is refused."""
        return self.revoked_at is not None


class Machines:
    """The list in one file, which need not exist yet. Threads may share it, processes may not."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    def add(self, name: str, recipient: str) -> tuple[Machine, str]:
        """Pair a machine; gives it and its token, which is kept nowhere on the box.

        Raises :class:`MachineError` for a bad name, a SealError for a bad recipient, OSError.
        """
        if not 0 < len(name) <= _LONGEST_NAME or not name.isprintable():
            raise MachineError(
                f"a machine's name must be 1 to {_LONGEST_NAME} printable characters"
            )
        X25519Recipient.parse(recipient)
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        machine = Machine(new_id(), name, recipient, _hash(token), now_at())
        with self._lock:
            self._save([*self._load(), machine])
        return machine, token

    def listed(self) -> list[Machine]:
        """Give all machines, revoked ones too, in the order they were paired."""
        with self._lock:
            return self._load()

    def get(self, machine_id: str) -> Machine:
        """Find a machine. Raises :class:`MachineError`."""
        for each in self.listed():
            if each.id == machine_id:
                return each
        raise MachineError(f"no machine {machine_id!r:.40} is paired with this box")

    def by_token(self, token: str) -> Machine | None:
        """Find the machine that shows this token; none when it is unknown or revoked.

        Every token is compared, each in constant time.
        """
        shown = _hash(token)
        found = None
        for each in self.listed():
            if hmac.compare_digest(each.token_sha256, shown) and not each.is_revoked:
                found = each
        return found

    def revoke(self, machine_id: str) -> None:
        """Refuse a machine from now on; it stays listed. Raises :class:`MachineError`, OSError."""
        machine = self.get(machine_id)
        revoked = replace(machine, revoked_at=machine.revoked_at or now_at())
        with self._lock:
            self._save(revoked if each.id == machine_id else each for each in self._load())

    def _load(self) -> list[Machine]:
        try:
            return [Machine(**each) for each in json.loads(self._path.read_bytes())]
        except FileNotFoundError:
            return []
        except (ValueError, TypeError) as error:
            raise MachineError(
                f"the list of paired machines {self._path} is damaged: {error}. "
                "Remove it and pair the machines again."
            ) from error

    def _save(self, machines: Iterable[Machine]) -> None:
        text = json.dumps([asdict(each) for each in machines], indent=1) + "\n"
        durable.save(self._path, text.encode())


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
