"""Erasing one recording at once, with everything that was made of it."""

from vigbox.casework import audit, edits, filmed, imports
from vigbox.casework.clips import clips_of, remove_clip
from vigbox.casework.desk import Desk
from vigbox.casework.disclosures import note_fetched
from vigbox.store.manifests import Manifest
from vigbox.web.services import Services


def erase_now(at: Services, desk: Desk, manifest: Manifest) -> None:
    """Take a film, its clips, marks, lanes and what is known of it off the box.

    Raises VigboxError, OSError.
    """
    recording = manifest.recording
    if manifest.is_imported:
        at.importing.erase(recording)
    else:
        at.recorder.granted("erase", desk.arming_key(), recording=recording)
    at.lanes.erase(recording)
    at.shelf.clear()
    with desk.session() as casework:
        note_fetched(casework, at.outbox.is_verified)
        for clip in clips_of(casework, recording):
            remove_clip(casework, clip, at.erase_export)
        edits.forget(casework, recording)
        imports.forget(casework, recording)
        filmed.forget(casework, recording)
        audit.note(casework, "erased", recording, manifest.case)
