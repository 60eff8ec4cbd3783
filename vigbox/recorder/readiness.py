"""Whether a press would be answered by a film: armed, in time, with room and a camera.

Where the service asks before review, a press without an armed case is answered as well.
"""

import time
from datetime import datetime
from typing import ClassVar, Final

from vigbox.config import Settings
from vigbox.devices.camera import Camera
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


class CameraTroubleError(RefusedError):
    """There is no camera, or it refused the last film. A press tries it all the same."""

    kind = "camera"


class CameraUnknownError(RefusedError):
    """The recorder began a moment ago, and nobody knows yet whether there is a camera."""

    kind = "looking"


_PROBLEMS: Final = (CardTroubleError.kind, NoRoomError.kind, CameraTroubleError.kind)
_LOOKING: Final = "The box still looks for its camera. Wait a few seconds."


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
        camera: Camera,
    ) -> None:
        self._layout = layout
        self._settings = settings
        self._armed = armed
        self._unarmed = unarmed
        self._card = card
        self._clock = clock
        self._camera = camera
        self._looked_ns: int | None = None
        self._reason: str | None = None
        self._kind = ""
        self._is_unarmed = False

    def ground(self) -> Arming | Unarmed:
        """Give what a press now films for; :class:`Unarmed` when it is for no case yet.

        The camera is not judged: a press tries it, for it may be well again.
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

    def is_problem(self, now_ns: int) -> bool:
        """Tell whether it is the card or the camera that a press would be refused for."""
        return self.not_ready_kind(now_ns) in _PROBLEMS

    def camera(self) -> str:
        """Say what is wrong with the camera, or nothing; armed or not."""
        problem = self._camera.problem()
        return _LOOKING if problem is None else problem

    def not_ready(self, now_ns: int) -> str | None:
        """Tell why a press would be refused, or why nobody knows yet; None when it would not."""
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
        camera = self._camera.problem()  # asked at once: it is known by when somebody arms
        try:
            self._is_unarmed = isinstance(self.ground(), Unarmed)
            _check_camera(camera)
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


def _check_camera(problem: str | None) -> None:
    if problem is None:
        raise CameraUnknownError(_LOOKING)
    if problem:
        raise CameraTroubleError(problem)


def _kind_of(error: BaseException) -> str:
    """Name a refusal by its kind; statement is one that cannot be read."""
    if isinstance(error, RefusedError):
        return error.kind
    return CardTroubleError.kind if isinstance(error, OSError) else "statement"


def sentence(error: BaseException) -> str:
    """Give the line that the page shows for an error."""
    if isinstance(error, OSError):
        return f"The card cannot be used: {error.strerror}. Check it, then press again."
    return str(error)
