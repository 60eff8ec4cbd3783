"""Collect: fetch from a service's storage what boxes have put there for this machine.

Nothing is changed there. Boxes whose manifests this machine cannot verify are passed over: it
takes from the boxes it is paired with.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from vigbox.companion.destination import Destination
from vigbox.companion.home import PairedBox
from vigbox.companion.partial import Partial
from vigbox.companion.pull import PARTIAL
from vigbox.companion.rounds import SyncSummary
from vigbox.companion.transfer import STATE, Transfer
from vigbox.companion.verify import VerifyError
from vigbox.delivery import manifest
from vigbox.delivery.contents import ContentsError
from vigbox.delivery.manifest import (
    MANIFEST,
    PIECE_BYTES,
    ManifestError,
    Part,
    is_id,
    parse_signed,
)
from vigbox.delivery.remote import NotThereError, Remote, RemoteError
from vigbox.seal.identities import X25519Identity
from vigbox.store import durable

COLLECTED: Final = "collected.json"
Advance = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Collecting:
    """What a collection is made with: where from, into which folder, and as whom."""

    remote: Remote
    dest: Path
    boxes: tuple[PairedBox, ...]
    identity: X25519Identity
    keep_sealed: bool = False

    def run(self, advance: Advance = lambda _: None) -> SyncSummary:
        """Fetch, verify and open everything that is new.

        An export that goes wrong is a problem in the summary; the others go on. Raises RemoteError
        when the storage cannot be listed, NoRcloneError, InUseError, DestinationError.
        """
        with Destination(self.dest).owned():
            done, found = _Collected(self.dest / STATE / COLLECTED), _Found()
            for box in self.boxes:
                for export_id in self._new_of(box, done):
                    try:
                        found.files += self._bring(box, export_id, found.counted(advance))
                    except NotThereError:
                        continue  # no manifest yet: a box is still sending it
                    except (RemoteError, ManifestError, VerifyError, ContentsError) as error:
                        found.problems.append(f"export {export_id[:8]}: {error}")
                        continue
                    done.add(export_id)
                    found.exports += 1
            return found.summary()

    def _new_of(self, box: PairedBox, done: "_Collected") -> Iterator[str]:
        for name in self.remote.names(box.machine_id):
            if is_id(name) and name not in done:
                yield name

    def _bring(self, box: PairedBox, export_id: str, advance: Advance) -> list[Path]:
        folder = f"{box.machine_id}/{export_id}"
        signed = self.remote.small(f"{folder}/{MANIFEST}", manifest.LARGEST_BYTES)
        told = parse_signed(signed, box.verify_key)
        if (told.machine_id, told.export_id) != (box.machine_id, export_id):
            raise VerifyError("it is an export for another machine; it was left there")
        export = Transfer(told, self.dest)
        if not export.is_opened:
            export.begin()
            for part in told.parts:
                self._fetch(f"{folder}/{part.name}", part, export.folder, advance)
            files = export.open(self.identity, keep_sealed=self.keep_sealed)
        else:
            files = []
        export.forget()
        return files

    def _fetch(self, name: str, part: Part, here: Path, advance: Advance) -> None:
        """Fetch what is missing of a part; it gets its name once it is whole and right."""
        whole, partial = here / part.name, here / (part.name + PARTIAL)
        if whole.exists():
            whole.replace(partial)  # not taken at its word
        with Partial(partial, part) as kept:
            kept.look()
            while (gap := kept.gap()) is not None:
                self._fill(name, gap, kept, advance)
            is_right = kept.finish()
        if not is_right:
            partial.unlink()
            raise VerifyError(f"part {part.name} is not what the box signed, so it was removed")
        partial.replace(whole)
        durable.sync_folder(here)

    def _fill(self, name: str, gap: tuple[int, int], kept: Partial, advance: Advance) -> None:
        at, end = gap

        def take(data: bytes) -> None:
            nonlocal at
            while data:
                piece = data[: PIECE_BYTES - at % PIECE_BYTES]
                kept.put(at, piece)
                advance(len(piece))
                at, data = at + len(piece), data[len(piece) :]

        try:
            self.remote.read(name, gap, take)
        except NotThereError as error:
            # the manifest is sent last: what it names is gone, and not still to come
            part = name.rpartition("/")[2]
            raise VerifyError(
                f"part {part} is not on the storage; make the export again on the box"
            ) from error
        if at < end:
            raise VerifyError(f"{name} ends before what the box signed")


class _Collected:
    """The exports that are in DEST already: nobody takes them off the storage."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._ids = {each for each in json.loads(path.read_bytes()) if is_id(each)}
        except (FileNotFoundError, ValueError, TypeError):
            self._ids = set[str]()

    def __contains__(self, export_id: str) -> bool:
        return export_id in self._ids

    def add(self, export_id: str) -> None:
        self._ids.add(export_id)
        durable.save(self._path, json.dumps(sorted(self._ids)).encode())


@dataclass(slots=True)
class _Found:
    """A summary in the making."""

    exports: int = 0
    files: list[Path] = field(default_factory=list)
    fetched_bytes: int = 0
    problems: list[str] = field(default_factory=list)

    def counted(self, advance: Advance) -> Advance:
        def count(size_bytes: int) -> None:
            self.fetched_bytes += size_bytes
            advance(size_bytes)

        return count

    def summary(self) -> SyncSummary:
        return SyncSummary(
            self.exports, tuple(self.files), self.fetched_bytes, tuple(self.problems)
        )
