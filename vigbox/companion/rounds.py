"""One round of a sync: what waits on the box is fetched, verified, opened and told.

An export that goes wrong is a problem of its own; the others go on.
"""

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from vigbox.companion.home import PairedBox
from vigbox.companion.link import BoxRefusedError, Link
from vigbox.companion.progress import Progress
from vigbox.companion.transfer import STATE, Transfer
from vigbox.companion.verify import VerifyError
from vigbox.delivery.contents import ContentsError
from vigbox.delivery.manifest import ExportManifest, ManifestError, is_id, parse_signed
from vigbox.seal.identities import X25519Identity

_MOST_FAILURES: Final = 2
"""So often one run fetches an export that turns out wrong."""


@dataclass(frozen=True, slots=True)
class SyncSummary:
    """One round: exports done, files put in DEST, bytes fetched, a sentence for each problem."""

    exports: int
    files: tuple[Path, ...]
    fetched_bytes: int
    problems: tuple[str, ...]


class Rounds:
    """What stays the same from round to round."""

    def __init__(
        self,
        box: PairedBox,
        identity: X25519Identity,
        link: Link,
        dest: Path,
        wait: Callable[[float], None],
        *,
        keep_sealed: bool,
    ) -> None:
        self._box = box
        self._identity = identity
        self._link = link
        self._dest = dest
        self._wait = wait
        self._keep_sealed = keep_sealed
        self._failures: Counter[str] = Counter()

    def run(self, progress: Progress) -> SyncSummary:
        """Do one round.

        Raises BoxUnreachableError, BoxRefusedError for a revoked machine, OSError.
        """
        found = _Found()
        waiting = list(self._waiting(found))
        _forget_others(self._dest / STATE, {each.manifest.export_id for each in waiting})
        if waiting:
            total_bytes = sum(each.manifest.size_bytes for each in waiting)
            with progress(total_bytes, sum(each.here_bytes for each in waiting)) as advance:
                for each in waiting:
                    self._try(each, found, found.counting(advance))
        return found.summary()

    def _waiting(self, found: "_Found") -> Iterator[Transfer]:
        for row in _rows(self._link.get("/api/exports")):
            try:
                manifest = self._manifest(row)
            except (ManifestError, VerifyError) as error:
                found.problems.append(str(error))
                continue
            if row.get("is_verified") is not True:
                yield Transfer(manifest, self._dest)

    def _manifest(self, row: dict[str, Any]) -> ExportManifest:
        manifest = parse_signed(str(row.get("signed")).encode(), self._box.verify_key)
        if manifest.machine_id != self._box.machine_id:
            raise VerifyError("the box offers an export for another machine; it was left there")
        return manifest

    def _try(self, export: Transfer, found: "_Found", advance: Callable[[int], None]) -> None:
        export_id = export.manifest.export_id
        if self._failures[export_id] >= _MOST_FAILURES:
            return
        try:
            found.files += self._bring(export, advance)
            found.exports += 1
        except (VerifyError, ContentsError, BoxRefusedError) as error:
            if isinstance(error, BoxRefusedError) and error.status == HTTPStatus.UNAUTHORIZED:
                raise
            self._failures[export_id] += 1
            found.problems.append(f"export {export_id[:8]}: {error}")

    def _bring(self, export: Transfer, advance: Callable[[int], None]) -> list[Path]:
        files: list[Path] = []
        if not export.is_opened:
            export.fetch(self._link, self._wait, advance)
            files = export.open(self._identity, keep_sealed=self._keep_sealed)
        export.tell(self._link)
        export.forget()
        return files


@dataclass(slots=True)
class _Found:
    """A summary in the making."""

    exports: int = 0
    files: list[Path] = field(default_factory=list)
    fetched_bytes: int = 0
    problems: list[str] = field(default_factory=list)

    def counting(self, advance: Callable[[int], None]) -> Callable[[int], None]:
        def counted(size_bytes: int) -> None:
            self.fetched_bytes += max(0, size_bytes)
            advance(size_bytes)

        return counted

    def summary(self) -> SyncSummary:
        return SyncSummary(
            self.exports, tuple(self.files), self.fetched_bytes, tuple(self.problems)
        )


def _rows(answer: object) -> list[dict[str, Any]]:
    rows = answer.get("exports") if isinstance(answer, dict) else None
    return [each for each in rows if isinstance(each, dict)] if isinstance(rows, list) else []


def _forget_others(state: Path, waiting: set[str]) -> None:
    """Remove what is left of exports that the box has verified or taken back."""
    for path in state.glob("*"):
        if is_id(path.name) and path.name not in waiting:
            shutil.rmtree(path)
