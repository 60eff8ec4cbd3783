"""Something leaves the box: through its gate, sealed for one machine, and with its row kept."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import abort
from sqlalchemy.orm import Session

from vigbox.casework import export_erasure
from vigbox.casework.desk import Desk
from vigbox.casework.disclosures import note_fetched, note_sent
from vigbox.casework.export_gate import rests_on
from vigbox.casework.tables import Case, Disclosure
from vigbox.delivery.draft import Draft
from vigbox.delivery.machines import Machine
from vigbox.errors import VigboxError
from vigbox.model import new_id
from vigbox.web.departure import Departure
from vigbox.web.services import Services
from vigbox.web.tablet import today


class NoMachineError(VigboxError):
    """There is no machine to export for."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What shall leave: of which case and recording, for which machine, and what for."""

    case: str
    recording: str
    what: str
    purpose: str
    machine: Machine


def hand_out(
    at: Services,
    desk: Desk,
    wish: Wish,
    fill: Callable[[Draft], None],
    keep: Callable[[Session, Case, str], None],
) -> None:
    """Make an export that appears together with its rows, or not at all.

    ``fill`` writes its parts; ``keep`` adds rows of the caller's own, given the export's id.
    Raises GateShutError before anything is cut, also when a consent was taken back meanwhile, and
    what ``fill``, ``keep`` and the outbox raise.
    """
    on, export_id = today(at), new_id()
    with desk.session() as casework:
        rests_on(casework, _case(casework, wish), wish.recording, wish.purpose, on)
    departure = Departure(at, desk, export_id, wish.machine)

    def settle(casework: Session, draft: Draft) -> None:
        case = _case(casework, wish)
        consents = rests_on(casework, case, wish.recording, wish.purpose, on)
        keep(casework, case, export_id)
        row = Disclosure(what=wish.what, purpose=wish.purpose, recordings=wish.recording)
        departure.book(casework, draft, case, row, consents)

    departure.make(fill, settle)


def learn_fetched(at: Services, desk: Desk) -> None:
    """Note what has left the box meanwhile; to be asked before anything is erased."""
    with desk.session() as casework:
        note_left(at, casework)


def note_left(at: Services, casework: Session) -> None:
    """Note what machines have verified, and what lies on the service's storage."""
    note_sent(casework, at.outbox.is_sent, at.sending.where or "storage")
    note_fetched(casework, at.outbox.is_verified)


def chosen_machine(at: Services, wanted: object) -> Machine:
    """Give the machine that was chosen; where none was, the only one.

    Raises :class:`NoMachineError`, also for one that was revoked since the page was shown.
    """
    machines = [each for each in at.machines.listed() if not each.is_revoked]
    for each in machines:
        if each.id == wanted or (not wanted and len(machines) == 1):
            return each
    if machines:
        raise NoMachineError(
            "That computer is not paired any more, or none was chosen. Choose one."
        )
    raise NoMachineError(
        "There is no machine to export for. Pair your computer first, on the page Machines."
    )


def take_back_fallen(at: Services, desk: Desk, case: str = "") -> None:
    """Erase what waits, or is being made, and is not agreed to any more: of a case, or of all.

    Raises OSError.
    """
    learn_fetched(at, desk)
    on = today(at)
    with desk.session() as casework:
        export_erasure.take_back_fallen(casework, on, at.erase_export, case, is_here=at.outbox.has)


def _case(casework: Session, wish: Wish) -> Case:
    return casework.get(Case, wish.case) or abort(404, "There is no such case.")
