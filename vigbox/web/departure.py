"""An export departs: written part by part, into the books, and only then there to be fetched.

The rows are kept before it appears, so that what a machine can see is in the case's books. Whatever
goes wrong leaves neither; what a cut leaves between the two is taken back at the next unlock.
"""

import contextlib
import hashlib
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from vigbox.casework import audit, departed
from vigbox.casework.desk import Desk
from vigbox.casework.disclosures import disclose
from vigbox.casework.tables import Case, Consent, Disclosure
from vigbox.delivery.begun import SealedPart
from vigbox.delivery.contents import About, Rest
from vigbox.delivery.draft import Draft
from vigbox.delivery.machines import Machine, MachineError
from vigbox.delivery.outbox import BROWSER, NoSuchExportError
from vigbox.errors import VigboxError
from vigbox.export.pieces import CancelledError
from vigbox.model import now_at
from vigbox.seal.errors import LockedError
from vigbox.web.services import Services

_log = logging.getLogger(__name__)


class StoppedError(CancelledError):
    """The box was locked: this export goes on after the next unlock."""


@dataclass(frozen=True, slots=True)
class Departure:
    """One export on its way to where a machine can fetch it.

    With what was ``begun`` of it, also when that is nothing, it goes on from there, and what is
    sealed whole stays after a lock.
    """

    at: Services
    desk: Desk
    export_id: str
    machine: Machine
    begun: Sequence[SealedPart] | None = None

    def make(self, fill: Callable[[Draft], None], settle: Callable[[Session, Draft], None]) -> None:
        """Let it appear together with its rows, or not at all.

        ``fill`` writes the parts. ``settle`` asks the gate again, seals the draft and adds the
        rows (:meth:`book`), in one session. Raises what they and the outbox raise, and
        MachineError when its machine was revoked meanwhile.
        """
        with self.at.outbox.begin(self.export_id, self.machine, self.begun) as draft:
            try:
                fill(draft)
                with self.desk.session() as casework:
                    self._refuse_revoked()
                    settle(casework, draft)
            except (StoppedError, LockedError):
                draft.leave()
                raise
            try:
                draft.appear()
                self._refuse_revoked()  # whoever revoked it just now did not see it yet
            except BaseException:
                self._take_back()
                raise

    def book(
        self,
        casework: Session,
        draft: Draft,
        case: Case,
        row: Disclosure,
        consents: Iterable[Consent],
    ) -> None:
        """Seal the draft and write it into a case's books.

        ``row`` says what it is, the purpose, and of which recordings.
        """
        rests = list(consents)
        told = about(row.what, self.machine.name, row.purpose, rests)
        manifest = draft.seal(self.at.device_key, case.code, told)
        row.to_whom, row.export_id = self.machine.name, self.export_id
        row.sha256 = hashlib.sha256(manifest.to_bytes()).hexdigest()
        disclose(casework, case, row, rests)

    def _refuse_revoked(self) -> None:
        if self.machine.id in self.at.machines.revoked() - {BROWSER}:
            raise MachineError(f"{self.machine.name} is no longer paired; choose another machine")

    def _take_back(self) -> None:
        """Leave nothing of what could not appear; what fails is taken up at the next unlock."""
        try:
            with contextlib.suppress(NoSuchExportError):
                self.at.outbox.erase(self.export_id)
            with self.desk.session() as casework:
                departed.forget(casework, self.export_id)
        except (VigboxError, OSError) as error:
            _log.warning("export %s is taken back at the next unlock: %s", self.export_id, error)


def about(what: str, for_whom: str, purpose: str, consents: Iterable[Consent]) -> About:
    """Give what an export's sealed contents say of it: no name of anybody in the case."""
    rests = tuple(Rest(each.id, each.purpose, each.form, each.given_at) for each in consents)
    return About(what, for_whom, purpose, now_at(), rests)


def settle_departed(at: Services, desk: Desk) -> None:
    """Take back what a cut left: exports that no row knows, rows whose export never appeared.

    An order is made again. To be asked once it was learnt what machines have. Raises OSError.
    """
    there = at.outbox.ids()
    with desk.session() as casework:
        known = departed.known(casework)
        for each in there - known:
            at.erase_export(each)
            audit.note(casework, "export erased: no case knew of it", each)
        for each in departed.never_appeared(casework, at.outbox.is_coming):
            departed.forget(casework, each)
