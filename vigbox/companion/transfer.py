"""One export on its way into DEST, until it is done in ``DEST/.vigbox/<machine id>/<export id>/``.

The machine's id is another with every box it is paired with, so that each box has its own folder.
"""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from vigbox.companion.link import Link
from vigbox.companion.opening import (
    case_folder,
    keep_about,
    keep_part,
    open_part,
    put_about,
    read_contents,
)
from vigbox.companion.pull import kept_bytes, pull_part
from vigbox.companion.verify import VerifyError
from vigbox.delivery.contents import CONTENTS, ContentFile, Contents
from vigbox.delivery.manifest import ExportManifest
from vigbox.seal.identities import X25519Identity
from vigbox.store import durable

STATE: Final = ".vigbox"
_OPENED: Final = "opened.json"


class Transfer:
    """A signed and checked manifest, and where its parts and files go."""

    def __init__(self, manifest: ExportManifest, dest: Path) -> None:
        self.manifest = manifest
        self._dest = dest
        self.folder = dest / STATE / manifest.machine_id / manifest.export_id

    @property
    def here_bytes(self) -> int:
        """How much of it was fetched before."""
        return sum(kept_bytes(each, self.folder) for each in self.manifest.parts)

    @property
    def is_opened(self) -> bool:
        """Whether all of this very export lies in DEST, and only the box was not told yet."""
        return opened(self.folder).get("manifest_sha256") == self.sha256

    @property
    def opened_files(self) -> list[str]:
        """What lies in DEST already, as paths in it."""
        return [str(each) for each in opened(self.folder).get("files", [])]

    def begin(self) -> None:
        """Make its folder. Raises OSError."""
        self.folder.parent.mkdir(mode=0o700, exist_ok=True)
        self.folder.mkdir(mode=0o700, exist_ok=True)

    def fetch(
        self, link: Link, wait: Callable[[float], None], advance: Callable[[int], None]
    ) -> None:
        """Fetch and verify every part. Raises as :func:`vigbox.companion.pull.pull_part` does."""
        self.begin()
        for part in self.manifest.parts:
            pull_part(link, self.manifest.export_id, part, self.folder, wait=wait, advance=advance)

    def open(self, identity: X25519Identity, *, keep_sealed: bool) -> list[Path]:
        """Put every file in ``DEST/CASE/``, opened or sealed, and what they rest on; gives them.

        Each is noted before the next: when the box takes back what is half here, they are named.
        Raises VerifyError, ContentsError, OSError.
        """
        if self.manifest.part(CONTENTS) is None:
            # or the file that is not here would be taken for a disk that is away
            raise VerifyError(f"the export has no part {CONTENTS}; make it again on the box")
        contents = read_contents(self.folder / CONTENTS, identity)
        self._match(contents)
        folder = case_folder(self._dest, contents.case)
        files: list[Path] = []
        before = self.opened_files
        for each in contents.files:
            files.append(self._put(each, identity, folder, keep_sealed=keep_sealed))
            self._note([*before, *self._names(files)])
        if contents.about.what:  # a box of before told nothing
            files.append(self._put_about(contents, files, folder, keep_sealed=keep_sealed))
        durable.sync_folder(self._dest)
        self._note(self._names(files), manifest_sha256=self.sha256)
        return files

    def tell(self, link: Link) -> None:
        """Tell the box that all of it is verified. Raises BoxUnreachableError, BoxRefusedError."""
        body = json.dumps({"manifest_sha256": self.sha256}).encode()
        link.post(f"/api/exports/{self.manifest.export_id}/verified", body)

    def forget(self) -> None:
        """Remove the sealed parts. Raises OSError."""
        if self.folder.exists():
            shutil.rmtree(self.folder)

    @property
    def sha256(self) -> str:
        """The hash of its manifest, which is another when the box makes it anew."""
        return hashlib.sha256(self.manifest.to_bytes()).hexdigest()

    def _names(self, files: list[Path]) -> list[str]:
        return [each.relative_to(self._dest).as_posix() for each in files]

    def _note(self, names: list[str], **whole: str) -> None:
        facts = {"files": list(dict.fromkeys(names)), **whole}
        durable.save(self.folder / _OPENED, json.dumps(facts).encode())

    def _match(self, contents: Contents) -> None:
        """Refuse an export that would leave a part unopened, or misses one."""
        named = sorted(each.part for each in contents.files)
        if named != sorted(each.name for each in self.manifest.parts if each.name != CONTENTS):
            raise VerifyError(
                "the export's contents and its parts are not the same; make it again on the box"
            )

    def _put(
        self, file: ContentFile, identity: X25519Identity, folder: Path, *, keep_sealed: bool
    ) -> Path:
        sealed = self.folder / file.part
        if keep_sealed:
            return keep_part(sealed, file, folder)
        return open_part(sealed, file, identity, folder)

    def _put_about(
        self, contents: Contents, files: list[Path], folder: Path, *, keep_sealed: bool
    ) -> Path:
        sealed = self.folder / CONTENTS
        if keep_sealed:
            return keep_about(sealed, folder)
        return put_about(contents, [each.name for each in files], sealed, folder)


def opened(folder: Path) -> dict[str, Any]:
    """Read what was opened of an export, from its folder; nothing when it was not."""
    try:
        facts = json.loads((folder / _OPENED).read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return facts if isinstance(facts, dict) else {}
