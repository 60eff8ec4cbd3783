"""Manifests that were read and verified before, so that a long list is shown at once.

A list is looked at again as soon as its folder changed: a manifest that is saved anew is a new
file. One that was written over in its place shows when it is read by itself, which every page of a
recording does: whoever writes to the card cannot set a file's ``ctime``.
"""

import os
import threading
import time
from pathlib import Path
from typing import Final

from vigbox.seal.signing import VerifyKey
from vigbox.store import manifests
from vigbox.store.identity import PublicBox
from vigbox.store.layout import Layout
from vigbox.store.manifests import Manifest, ManifestError

_Stamp = tuple[int, int, int, int]
_SUFFIX: Final = ".json"
_TICK_NS: Final = 1_000_000_000
"""Far more than the step in which file systems count time."""


class KnownManifests:
    """Every manifest of this box's recorder; any thread may ask."""

    def __init__(self, layout: Layout, key: VerifyKey) -> None:
        self._folder = layout.recordings
        self._key = key
        self._known: dict[str, tuple[_Stamp, Manifest | None]] = {}
        self._listed: tuple[_Stamp | None, list[Manifest]] = (None, [])
        self._lock = threading.Lock()

    def listed(self) -> list[Manifest]:
        """Give every readable manifest, oldest first by the start it names. Raises OSError.

        As :func:`vigbox.store.manifests.listed`, with what did not change from memory.
        """
        with self._lock:
            folder = _settled(self._folder)
            stamp, listed = self._listed
            if folder is None or folder != stamp:
                self._known = {name: self._look(name, stamp) for name, stamp in self._stamps()}
                found = (manifest for _, manifest in self._known.values() if manifest)
                listed = sorted(found, key=lambda each: (each.started_at, each.recording))
                self._listed = (folder, listed)
            return list(listed)

    def path(self, recording: str) -> str:
        """Give where a recording's manifest lies, as text: a film asks for it all the time."""
        return f"{self._folder}/{recording}{_SUFFIX}"

    def read(self, recording: str) -> Manifest:
        """Read one manifest, from memory if it did not change. Raises ManifestError, OSError."""
        name = self.path(recording)
        stamp = _stamp(name)
        with self._lock:
            known = self._known.get(name)
        if known is not None and known[0] == stamp and known[1] is not None:
            return known[1]
        manifest = manifests.read(Path(name), self._key)
        if stamp is not None:
            with self._lock:
                self._known[name] = (stamp, manifest)
        return manifest

    def _stamps(self) -> list[tuple[str, _Stamp]]:
        with os.scandir(self._folder) as entries:
            paths = [each.path for each in entries if each.name.endswith(_SUFFIX)]
        return [(path, stamp) for path in paths if (stamp := _stamp(path))]

    def _look(self, path: str, stamp: _Stamp) -> tuple[_Stamp, Manifest | None]:
        known = self._known.get(path)
        if known is not None and known[0] == stamp:
            return known
        try:
            return stamp, manifests.read(Path(path), self._key)
        except ManifestError:
            return stamp, None
        except OSError:
            # not remembered: the next look tries again
            return (0, 0, 0, 0), None


class KnownHoldings:
    """All recordings of the box, the recorder's and those from elsewhere; any thread may ask."""

    def __init__(self, layout: Layout, public: PublicBox) -> None:
        self._filmed = KnownManifests(layout, public.recorder)
        self._imported = KnownManifests(layout.imported, public.device)

    def listed(self) -> list[Manifest]:
        """Give every readable manifest, oldest first. Raises OSError."""
        filmed, imported = self._filmed.listed(), self._from_elsewhere()
        if not imported:
            return filmed
        return sorted((*filmed, *imported), key=lambda each: (each.started_at, each.recording))

    def _from_elsewhere(self) -> list[Manifest]:
        try:
            return self._imported.listed()
        except FileNotFoundError:
            return []  # a box from before there were any

    def read(self, recording: str) -> Manifest:
        """Read one manifest, from memory if it did not change. Raises ManifestError, OSError."""
        is_imported = os.path.exists(self._imported.path(recording))  # noqa: PTH110  # as above
        return (self._imported if is_imported else self._filmed).read(recording)


def _settled(folder: Path) -> _Stamp | None:
    """Give a folder's stamp; None while a change within the same tick of its clock may come."""
    stamp = _stamp(str(folder))
    return stamp if stamp is not None and time.time_ns() - stamp[2] > _TICK_NS else None


def _stamp(path: str) -> _Stamp | None:
    try:
        told = os.stat(path)  # noqa: PTH116  # ten thousand Paths take longer than their files
    except OSError:
        return None
    return told.st_ino, told.st_ctime_ns, told.st_mtime_ns, told.st_size
