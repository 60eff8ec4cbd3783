"""Sends exports to the service's storage, in a thread of its own; needs no key and no unlock.

An export is noted at one look and sent at the next: whoever erases it in between finds the note,
and counts it among what may lie elsewhere.

What could not be sent is tried again, more and more seldom, for as long as the box runs.
"""

import logging
import threading
from collections.abc import Callable, Collection
from typing import Final

from vigbox.delivery.machines import MachineError
from vigbox.delivery.outbox import Export, NoSuchExportError, Outbox
from vigbox.delivery.outlet import ChangedThereError, Outlet
from vigbox.delivery.remote import NoRcloneError, RemoteError

_log = logging.getLogger(__name__)

LOOK_S: Final = 20.0
_LONGEST_S: Final = 900.0


class Sending:
    """One outlet and what became of it; without an outlet it does nothing. Any thread may look.

    ``revoked`` gives the ids of machines that nothing is sent for.
    """

    def __init__(
        self,
        outbox: Outbox,
        outlet: Outlet | None,
        revoked: Callable[[], Collection[str]] = frozenset,
    ) -> None:
        self._outbox = outbox
        self._revoked = revoked
        self._outlet = outlet
        self._over = threading.Event()
        self.problem = ""
        """Why the last one could not be sent; empty when all is well."""

    @property
    def where(self) -> str:
        """The storage's name as rclone has it; empty without an outlet."""
        return self._outlet.remote.where if self._outlet else ""

    def begin(self) -> None:
        """Start sending, if there is an outlet."""
        if self._outlet is not None:
            threading.Thread(target=self._run, name="outlet", daemon=True).start()

    def end(self) -> None:
        """Send nothing more after the file under way."""
        self._over.set()

    def send_all(self) -> bool:
        """Send what was noted before, note what is new; tells whether nothing went wrong."""
        if self._outlet is None:
            return True
        try:
            unsent = self._outbox.unsent(self._revoked())
        except (MachineError, OSError) as error:
            self._tell(str(error))
            return False
        changed = ""
        for export in unsent:
            if self._over.is_set():
                return True
            try:
                self._send(self._outlet, export)
            except NoSuchExportError:
                continue  # erased meanwhile
            except ChangedThereError as error:
                changed = changed or str(error)  # its matter alone; the others can be sent
            except (RemoteError, NoRcloneError, OSError) as error:
                self._tell(str(error))
                return False
        self._tell(changed)
        return not changed

    def _send(self, outlet: Outlet, export: Export) -> None:
        export_id = export.manifest.export_id
        if not self._outbox.is_sent(export_id):
            self._outbox.note_sending(export_id)
            return
        sent = outlet.send(export)
        self._outbox.note_sent(export_id, is_read_back=sent.is_read_back)

    def _run(self) -> None:
        wait_s = LOOK_S
        while not self._over.wait(wait_s):
            wait_s = LOOK_S if self.send_all() else min(2 * wait_s, _LONGEST_S)

    def _tell(self, problem: str) -> None:
        if problem and problem != self.problem:
            _log.warning("not sent: %s", problem)
        self.problem = problem
