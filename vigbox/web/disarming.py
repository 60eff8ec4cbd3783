"""What the box is armed for, and disarming it in the moment that stops being agreed to."""

import contextlib
import threading
from datetime import datetime
from typing import Final

from vigbox.casework import audit
from vigbox.casework.arming import stands
from vigbox.casework.desk import Desk
from vigbox.casework.tables import Case
from vigbox.errors import VigboxError
from vigbox.model import Arming
from vigbox.store import manifests
from vigbox.store.armed import Armed
from vigbox.store.manifests import ManifestError
from vigbox.store.statements import StatementError
from vigbox.web.recorder_link import RecorderRefusedError
from vigbox.web.services import Services
from vigbox.web.tablet import box_time

_LOOKS: Final = 6
_PAUSE_S: Final = 0.5
"""A press that is only being answered can be stopped a moment later."""


def armed_now(at: Services) -> Arming | None:
    """Give the statement that the next press obeys; none when it cannot be read either."""
    try:
        return Armed(at.layout.armed, at.public.arming, at.public.box).read()
    except StatementError:
        return None  # the recorder refuses it as well, and says so


def in_force(at: Services) -> Arming | None:
    """Give what the next press films for; none when the time of it is over as well."""
    arming = armed_now(at)
    return None if arming is None or is_over(arming, box_time(at)) else arming


def is_over(arming: Arming, now: datetime) -> bool:
    """Tell whether a statement's time is over."""
    return datetime.fromisoformat(arming.valid_until_at) < now


def disarm_if_fallen(at: Services, desk: Desk) -> bool:
    """Disarm the box, and stop its film, when what it is armed for is not agreed to any more.

    Gives whether it was. Raises VigboxError when the recorder could not be told; the next unlock
    tries again.
    """
    arming = armed_now(at)
    if arming is None:
        return False
    now = box_time(at)
    with desk.session() as casework:
        if stands(casework, arming, now):
            return False
        case = casework.get(Case, arming.case)
        about = case.code if case else arming.case
    # with a recorder that is away it stays armed here, and the next look tries both again
    with contextlib.suppress(RecorderRefusedError):
        _stop(at, arming)
    at.recorder.granted("disarm", desk.arming_key(), case=arming.case)
    with desk.session() as casework:
        audit.note(casework, "box disarmed", about, arming.case)
    _stop(at, arming)  # of a press in between, or of one that was refused
    return True


def told_disarming(at: Services, desk: Desk) -> str:
    """Disarm as :func:`disarm_if_fallen`; gives what a person must know when it failed."""
    try:
        disarm_if_fallen(at, desk)
    except VigboxError as error:
        return (
            "The answer is kept, but the box could not be told, and a press on it may still film. "
            f"Lock and unlock the page to try again. {error}"
        )
    return ""


def _stop(at: Services, arming: Arming, looks: int = _LOOKS) -> None:
    if not _is_filming(at, arming):
        return
    try:
        at.recorder.ask(do="stop")
    except RecorderRefusedError:  # it only begins, or has just ended
        if not looks:
            raise
        threading.Event().wait(_PAUSE_S)
        _stop(at, arming, looks - 1)


def _is_filming(at: Services, arming: Arming) -> bool:
    """Tell whether a film of a statement is made, and is not at its end already."""
    status = at.recorder.ask(do="status")
    recording = status.get("recording")
    if recording is None or status.get("mode") == "stopping":
        return False
    try:
        manifest = manifests.read(at.layout.manifest(str(recording)), at.public.recorder)
    except (ManifestError, OSError):
        return False
    return manifest.arming == arming.counter
