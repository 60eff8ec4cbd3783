"""Erasing as the pages reach it: films, lanes and exports; and one film at once.

A certificate names every copy, so what machines fetched meanwhile is noted first.
"""

import threading
from dataclasses import dataclass
from typing import Final

from flask_babel import gettext as _

from vigbox.casework.desk import Desk
from vigbox.casework.recording_erasure import erase_recording
from vigbox.errors import VigboxError
from vigbox.store.manifests import Manifest
from vigbox.web.outgoing import learn_fetched
from vigbox.web.recorder_link import RecorderGoneError
from vigbox.web.services import Services

_LOOK_S: Final = 0.1
_STOP_LOOKS: Final = 100


class FilmingError(VigboxError):
    """A case is filmed at this moment; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Erasing:
    """How an erasure reaches the recorder and the exports; made outside of any session."""

    at: Services
    desk: Desk

    def __post_init__(self) -> None:
        """Note what left the box."""
        learn_fetched(self.at, self.desk)

    def disarm(self, case: str) -> None:
        """Let the next press not film for this case. Raises VigboxError."""
        self.at.recorder.granted("disarm", self.desk.arming_key(), case=case)

    def erase_film(self, recording: str) -> None:
        """Take a film off the card, stopping it first if it is being made.

        The recorder's manifest goes last, that of a film from elsewhere first: without the one
        there may still be something of the other. Raises VigboxError, OSError.
        """
        if self.at.layout.manifest(recording).exists():
            self._stop(recording)
            self.at.recorder.granted("erase", self.desk.arming_key(), recording=recording)
        else:
            self.at.importing.erase(recording)
        self.at.lanes.erase(recording)

    def _stop(self, recording: str) -> None:
        for asked in range(_STOP_LOOKS):
            if self.at.recorder.ask(do="status").get("recording") != recording:
                return
            if not asked:
                self.at.recorder.ask(do="stop")
            threading.Event().wait(_LOOK_S)

    def erase_import(self, name: str) -> None:
        """Take away an import, however far it got. Raises VigboxError, OSError."""
        self.at.importing.erase(name)

    def erase_export(self, export: str) -> None:
        """Take an export away, if it still waits. Raises OSError."""
        self.at.erase_export(export)


def erase_now(at: Services, desk: Desk, manifest: Manifest) -> None:
    """Take a film, its clips, marks, lanes and what is known of it off the box, with a certificate.

    Raises VigboxError, OSError; an unlock takes up what is left then.
    """
    try:
        erase_recording(desk, manifest, Erasing(at, desk))
    finally:
        at.shelf.clear()
    at.binned.discard(manifest.recording)


def refuse_filming(at: Services, case: str) -> None:
    """Raise :class:`FilmingError` while a film of a case is made: its key would go under it.

    A recorder that does not answer stops no family: what is there is taken back all the same.
    """
    try:
        made = at.recorder.ask(do="status").get("recording")
    except RecorderGoneError:
        return
    if any(each.recording == made and each.case == case for each in at.manifests.listed()):
        raise FilmingError(
            _(
                "The box is filming this family now. Stop the film first: hold the button, or tap "
                "Stop on the page Recordings. Then take everything back."
            )
        )
