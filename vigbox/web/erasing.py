"""Erasing one recording at once, with everything that was made of it."""

from vigbox.casework.desk import Desk
from vigbox.casework.recording_erasure import erase_recording
from vigbox.store.manifests import Manifest
from vigbox.web.after_unlock import Erasing
from vigbox.web.services import Services


def erase_now(at: Services, desk: Desk, manifest: Manifest) -> None:
    """Take a film, its clips, marks, lanes and what is known of it off the box.

    Raises VigboxError, OSError; what was begun goes on after the next unlock then.
    """
    try:
        erase_recording(desk, manifest, Erasing(at, desk))
    finally:
        at.shelf.clear()
