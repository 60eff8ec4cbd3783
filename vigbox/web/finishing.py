"""Films that a cut left without their end are verified and finished, after an unlock.

What cannot be finished stays as it is and is played to its last whole fragment.
"""

import base64
import logging

from vigbox.casework.desk import Desk
from vigbox.errors import VigboxError
from vigbox.model import Life
from vigbox.store.manifests import Manifest
from vigbox.web.services import Services


class CannotFinishError(VigboxError):
    """A film that another writer may have made, or with nothing to end at, is never finished."""


_log = logging.getLogger(__name__)

_STEP_BYTES = 1 << 20


def finish_all(at: Services, desk: Desk) -> None:
    """Finish every interrupted film that can be; one that cannot is left as it is."""
    for manifest in at.manifests.listed():
        if manifest.life is not Life.INTERRUPTED or manifest.is_imported:
            continue
        # what is of no case yet is opened by nothing, and finished once it is filed
        if manifest.is_unfiled:
            continue
        try:
            _finish(at, desk, manifest)
        except (VigboxError, OSError) as error:
            _log.warning("recording %s stays interrupted: %s", manifest.recording, error)


def _finish(at: Services, desk: Desk, manifest: Manifest) -> None:
    film = at.shelf.film(desk, manifest)
    if not film.index.is_ours or film.index.film_id != manifest.recording:
        raise CannotFinishError("it is not a film that this box made; it is left as it is")
    end = film.index.sync_end
    if not end:
        raise CannotFinishError("it was cut before its first sync point; it is left as it is")
    for offset in range(0, end, _STEP_BYTES):
        film.reader.read_at(offset, min(_STEP_BYTES, end - offset))
    offset, final = film.reader.finishing(end)
    at.recorder.granted(
        "finish",
        desk.arming_key(),
        recording=manifest.recording,
        offset=offset,
        final=base64.b64encode(final).decode(),
        length_ns=film.index.duration_ns,
    )
    at.shelf.clear()
    _log.info("recording %s is finished", manifest.recording)
