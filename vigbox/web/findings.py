"""What is looked at before the first film, besides picture and sound: as ``vigbox check`` does."""

from dataclasses import dataclass
from typing import Final

from flask_babel import gettext as _

from vigbox.model import TimeSource
from vigbox.store.armed import Armed
from vigbox.store.statements import StatementError
from vigbox.web.recorder_link import RecorderGoneError
from vigbox.web.sentences import told
from vigbox.web.services import Services

_GB: Final = 1_000_000_000


def is_armed(at: Services) -> bool:
    """Tell whether the next press has a case to film for."""
    try:
        return Armed(at.layout.armed, at.public.arming, at.public.box).read() is not None
    except StatementError:
        return False


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one thing, in a sentence; a problem says what to do."""

    about: str
    says: str
    is_well: bool


def findings(at: Services) -> list[Finding]:
    """Ask the recorder how things stand: itself, the card, the clock."""
    try:
        status = at.recorder.ask(do="status")
    except RecorderGoneError as error:
        return [Finding(_("Recorder"), told(str(error)), is_well=False)]
    # armed for nobody is how a new box is, and no fault; a camera it needs all the same
    why = told((status.get("not_ready") if is_armed(at) else "") or status.get("camera") or "")
    # a recorder of before, which films on while its newer version waits, says nothing of it
    well = _("It answers, and sees the camera.") if "camera" in status else _("It answers.")
    room, source = int(status.get("room_bytes", 0)), status.get("clock", {}).get("source", "")
    is_sure = source not in ("", TimeSource.UNSURE.value)
    sure, unsure = _("It knows the time."), _("It is not sure of the time: unlock it once more.")
    return [
        Finding(_("Recorder"), why or well, is_well=not why),
        Finding(
            _("Card"),
            _("%(room)s GB are free.", room=f"{room / _GB:.0f}"),
            is_well=room > at.settings.room_to_stop_mb * 1_000_000,
        ),
        Finding(_("Clock"), sure if is_sure else unsure, is_well=is_sure),
    ]
