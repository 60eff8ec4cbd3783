"""The second way out of a box: whole exports, sealed as they are, to a service's own storage.

``MACHINE/EXPORT/`` holds the parts and, put there last, the signed manifest: what has a manifest
is whole. Names are random, so that boxes never meet; nothing that is there is ever written again.
"""

import hashlib
from dataclasses import dataclass

from vigbox.delivery.manifest import MANIFEST
from vigbox.delivery.outbox import Export
from vigbox.delivery.remote import NotThereError, Remote, RemoteError


class ChangedThereError(RemoteError):
    """What lies on the storage is not what the box put there."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One export is on the storage; ``is_read_back``: its hashes were checked there."""

    export_id: str
    is_read_back: bool


class Outlet:
    """Sends exports to a remote; any number of boxes may send to the same."""

    def __init__(self, remote: Remote) -> None:
        self.remote = remote

    def send(self, export: Export) -> Sent:
        """Put a whole export there and check every hash; again, it only does what is missing.

        Raises RemoteError, :class:`ChangedThereError`, NoRcloneError.
        """
        folder = f"{export.manifest.machine_id}/{export.manifest.export_id}"
        manifest = f"{folder}/{MANIFEST}"
        is_whole = self._is_there(manifest)
        is_read_back = True
        for part in export.manifest.parts:
            name = f"{folder}/{part.name}"
            # whole once, it is never written again; before that, what was cut is ours to send anew
            self.remote.put(export.part_path(part.name), name, keep=is_whole)
            is_read_back &= self._check(name, part.sha256)
        self.remote.put(export.folder / MANIFEST, manifest, keep=True)
        is_read_back &= self._check(manifest, _sha256(export.signed))
        return Sent(export.manifest.export_id, is_read_back)

    def _is_there(self, name: str) -> bool:
        try:
            self.remote.sha256(name)
        except NotThereError:
            return False
        except RemoteError:
            return False  # an account that may not read: sent again, the same bytes lie there
        return True

    def _check(self, name: str, sha256: str) -> bool:
        """Read a file back; False for an account that may write and not read."""
        try:
            found = self.remote.sha256(name)
        except NotThereError:
            raise
        except RemoteError:
            return False
        if found != sha256:
            raise ChangedThereError(
                f"{name} on {self.remote.where} is not what the box put there; it was left as it "
                "is. Find out who wrote it, and make the export again."
            )
        return True


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
