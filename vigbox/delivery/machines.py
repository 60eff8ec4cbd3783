"""The practitioners' machines that are paired with this box.

One JSON file. It holds the SHA-256 of each one's certificate: a copied card lets nobody in.
"""

import json
import threading
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from vigbox.delivery.certificates import fingerprint
from vigbox.errors import VigboxError
from vigbox.model import new_id, now_at
from vigbox.seal.recipients import X25519Recipient
from vigbox.store import durable

_LONGEST_NAME: Final = 80


class MachineError(VigboxError):
    """A machine cannot be paired or found; the text says why."""


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine; exports for it are sealed to ``recipient``, an age recipient's text."""

    id: str
    name: str
    recipient: str
    certificate_sha256: str
    paired_at: str
    revoked_at: str | None = None

    @property
    def is_revoked(self) -> bool:
        """Whether its certificate is refused."""
        return self.revoked_at is not None


class Machines:
    """The list in one file, which need not exist yet. Threads may share it, processes may not."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    def add(self, name: str, recipient: str, issue: Callable[[str], str]) -> tuple[Machine, str]:
        """Pair a machine; gives it and its certificate, which ``issue(machine_id)`` makes, as PEM.

        Raises :class:`MachineError` for a bad name, a SealError for a bad recipient, OSError.
        """
        if not 0 < len(name) <= _LONGEST_NAME or not name.isprintable():
            raise MachineError(
                f"a machine's name must be 1 to {_LONGEST_NAME} printable characters"
            )
        X25519Recipient.parse(recipient)
        machine_id = new_id()
        certificate = issue(machine_id)
        machine = Machine(machine_id, name, recipient, fingerprint(certificate), now_at())
        with self._lock:
            self._save([*self._load(), machine])
        return machine, certificate

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

    def by_certificate(self, sha256: str) -> Machine | None:
        """Find the machine whose certificate has this hash; none when unknown or revoked."""
        for each in self.listed():
            if each.certificate_sha256 == sha256 and not each.is_revoked:
                return each
        return None

    def revoked(self) -> set[str]:
        """Give the ids of the machines that are refused. Raises :class:`MachineError`, OSError."""
        return {each.id for each in self.listed() if each.is_revoked}

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
