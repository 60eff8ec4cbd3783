"""The second way out of a box: whole exports, sealed as they are, to a service's own storage.

``MACHINE/EXPORT/`` holds the parts and, put there last, the signed manifest: what has a manifest
is whole. Names are random, so that boxes never meet; nothing that is whole is ever written again.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from vigbox.delivery.manifest import MANIFEST
from vigbox.delivery.outbox import Export
from vigbox.delivery.remote import NotThereError, Remote, RemoteError


class ChangedThereError(RemoteError):
    """What lies on the storage is not what the box put there."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One export is on the storage; ``is_read_back``: its hashes were checked there, else sizes."""

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
        begun = self._begun_bytes(manifest, export.signed)
        is_read_back = True
        for part in export.manifest.parts:
            name = f"{folder}/{part.name}"
            # a manifest is begun when all parts are whole, and they are never written again; before
            # that, what was cut is ours to send anew
            self._put(export.part_path(part.name), name, keep=begun is not None)
            is_read_back &= self._check(name, part.sha256, part.size_bytes)
        self._put(export.folder / MANIFEST, manifest, keep=begun == len(export.signed))
        is_read_back &= self._check(manifest, _sha256(export.signed), len(export.signed))
        return Sent(export.manifest.export_id, is_read_back)

    def _begun_bytes(self, name: str, signed: bytes) -> int | None:
        """Tell how much of the manifest is there; None without one, an error for another."""
        try:
            size_bytes = self.remote.size(name)
        except NotThereError:
            return None
        try:
            found = self.remote.small(name, len(signed))
        except RemoteError:
            found = signed[:size_bytes]  # an account that may not read is told the size alone
        if size_bytes > len(signed) or not signed.startswith(found):
            raise self._changed(name)
        return len(found)

    def _put(self, file: Path, name: str, *, keep: bool) -> None:
        """Put a file there; an account that may not write a cut one anew is an error of its own."""
        try:
            self.remote.put(file, name, keep=keep)
        except RemoteError as error:
            if keep or not self._is_cut(name, file.stat().st_size):
                raise
            raise ChangedThereError(
                f"{name} on {self.remote.where} is cut short and could not be written anew "
                f"({error}). If the box's account may not change what is there, erase that file "
                "there; the box then sends it again."
            ) from error

    def _is_cut(self, name: str, size_bytes: int) -> bool:
        try:
            return self.remote.size(name) < size_bytes
        except RemoteError:
            return False

    def _check(self, name: str, sha256: str, size_bytes: int) -> bool:
        """Read a file back; False for an account that may not read, which is told its size."""
        try:
            is_ours, is_read = self.remote.sha256(name) == sha256, True
        except NotThereError:
            raise
        except RemoteError:
            is_ours, is_read = self.remote.size(name) == size_bytes, False
        if not is_ours:
            raise self._changed(name)
        return is_read

    def _changed(self, name: str) -> ChangedThereError:
        return ChangedThereError(
            f"{name} on {self.remote.where} is not what the box put there; it was left as it is. "
            "Find out who wrote it, and make the export again."
        )


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
