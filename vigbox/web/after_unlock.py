"""What an unlocked box sets right: wraps, withdrawals, films cut short; and what it shouts.

Once that is done, lanes are made of the films that have none, and exports that were ordered.
"""

import contextlib
import logging
import threading
from collections.abc import Callable

from vigbox.appliance.certificates import set_right
from vigbox.casework import chain, recording_erasure, withdrawal
from vigbox.casework.desk import Desk
from vigbox.casework.filmed import settle_filmed
from vigbox.casework.overdue import erase_overdue, may_be_due
from vigbox.casework.pins import alarms
from vigbox.casework.retention import begin_clocks
from vigbox.casework.wraps import settle
from vigbox.errors import VigboxError
from vigbox.seal.errors import LockedError
from vigbox.store import holdings
from vigbox.store.armed import Armed
from vigbox.store.identity import read_box
from vigbox.store.statements import StatementError
from vigbox.web import waiting
from vigbox.web.binned import look_again, retention_of
from vigbox.web.departure import settle_departed
from vigbox.web.disarming import disarm_if_fallen
from vigbox.web.erasing import Erasing
from vigbox.web.fetched import erase_fetched_films, settle_fetched
from vigbox.web.finishing import finish_all
from vigbox.web.ordering import settle_orders
from vigbox.web.outgoing import take_back_fallen
from vigbox.web.services import Services
from vigbox.web.tablet import TabletTime, box_time, label, sure_day

_log = logging.getLogger(__name__)


def begin(at: Services, desk: Desk, tablet: TabletTime) -> None:
    """Look for what is not as it should be, at once; set right what can be, in a thread."""
    at.alarms[:] = look(at, desk)
    threading.Thread(
        target=_set_right, args=(at, desk, tablet), name="after-unlock", daemon=True
    ).start()


def finish_rest(at: Services, desk: Desk) -> None:
    """Finish what was cut while the box was unlocked, in a thread; once at a time."""
    threading.Thread(target=_finish_rest, args=(at, desk), name="finish-rest", daemon=True).start()


def _finish_rest(at: Services, desk: Desk) -> None:
    if at.finishing.acquire(blocking=False):
        try:
            finish_all(at, desk)
        except (VigboxError, OSError) as error:
            _log.warning("what was cut is not finished yet: %s", error)
        finally:
            at.finishing.release()


def look(at: Services, desk: Desk) -> list[str]:
    """Compare keys and films with what the sealed database remembers; gives the alarms."""
    # read again: the card may have been written since this process began
    public = read_box(at.layout)
    try:
        arming = Armed(at.layout.armed, public.arming, public.box).read()
        armed = (arming.case, *arming.recipients) if arming else ()
    except StatementError:
        armed = ()  # the recorder refuses it as well, and says so
    day = box_time(at).date()
    # verified before the session: a page that is asked for meanwhile does not wait for it
    films = list(holdings.listed(at.layout, public))
    with desk.session() as casework:
        look_again(at, casework, day)
        found = [chain.alarm(casework), *alarms(casework, public, films, armed)]
        return [each for each in found if each]


def _keep_certificates(at: Services, desk: Desk) -> None:
    """Make what HTTPS needs, for a box that was set up without; renew it while the day is sure."""
    if set_right(desk, [at.settings.address], sure_day(at)):
        _log.info("the box's certificate is a new one")


def _settle_films(at: Services, desk: Desk) -> None:
    """Disarm what is not agreed to any more; learn what was filmed meanwhile, and who is in it."""
    disarm_if_fallen(at, desk)
    with desk.session() as casework:
        settle_filmed(casework, at.manifests.listed())


def _erase_overdue(at: Services, desk: Desk) -> None:
    """Erase what is due, if the day is sure; never by a clock that may be wrong."""
    with desk.session() as casework:
        if not may_be_due(casework):
            return
    day = sure_day(at)
    if day is None:
        _log.info("the clock is not sure: nothing goes by its age until it is")
        return
    with desk.session() as casework:
        begin_clocks(casework, label(at))
    for told in erase_overdue(desk, Erasing(at, desk), retention_of(at), day):
        _log.warning("%s", told)
    at.shelf.clear()
    with desk.session() as casework:
        look_again(at, casework, day)


def _set_right(at: Services, desk: Desk, tablet: TabletTime) -> None:
    steps: tuple[Callable[[], None], ...] = (
        lambda: tablet.pass_on(at, desk),
        lambda: settle(desk),
        lambda: _keep_certificates(at, desk),
        lambda: settle_fetched(at, desk),
        lambda: withdrawal.go_on(desk, Erasing(at, desk)),
        lambda: recording_erasure.go_on(desk, Erasing(at, desk)),
        lambda: _settle_films(at, desk),
        lambda: waiting.set_right(at, desk, sure_day(at)),
        lambda: _erase_overdue(at, desk),
        lambda: _finish_rest(at, desk),
        lambda: at.importing.go_on(desk),
        lambda: take_back_fallen(at, desk),
        lambda: settle_orders(at, desk),
        lambda: settle_departed(at, desk),
        lambda: erase_fetched_films(at, desk),
    )
    for step in steps:
        try:
            step()
        except (VigboxError, OSError) as error:
            # locked in the middle, a recorder that is away: the next unlock goes on
            _log.warning("not everything could be set right after the unlock: %s", error)
    with contextlib.suppress(LockedError):
        at.lanes.begin(desk)
        at.orders.begin(at, desk)
