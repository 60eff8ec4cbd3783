"""An export in the making: parts are sealed as they are written, under a temporary folder."""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

from vigbox.delivery.begun import SealedPart
from vigbox.delivery.contents import CONTENTS, About, ContentFile, Contents
from vigbox.delivery.machines import Machine
from vigbox.delivery.manifest import (
    MANIFEST,
    ExportManifest,
    ManifestError,
    Part,
    is_part_name,
)
from vigbox.delivery.part_hash import PartHash
from vigbox.seal.recipients import parse_recipient
from vigbox.seal.sealing import SealingWriter
from vigbox.seal.signing import SigningKey
from vigbox.store import durable

BEGUN: Final = "begun"
"""Lies in the folder of a draft that can be gone on with, until it appears."""
_FOLDER_MODE: Final = 0o700


class HashingSink:
    """Counts and hashes what goes through to another sink."""

    def __init__(self, sink: Callable[[bytes | memoryview], object]) -> None:
        self._sink = sink
        self._hash = hashlib.sha256()
        self.size_bytes = 0

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """Pass all of it on; gives its length. Raises what the other sink raises."""
        view = memoryview(data).cast("B")
        self._sink(view)
        self._hash.update(view)
        self.size_bytes += len(view)
        return len(view)

    @property
    def sha256(self) -> str:
        """The hash of all that went through."""
        return self._hash.hexdigest()


class Draft:
    """A context; an export is there after :meth:`commit`, and nothing is without it.

    One that goes on with what was ``begun`` leaves its parts after :meth:`leave` and after a cut,
    for another. Made by :meth:`vigbox.delivery.outbox.Outbox.begin`.
    """

    def __init__(
        self,
        path: Path,
        machine: Machine,
        now: Callable[[], str],
        begun: Sequence[SealedPart] | None = None,
    ) -> None:
        self._path = path
        self._making = path.with_name(path.name + durable.TEMPORARY)
        self._machine = machine
        self._now = now
        self._begun = begun
        self._stays = False
        self._parts: list[Part] = []
        self._files: list[ContentFile] = []

    def __enter__(self) -> Self:
        if self._path.exists():
            raise FileExistsError(f"an export {self._path.name} is there already")
        self._making.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=self._begun is not None)
        if self._begun is not None:
            self._go_on(self._begun)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not self._stays:
            shutil.rmtree(self._making, ignore_errors=True)

    @property
    def sealed(self) -> list[SealedPart]:
        """What is sealed whole by now."""
        return [SealedPart(*each) for each in zip(self._parts, self._files, strict=False)]

    def leave(self) -> None:
        """Let what is sealed stay when the context ends, to be gone on with."""
        self._stays = self._begun is not None

    def _go_on(self, begun: Sequence[SealedPart]) -> None:
        """Take up what was sealed before, as far as it is whole; the rest goes."""
        durable.save(self._making / BEGUN, b"")
        for each in begun:
            if not each.is_here(self._making):
                break
            self._parts.append(each.part)
            self._files.append(each.file)
        kept = {BEGUN, *(each.name for each in self._parts)}
        for path in self._making.iterdir():
            if path.name not in kept:
                path.unlink()

    @contextmanager
    def part(self, part: str, name: str, kind: str) -> Iterator[HashingSink]:
        """Give a sink for the plain bytes of one file, sealed on the way for the machine.

        ``part`` is the opaque name (``clip-1.mp4.age``); ``name`` is what a person will see and
        travels sealed, as ``kind`` does. Raises ManifestError, ContentsError, OSError.
        """
        if part == CONTENTS:
            raise ManifestError(f"{CONTENTS} is written by commit alone")
        with self._sealed(part) as plain:
            yield plain
        self._files.append(ContentFile(part, name, kind, plain.sha256, plain.size_bytes))

    def commit(self, key: SigningKey, case: str, about: About | None = None) -> ExportManifest:
        """Seal the contents, sign the manifest, and let the export appear, durably.

        ``case`` is the case's code. Raises ManifestError, ContentsError, OSError.
        """
        manifest = self.seal(key, case, about)
        self.appear()
        return manifest

    def seal(self, key: SigningKey, case: str, about: About | None = None) -> ExportManifest:
        """Seal the contents and sign the manifest; nobody sees it before :meth:`appear`.

        Raises as :meth:`commit`.
        """
        with self._sealed(CONTENTS) as plain:
            plain.write(Contents(case, tuple(self._files), about or About()).to_bytes())
        manifest = ExportManifest(
            self._path.name, self._machine.id, self._now(), tuple(self._parts)
        )
        durable.save(self._making / MANIFEST, manifest.sign(key))
        return manifest

    def appear(self) -> None:
        """Let the sealed export be there, durably. Raises OSError when it was erased meanwhile."""
        (self._making / BEGUN).unlink(missing_ok=True)
        self._making.rename(self._path)
        durable.sync_folder(self._path.parent)

    @contextmanager
    def _sealed(self, part: str) -> Iterator[HashingSink]:
        if not is_part_name(part) or any(each.name == part for each in self._parts):
            raise ManifestError(f"a part must have a name of its own and end in .age, not {part!r}")
        with self._created(part) as file:
            hashes = PartHash()

            def keep(data: bytes | memoryview) -> None:
                file.write(data)
                hashes.update(data)

            writer = SealingWriter(keep, [parse_recipient(self._machine.recipient)])
            plain = HashingSink(writer.write)
            yield plain
            writer.close()
            file.flush()
            os.fsync(file.fileno())
        self._parts.append(hashes.part(part))

    @contextmanager
    def _created(self, part: str) -> Iterator[BinaryIO]:
        def private(path: str, flags: int) -> int:
            return os.open(path, flags, 0o600)

        with open(self._making / part, "xb", opener=private) as file:
            yield file
