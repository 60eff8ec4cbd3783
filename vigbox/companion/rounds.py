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

from vigbox.companion.destination import Destination
from vigbox.companion.home import PairedBox
from vigbox.companion.link import BoxRefusedError, Link
from vigbox.companion.progress import Progress
from vigbox.companion.transfer import Transfer, opened
from vigbox.companion.verify import VerifyError
from vigbox.delivery.contents import ContentsError
from vigbox.delivery.manifest import ExportManifest, ManifestError, is_id, parse_signed
from vigbox.errors import VigboxError
from vigbox.seal.identities import X25519Identity

_MOST_ROUNDS: Final = 360
"""So many rounds an export that goes wrong is left alone at most, an hour of them."""
_GONE: Final = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})


@dataclass(frozen=True, slots=True)
class SyncSummary:
    """One round: exports done, files put in DEST, bytes fetched, a sentence for each problem.

    ``away`` has a sentence for each box that could not be reached, which is no problem.
    """

    exports: int
    files: tuple[Path, ...]
    fetched_bytes: int
    problems: tuple[str, ...]
    away: tuple[str, ...] = ()


class Rounds:
    """What stays the same from round to round with one box."""

    def __init__(
        self,
        box: PairedBox,
        identity: X25519Identity,
        link: Link,
        dest: Destination,
        wait: Callable[[float], None],
        *,
        keep_sealed: bool,
    ) -> None:
        self.box = box
        self._identity = identity
        self._link = link
        self._dest = dest
        self._wait = wait
        self._keep_sealed = keep_sealed
        self._failures: Counter[str] = Counter()
        self._left_until: dict[str, int] = {}
        self._number = 0

    def run(
        self,
        progress: Progress,
        when_cut: Callable[[SyncSummary], None] = lambda _summary: None,
    ) -> SyncSummary:
        """Do one round; ``when_cut`` is told what was done before one of these errors.

        Raises BoxUnreachableError, BoxRefusedError for a revoked machine, DestinationError,
        InUseError.
        """
        found = _Found()
        self._number += 1
        try:
            self._go(progress, found)
        except VigboxError:
            if found.exports or found.problems:
                when_cut(found.summary())
            raise
        return found.summary()

    def _go(self, progress: Progress, found: "_Found") -> None:
        listed = list(self._listed(found))
        waiting = [each for each, is_verified in listed if not is_verified]
        # a disk that nothing waits for is left alone: it may be away, or be taken out
        if not waiting and not self._dest.is_begun:
            return
        with self._dest.owned():
            self._forget_done(listed, found)
            if waiting:
                self._bring_all(waiting, progress, found)

    def _bring_all(self, waiting: list[Transfer], progress: Progress, found: "_Found") -> None:
        total_bytes = sum(each.manifest.size_bytes for each in waiting)
        with progress(total_bytes, sum(each.here_bytes for each in waiting)) as advance:
            for each in waiting:
                self._try(each, found, found.counting(advance))

    def _listed(self, found: "_Found") -> Iterator[tuple[Transfer, bool]]:
        """Give what the box has for this machine, and whether it knows that it is here."""
        for row in _rows(self._link.get("/api/exports")):
            try:
                manifest = self._manifest(row)
            except (ManifestError, VerifyError) as error:
                found.problems.append(str(error))
                found.is_list_whole = False
                continue
            yield Transfer(manifest, self._dest.path), row.get("is_verified") is True

    def _manifest(self, row: dict[str, Any]) -> ExportManifest:
        manifest = parse_signed(_signed(row), self.box.verify_key)
        if manifest.machine_id != self.box.machine_id:
            raise VerifyError("the box offers an export for another machine; it was left there")
        return manifest

    def _try(self, export: Transfer, found: "_Found", advance: Callable[[int], None]) -> None:
        export_id = export.manifest.export_id
        if self._left_until.get(export.sha256, 0) > self._number:
            return
        try:
            found.files += self._bring(export, advance)
            found.exports += 1
        except BoxRefusedError as error:
            if error.status == HTTPStatus.UNAUTHORIZED:
                raise
            if error.status in _GONE:
                found.problems.append(_taken_back(export_id, export.opened_files))
                export.forget()
            else:
                self._fail(export, error, found)
        except (VerifyError, ContentsError) as error:
            self._fail(export, error, found)

    def _fail(self, export: Transfer, error: VigboxError, found: "_Found") -> None:
        """Tell it, and try again less and less often: the box may mend it, or make it anew."""
        self._failures[export.sha256] += 1
        rounds = min(6 * 2 ** self._failures[export.sha256], _MOST_ROUNDS)
        self._left_until[export.sha256] = self._number + rounds
        found.problems.append(f"export {export.manifest.export_id[:8]}: {error}")

    def _forget_done(self, listed: list[tuple[Transfer, bool]], found: "_Found") -> None:
        """Remove what is left of exports that the box knows to be here, or has no more.

        While a row cannot be verified, any that is missing may be its: what was verified is kept.
        """
        is_done = {each.manifest.export_id: is_verified for each, is_verified in listed}
        for path in (self._dest.state / self.box.machine_id).glob("*"):
            is_kept = is_done.get(path.name, found.is_list_whole) is False
            if not is_id(path.name) or is_kept:
                continue
            files = [str(each) for each in opened(path).get("files", [])]
            if files and path.name not in is_done:
                found.problems.append(_taken_back(path.name, files))
            shutil.rmtree(path)

    def _bring(self, export: Transfer, advance: Callable[[int], None]) -> list[Path]:
        if export.is_opened:
            files = [self._dest.path / each for each in export.opened_files]
        else:
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
    is_list_whole: bool = True
    """Whether every row of the box's list could be verified."""

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


def _signed(row: dict[str, Any]) -> bytes:
    """Give a row's signed manifest, as hostile as it may be. Raises ManifestError."""
    signed = row.get("signed")
    try:
        return signed.encode() if isinstance(signed, str) else b""
    except UnicodeEncodeError as error:
        raise ManifestError(f"the signed manifest is malformed: {error}") from error


def _taken_back(export_id: str, files: list[str]) -> str:
    told = f"export {export_id[:8]} was taken back on the box"
    if not files:
        return f"{told} before it was here; nothing of it is kept"
    return (
        f"{told}, or erased there, before it was told that it is here; if it was taken back, "
        f"erase it here too: {', '.join(files)}"
    )
