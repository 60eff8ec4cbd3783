"""What waits to be filed: listed without a picture or a sound, erased when its days are over."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from vigbox.casework import unfiled
from vigbox.casework.desk import Desk
from vigbox.casework.recording_erasure import NOT_FILED, erase_recording
from vigbox.model import Life, TimeSource
from vigbox.web.erasing import Erasing
from vigbox.web.parts import Parts, joined
from vigbox.web.services import Services
from vigbox.web.unarmed import presses


@dataclass(frozen=True, slots=True)
class Waiting:
    """What one press without a case filmed, as the list shows it."""

    parts: Parts
    length_ns: int
    is_running: bool
    is_unsure: bool
    due_on: date | None
    days: int


def waiting(at: Services, casework: Session) -> list[Waiting]:
    """Give what waits to be filed, the newest press first."""
    films = [each for each in at.manifests.listed() if each.is_unfiled]
    if not films:
        return []
    days = at.service.now.days_to_file()
    left = unfiled.days_left(casework, days)
    return [as_waiting(each, left, days) for each in joined(films)[::-1]]


def set_right(at: Services, desk: Desk, day: date | None) -> None:
    """Tell the recorder, begin clocks, and erase what nobody filed; ``day`` is today if it is sure.

    Raises VigboxError, OSError; the next unlock tries again.
    """
    with at.following:
        presses(at, desk).set_right()
    days = at.service.now.days_to_file()
    films = [each for each in at.manifests.listed() if each.is_unfiled]
    with desk.session() as casework:
        unfiled.see(casework, films, days, day)
        left = unfiled.days_left(casework, days)
    # a file of settings that cannot be read erases nothing by its age
    if day is None or not at.service.is_readable:
        return
    for film in films:
        due_on = left.get(film.recording)
        if due_on is not None and due_on <= day and film.life is not Life.RECORDING:
            erase_recording(desk, film, Erasing(at, desk), NOT_FILED)


def as_waiting(parts: Parts, left: dict[str, date | None], days: int) -> Waiting:
    """Give one press that waits; ``left`` are the days of all that wait."""
    known = [day for each in parts.manifests if (day := left.get(each.recording))]
    return Waiting(
        parts,
        length_ns=sum(each.length_ns for each in parts.manifests),
        is_running=any(each.life is Life.RECORDING for each in parts.manifests),
        is_unsure=any(each.clock == TimeSource.UNSURE for each in parts.manifests),
        due_on=min(known, default=None),
        days=days,
    )
