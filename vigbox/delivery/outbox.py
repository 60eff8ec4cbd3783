"""The exports that wait on the box: ``exports/<export id>/`` with a signed manifest and parts.

A folder under an export's id is whole; one still being made, or being erased, ends in ``.tmp``.
"""

import json
import shutil
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vigbox.delivery.begun import SealedPart
from vigbox.delivery.draft import BEGUN, Draft
from vigbox.delivery.machines import Machine, MachineError
from vigbox.delivery.manifest import (
    MANIFEST,
    ExportManifest,
    ManifestError,
    Part,
    is_id,
    parse_own,
)
from vigbox.errors import VigboxError
from vigbox.model import now_at
from vigbox.store import durable

VERIFIED: Final = "verified.json"
SENT: Final = "sent.json"
SENDING: Final = "sending.json"
BROWSER: Final = "0" * 32
"""Stands for the browser where a manifest names a machine; no machine is ever given it."""


class NoSuchExportError(VigboxError):
    """No such export, or no such part of it, waits for this machine."""


@dataclass(frozen=True, slots=True)
class Export:
    """One whole export; ``signed`` is its signed manifest, byte for byte."""

    folder: Path
    manifest: ExportManifest
    signed: bytes
    is_verified: bool

    def part(self, name: str) -> Part:
        """Find a part. Raises :class:`NoSuchExportError`."""
        part = self.manifest.part(name)
        if part is None:
            raise _none_such()
        return part

    def part_path(self, name: str) -> Path:
        """Give a part's file. Raises :class:`NoSuchExportError`."""
        return self.folder / self.part(name).name


