"""What only an unlocked web may ask, each under a grant; it is done when it is durable."""

import base64
import io
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from vigbox.model import Arming
from vigbox.recorder.clock import Clock
from vigbox.recorder.grants import Grants
from vigbox.recorder.ledger import Ledger
from vigbox.recorder.readiness import RefusedError
from vigbox.recorder.scribe import Scribe
from vigbox.seal.header import parse_header
from vigbox.seal.recipients import parse_recipients
from vigbox.store.armed import Armed, arming_from
from vigbox.store.manifests import is_id
from vigbox.store.unarmed import UnarmedPresses, unarmed_from

_LARGEST_KEY_FILE: Final = 1 << 20


class Granted:
    """Carries out granted commands, in the caller's thread and without the box's lock.

    ``when_changed`` is told when a press may be judged anew; ``made`` gives the recording that is
    being made; ``is_filming`` tells whether there is one, or is to be a further part of one.
    """

    def __init__(  # noqa: PLR0913  # what the commands reach
        self,
        grants: Grants,
        armed: Armed,
        unarmed: UnarmedPresses,
        ledger: Ledger,
        clock: Clock,
        scribe: Scribe,
        *,
        when_changed: Callable[[], None],
        made: Callable[[], str | None],
        is_filming: Callable[[], bool],
    ) -> None:
        self._grants = grants
        self._armed = armed
        self._unarmed = unarmed
        self._ledger = ledger
        self._clock = clock
        self._scribe = scribe
        self._when_changed = when_changed
        self._made = made
        self._is_filming = is_filming

    def newest(self) -> dict[str, int]:
        """Give the numbers of the newest statements: who signs the next must go above them."""
        return {each.name: each.newest() for each in (self._armed, self._unarmed)}

    def arm(self, request: dict[str, Any]) -> None:
        """Keep what the next press films for, while nothing is filmed.

        Else the film of a consent that is withdrawn could not be told by what is armed, nor its
        further part be of the same case. Raises GrantError, StatementError, :class:`RefusedError`,
        OSError.
        """
        facts = self._grants.check("arm", request)
        arming = arming_from(facts.get("arming"))
        parse_recipients(arming.recipients)
        self._scribe.do(lambda: self._keep(request, arming)).result()
        self._when_changed()

    def disarm(self, request: dict[str, Any]) -> None:
        """Film nothing more for a case. Raises GrantError, StatementError, OSError."""
        facts = self._grants.check("disarm", request)
        self._scribe.do(lambda: self._armed.forget(str(facts.get("case")))).result()
        self._when_changed()

    def say_unarmed(self, request: dict[str, Any]) -> None:
        """Keep whether a press without an armed case films.

        Raises GrantError, StatementError, RecipientError, OSError.
        """
        facts = self._grants.check("unarmed", request)
        unarmed = unarmed_from(facts.get("unarmed"))
        if unarmed.recipients:
            parse_recipients(unarmed.recipients)
        self._scribe.do(lambda: self._unarmed.keep(request, unarmed)).result()
        self._when_changed()

    def file(self, request: dict[str, Any]) -> None:
        """Seal an unfiled film's own identity to others; with a case, let it be of that case.

        Raises GrantError, :class:`RefusedError`, HeaderError, ManifestError, OSError.
        """
        facts = self._grants.check("file", request)
        recording, case = self._settled(facts), facts.get("case")
        identity = base64.b64decode(facts["identity"], validate=True)
        if case is not None and not is_id(case):
            raise RefusedError("there is no such case")
        if len(identity) > _LARGEST_KEY_FILE:
            raise RefusedError("the identity of this recording cannot be so large")
        parse_header(io.BytesIO(identity))  # what is no age file opens nothing ever after
        self._ledger.file(recording, identity, case).result()

    def finish(self, request: dict[str, Any]) -> None:
        """Finish an interrupted film in place. Raises GrantError, FinishError, OSError."""
        facts = self._grants.check("finish", request)
        recording = self._settled(facts)
        offset, final = int(facts["offset"]), base64.b64decode(facts["final"])
        length_ns = max(0, int(facts["length_ns"]))
        self._ledger.finish(recording, offset, final, length_ns).result()

    def erase(self, request: dict[str, Any]) -> None:
        """Take one recording off the card. Raises GrantError, :class:`RefusedError`, OSError."""
        facts = self._grants.check("erase", request)
        self._ledger.erase(self._settled(facts)).result()

    def tell_time(self, request: dict[str, Any]) -> None:
        """Take the tablet's time. Raises GrantError, ImplausibleTimeError, ValueError, OSError."""
        facts = self._grants.check("clock", request)
        self._clock.tell(datetime.fromisoformat(str(facts["at"])))
        self._when_changed()
        self._scribe.do(self._clock.keep)

    def _keep(self, request: dict[str, Any], arming: Arming) -> None:
        if self._is_filming():  # asked when its turn comes: a press may have been before
            raise RefusedError("A film is being made. Arm the box when it is over.")
        self._armed.keep(request, arming)

    def _settled(self, facts: dict[str, Any]) -> str:
        """Give the id of a recording that nobody makes any more."""
        recording = facts.get("recording")
        if not is_id(recording):
            raise RefusedError("there is no such recording")
        if self._made() == recording:
            raise RefusedError("this recording is still being made. Stop it first.")
        return str(recording)
