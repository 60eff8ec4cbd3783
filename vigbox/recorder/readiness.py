"""Whether a press would be answered by a film: armed, in time, with room on the card.

Where the service asks before review, a press without an armed case is answered as well.
"""

import time
from datetime import datetime
from typing import ClassVar

from vigbox.config import Settings
from vigbox.errors import VigboxError
from vigbox.model import NS, Arming, Unarmed
from vigbox.recorder.card import Card
from vigbox.recorder.clock import Clock
from vigbox.recorder.first_words import is_ground_of
from vigbox.store.armed import Armed
from vigbox.store.layout import Layout, room_bytes
from vigbox.store.manifests import Manifest
from vigbox.store.unarmed import UnarmedPresses


class RefusedError(VigboxError):
    """A press or a command was refused: the text is what the page says, ``kind`` for programs."""

    kind: ClassVar[str] = ""


class NotArmedError(RefusedError):
    """No case is armed."""

    kind = "unarmed"


class ArmingOverError(RefusedError):
    """A case is armed, and its time is over."""

    kind = "over"


class CardTroubleError(RefusedError):
    """The card has no room, or cannot be written: the lamp says so before anybody presses."""

    kind = "card"


class NoRoomError(CardTroubleError):
    """The card is well and nearly full."""

    kind = "room"


class Readiness:
    """Judges a press; the lamp's question is answered from the last second's look."""

    def __init__(
        self,
        layout: Layout,
        settings: Settings,
        armed: Armed,
        unarmed: UnarmedPresses,
        card: Card,
        clock: Clock,
    ) -> None:
        self._layout = layout
        self._settings = settings
        self._armed = armed
        self._unarmed = unarmed
        self._card = card
        self._clock = clock
        self._looked_ns: int | None = None
        self._reason: str | None = None
        self._kind = ""
        self._is_unarmed = False

    def ground(self) -> Arming | Unarmed:
        """Give what a press now films for; :class:`Unarmed` when it is for no case yet.

        Raises :class:`RefusedError`, StatementError, OSError.
        """
        ground = self._said()
        if problem := self._card.problem(time.monotonic_ns()):
            raise CardTroubleError(problem)
        self._check_room()
        return ground

    def ground_after(self, before: Manifest) -> Arming | Unarmed:
        """Give what a further part of a film is for: the same as the part before it.

        Raises as :meth:`ground`, and :class:`RefusedError` when that has changed.
        """
        ground = self.ground()
        if not is_ground_of(ground, before):
            raise RefusedError(
                "What the box films for has changed, so this film does not go on. Press again for "
                "a new one."
            )
        return ground

    def is_unarmed(self, now_ns: int) -> bool:
        """Tell whether a press would be answered, and for no case yet."""
        return self.not_ready(now_ns) is None and self._is_unarmed

    def is_card_troubled(self, now_ns: int) -> bool:
        """Tell whether it is the card that a press would be refused for."""
        return self.not_ready_kind(now_ns) in (CardTroubleError.kind, NoRoomError.kind)

    def not_ready(self, now_ns: int) -> str | None:
        """Tell why a press would be refused; None when it would not."""
        if self._looked_ns is None or now_ns - self._looked_ns > NS:
            self._reason = self._look()
            self._looked_ns = now_ns
        return self._reason

    def not_ready_kind(self, now_ns: int) -> str:
        """Name why a press would be refused, for whoever judges an update; see :func:`_kind_of`."""
        return self._kind if self.not_ready(now_ns) is not None else ""

    def forget(self) -> None:
        """Look anew at the next question: something has changed."""
        self._looked_ns = None

    def _look(self) -> str | None:
        try:
            self._is_unarmed = isinstance(self.ground(), Unarmed)
        except (VigboxError, OSError, ValueError) as error:
            self._kind = _kind_of(error)
            return sentence(error)
        return None

    def _said(self) -> Arming | Unarmed:
        arming = self._armed.read()
        if arming is not None and datetime.fromisoformat(arming.valid_until_at) >= (
            self._clock.now()
        ):
            return arming
        unarmed = self._unarmed.read()
        if unarmed is not None and unarmed.recipients:
            return unarmed
        if arming is None:
            raise NotArmedError(
                "No case is armed. Unlock the page, choose a case and arm the box for it."
            )
        raise ArmingOverError(
            "The time the box was armed for is over. Unlock the page and arm it again."
        )

    def _check_room(self) -> None:
        room = room_bytes(self._layout.recordings)
        minutes = self._settings.room_to_start_minutes
        needed = self._settings.room_to_start_bytes
        if room < needed:
            raise NoRoomError(
                f"The card is nearly full: {room // 1_000_000} MB are left, and "
                f"{minutes} minutes of film need {needed // 1_000_000} MB. "
                "Export and erase older recordings first."
            )


def _kind_of(error: BaseException) -> str:
    """Name a refusal: unarmed, over, card, room, or statement for one that cannot be read."""
    if isinstance(error, RefusedError):
        return error.kind
    return CardTroubleError.kind if isinstance(error, OSError) else "statement"


def sentence(error: BaseException) -> str:
    """Give the line that the page shows for an error."""
    if isinstance(error, OSError):
        return f"The card cannot be used: {error.strerror}. Check it, then press again."
    return str(error)
