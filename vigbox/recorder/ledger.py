"""The manifests on the card, written by the scribe: a film begins after its own is durable."""

import contextlib
import logging
from collections.abc import Callable
from concurrent.futures import Future

from vigbox.model import Life
from vigbox.recorder.finishing import finish
from vigbox.recorder.readiness import RefusedError
from vigbox.recorder.recording import Recording
from vigbox.recorder.scribe import Scribe
from vigbox.seal.signing import SigningKey
from vigbox.store import manifests
from vigbox.store.durable import save, sync_folder
from vigbox.store.layout import Layout
from vigbox.store.manifests import Manifest

_log = logging.getLogger(__name__)


class Ledger:
    """Begins, settles, finishes and removes recordings; gives at once what will be done.

    Nothing of the recording's own is touched twice at a time: the scribe keeps the order.
    """

    def __init__(self, layout: Layout, key: SigningKey, scribe: Scribe) -> None:
        self._layout = layout
        self._key = key
        self._scribe = scribe
        self._unsettled: dict[str, Manifest] = {}

    def begin(
        self, manifest: Manifest, start: Callable[[], Recording], identity: bytes = b""
    ) -> Future[Recording]:
        """Make the manifest durable, then start the film; a device that refuses leaves nothing.

        ``identity`` is the film's own one as an age file, where it has one: durable before
        anything is filmed that nobody could open without it.
        """

        def work() -> Recording:
            try:
                if identity:
                    save(self._layout.film_identity(manifest.recording), identity, mode=0o640)
                manifests.write(self._layout, manifest, self._key)
                return start()
            except Exception:
                # nothing was filmed yet; a card that takes nothing away either is told first of all
                with contextlib.suppress(OSError):
                    self._remove(manifest.recording)
                raise

        return self._scribe.do(work)

    def read(self, recording: str) -> Manifest:
        """Give what the card says of a recording. Raises ManifestError, OSError."""
        return manifests.read(self._layout.manifest(recording), self._key.verify_key)

    def settle(self, manifest: Manifest) -> Future[None]:
        """Say how a recording ended; what the card does not take is kept for :meth:`settle_rest`.

        Until then, and after a restart, a manifest that says "recording" is not believed.
        """

        def work() -> None:
            self._unsettled[manifest.recording] = manifest
            manifests.write(self._layout, manifest, self._key)
            del self._unsettled[manifest.recording]

        return self._scribe.do(work)

    @property
    def has_rest(self) -> bool:
        """Whether the card did not take everything."""
        return bool(self._unsettled)

    def settle_rest(self) -> Future[None]:
        """Say again what the card did not take."""

        def work() -> None:
            for recording, manifest in list(self._unsettled.items()):
                manifests.write(self._layout, manifest, self._key)
                del self._unsettled[recording]

        return self._scribe.do(work)

    def finish(self, recording: str, offset: int, final: bytes, length_ns: int) -> Future[None]:
        """Finish an interrupted film in place; one that is finished stays as it is."""

        def work() -> None:
            path = self._layout.manifest(recording)
            manifest = manifests.read(path, self._key.verify_key)
            if manifest.life is Life.INTERRUPTED:
                finish(self._layout, recording, offset, final)
                done = manifest.settled(Life.FINISHED, length_ns)
                manifests.write(self._layout, done, self._key)

        return self._scribe.do(work)

    def file(self, recording: str, identity: bytes, case: str | None) -> Future[None]:
        """Seal a film's own identity to others, then say whose film it is; again is safe.

        In this order: what is said to be of a case is opened through that case alone.
        """

        def work() -> None:
            path = self._layout.manifest(recording)
            manifest = manifests.read(path, self._key.verify_key)
            if not manifest.is_unfiled and (not manifest.has_own_identity or case != manifest.case):
                raise RefusedError("this recording is filed already")
            save(self._layout.film_identity(recording), identity, mode=0o640)
            if case is not None and manifest.is_unfiled:
                manifests.write(self._layout, manifest.filed(case), self._key)

        return self._scribe.do(work)

    def erase(self, recording: str) -> Future[None]:
        """Take a recording off the card, if its manifest is one of this box."""

        def work() -> None:
            manifests.read(self._layout.manifest(recording), self._key.verify_key)
            self._remove(recording)

        return self._scribe.do(work)

    def _remove(self, recording: str) -> None:
        layout = self._layout
        self._unsettled.pop(recording, None)
        # the film's own identity, if it has one, goes before all: without it the rest is noise
        for path in (layout.film_identity, layout.film, layout.index, layout.manifest):
            path(recording).unlink(missing_ok=True)
        sync_folder(layout.recordings)