class Outbox:
    """A folder of exports. Threads may share it."""

    def __init__(self, folder: Path, now: Callable[[], str] = now_at) -> None:
        self._folder = folder
        self._now = now

    def begin(
        self, export_id: str, machine: Machine, begun: Sequence[SealedPart] | None = None
    ) -> Draft:
        """Start an export for a machine: a context that leaves nothing unless it commits.

        With what was ``begun``, also when that is nothing, it goes on with the parts of an earlier
        draft that are still whole, and can be gone on with itself (:meth:`Draft.leave`).
        Raises :class:`NoSuchExportError` for a bad id, MachineError for a revoked machine,
        OSError (also when the id is taken).
        """
        if machine.is_revoked:
            raise MachineError(f"{machine.name} is no longer paired; choose another machine")
        return Draft(self._path(export_id), machine, self._now, begun)

    def for_machine(self, machine_id: str) -> list[Export]:
        """Give a machine's exports, oldest first; what cannot be read is passed over."""
        found = [each for each in self._all() if each.manifest.machine_id == machine_id]
        return sorted(found, key=lambda each: (each.manifest.created_at, each.manifest.export_id))

    def get(self, export_id: str, machine_id: str) -> Export:
        """Find a machine's export. Raises :class:`NoSuchExportError`."""
        try:
            export = self._read(self._path(export_id))
        except (OSError, ManifestError):
            raise _none_such() from None
        if export.manifest.machine_id != machine_id:
            raise _none_such()
        return export

    def part_path(self, export_id: str, name: str, machine_id: str) -> Path:
        """Give a part's file. Raises :class:`NoSuchExportError`."""
        return self.get(export_id, machine_id).part_path(name)

    def note_verified(self, export_id: str, machine_id: str) -> None:
        """Keep durably that the machine has verified all of it; the first time counts.

        Raises :class:`NoSuchExportError`, OSError.
        """
        if self.get(export_id, machine_id).is_verified:
            return
        facts = {"machine_id": machine_id, "verified_at": self._now()}
        durable.save(self._path(export_id) / VERIFIED, json.dumps(facts).encode())

    def is_verified(self, export_id: str) -> bool:
        """Tell whether its machine has verified an export; no when there is none such."""
        return (self._path(export_id) / VERIFIED).exists()

    def has(self, export_id: str) -> bool:
        """Tell whether an export is here, whole, for whomever it is."""
        return self._path(export_id).exists()

    def is_coming(self, export_id: str) -> bool:
        """Tell whether an export is here, or is being made at this moment."""
        path = self._path(export_id)
        # in this order: it is renamed from the one to the other
        return path.with_name(path.name + durable.TEMPORARY).exists() or path.exists()

    def ids(self) -> set[str]:
        """Give the ids of all exports that are here, whole or not to be read."""
        return {each.name for each in self._folder.glob("*") if is_id(each.name)}

    def verified(self) -> list[str]:
        """Give the ids of exports that are still here and that their machines have verified."""
        return [each for each in self.ids() if self.is_verified(each)]

    def note_sent(self, export_id: str, *, is_read_back: bool) -> None:
        """Keep durably that an export lies on the service's storage, and whether it was read back.

        Raises :class:`NoSuchExportError`, OSError.
        """
        self._note(export_id, SENT, {"is_read_back": is_read_back, "sent_at": self._now()})

    def note_sending(self, export_id: str) -> None:
        """Keep durably that from now on bytes of an export may be on the service's storage.

        Raises :class:`NoSuchExportError`, OSError.
        """
        self._note(export_id, SENDING, {"sending_at": self._now()})

    def is_sent(self, export_id: str) -> bool:
        """Tell whether bytes of an export may be on the service's storage; no without an export."""
        return any((self._path(export_id) / each).exists() for each in (SENT, SENDING))

    def unsent(self, revoked: Collection[str] = ()) -> list[Export]:
        """Give the exports for machines that are not wholly on the storage yet, oldest first.

        None for machines that were ``revoked``, by their ids.
        """
        found = [
            each
            for each in self._all()
            if each.manifest.machine_id not in {BROWSER, *revoked}
            and not (each.folder / SENT).exists()
        ]
        return sorted(found, key=lambda each: (each.manifest.created_at, each.manifest.export_id))

    def _note(self, export_id: str, name: str, facts: dict[str, object]) -> None:
        if not self._path(export_id).exists():
            raise _none_such()
        try:
            durable.save(self._path(export_id) / name, json.dumps(facts).encode())
        except FileNotFoundError:
            raise _none_such() from None

    def erase(self, export_id: str) -> None:
        """Take an export away, at once and durably, also one that is still being made.

        Whoever makes it finds that it cannot be committed. Raises :class:`NoSuchExportError`,
        OSError.
        """
        path = self._path(export_id)
        found = [
            each
            for each in (path, path.with_name(path.name + durable.TEMPORARY))
            if self._take_away(each)
        ]
        if not found:
            raise _none_such()

    def _take_away(self, path: Path) -> bool:
        leaving = path.with_name(f"{path.name}.gone{durable.TEMPORARY}")
        try:
            path.rename(leaving)
        except FileNotFoundError:
            return False
        durable.sync_folder(self._folder)
        shutil.rmtree(leaving)
        return True

    def clear_unfinished(self) -> None:
        """Remove what a cut left of drafts and erasures; for the start, before any draft.

        Drafts that can be gone on with stay: see :meth:`begun`.
        """
        kept = set(self.begun())
        for path in self._folder.glob("*" + durable.TEMPORARY):
            if path.name.removesuffix(durable.TEMPORARY) not in kept:
                shutil.rmtree(path)

    def begun(self) -> list[str]:
        """Give the ids of exports that are being made, or can be gone on with."""
        found = (each.parent.name for each in self._folder.glob(f"*{durable.TEMPORARY}/{BEGUN}"))
        ids = (each.removesuffix(durable.TEMPORARY) for each in found)
        return [each for each in ids if is_id(each)]

    def _all(self) -> Iterator[Export]:
        for path in self._folder.glob("*"):
            if is_id(path.name):
                try:
                    yield self._read(path)
                except (OSError, ManifestError):
                    continue

    def _read(self, path: Path) -> Export:
        signed = (path / MANIFEST).read_bytes()
        manifest = parse_own(signed)
        if manifest.export_id != path.name:
            raise ManifestError(f"{path} holds the manifest of another export")
        return Export(path, manifest, signed, is_verified=(path / VERIFIED).exists())

    def _path(self, export_id: str) -> Path:
        if not is_id(export_id):
            raise _none_such()
        return self._folder / export_id


def _none_such() -> NoSuchExportError:
    return NoSuchExportError("no such export waits for this machine; list the exports again")
