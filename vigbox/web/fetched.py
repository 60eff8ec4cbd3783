"""What machines have verified: noted, and then erased from the box if the service says so.

A locked box only has the machine's word in the outbox; this is done at the next unlock.
"""

import logging
import threading

from vigbox.casework.desk import Desk
from vigbox.casework.disclosures import note_erased
from vigbox.errors import VigboxError
from vigbox.web.outgoing import learn_fetched
from vigbox.web.services import Services

_log = logging.getLogger(__name__)


def settle_fetched(at: Services, desk: Desk) -> None:
    """Note what was verified; erase it, by the service's policy, with an event of the audit first.

    The recording it was made of stays: that is retention's. Raises VigboxError, OSError.
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
