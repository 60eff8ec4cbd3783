"""What machines have verified: noted, and then erased from the box if the service says so.

A locked box only has the machine's word in the outbox; this is done at the next unlock.
"""

import logging
import threading
from functools import partial
from typing import Final

from sqlalchemy.orm import Session

from vigbox.casework.desk import Desk
from vigbox.casework.disclosures import note_erased
from vigbox.casework.fetched_films import fetched_films
from vigbox.casework.recording_erasure import FETCHED, erase_recording
from vigbox.casework.retention import MODES
from vigbox.errors import VigboxError
from vigbox.model import Life
from vigbox.web.erasing import Erasing
from vigbox.web.outgoing import learn_fetched
from vigbox.web.services import Services

TEMPORARY: Final = MODES[0]

_log = logging.getLogger(__name__)


def settle_fetched(at: Services, desk: Desk) -> None:
    """Note what was verified; erase it, by the service's policy, with an event of the audit first.

    The recording it was made of stays until :func:`erase_fetched_films`. Raises VigboxError,
    OSError.
    """
    with at.settling:
        learn_fetched(at, desk)
        verified = at.outbox.verified() if at.service.now.erases_exports else []
        if not verified:
            return
        with desk.session() as casework:
            going = note_erased(casework, verified)
        for each in going:
            at.erase_export(each)


def erase_fetched_films(at: Services, desk: Desk) -> None:
    """Erase the recordings that machines have verified whole, if the service says so.

    For after an unlock: nobody watches anything yet. Never where the service keeps records. Raises
    VigboxError, OSError; the next unlock goes on.
    """
    if not at.service.now.erases_films or at.service.retention().mode != TEMPORARY:
        return
    with desk.session() as casework:
        going = fetched_films(casework)
    films = [each for each in at.manifests.listed() if each.recording in going]
    for each in films:
        if each.life is Life.FINISHED:
            is_still = partial(_is_going, each.recording)
            erase_recording(desk, each, Erasing(at, desk), FETCHED, is_still)
            at.binned.discard(each.recording)
    if films:
        at.shelf.clear()


def _is_going(recording: str, casework: Session) -> bool:
    return recording in fetched_films(casework)


def begin_settling(at: Services) -> None:
    """Do that in a thread, if somebody has the box unlocked: the machine waits for its answer."""
    desk = at.door.some_desk()
    if desk is not None:
        threading.Thread(target=_settle, args=(at, desk), name="settle", daemon=True).start()


def _settle(at: Services, desk: Desk) -> None:
    try:
        settle_fetched(at, desk)
    except (VigboxError, OSError) as error:
        _log.warning("what a machine verified is noted at the next unlock: %s", error)
