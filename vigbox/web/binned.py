"""The sealed bin as the pages see it: what is in it is nowhere else, until it is taken back."""

from datetime import date
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from vigbox.casework import export_erasure
from vigbox.casework.desk import Desk
from vigbox.casework.disclosures import forget_export, left_at, of_recording
from vigbox.casework.filmed import filmed_of
from vigbox.casework.overdue import notices
from vigbox.casework.retention import Retention, RetentionError, out_of_bin, to_bin
from vigbox.casework.tables import Filmed
from vigbox.model import Life
from vigbox.store.manifests import Manifest
from vigbox.web.outgoing import learn_fetched
from vigbox.web.services import Services
from vigbox.web.tablet import label

_IN_BIN: Final = "Its recording went into the bin."


def retention_of(at: Services) -> Retention:
    """Give what the service settled about how long films stay."""
    return at.service.retention()


def look_again(at: Services, casework: Session, on: date) -> None:
    """Bring up to date what every page asks: what is in the bin, what is erased soon."""
    found = set(casework.scalars(select(Filmed.recording).where(Filmed.binned_at != "")))
    at.binned.clear()
    at.binned.update(found)
    at.notices[:] = notices(casework, retention_of(at), on)


def put(at: Services, desk: Desk, film: Manifest) -> None:
    """Put a recording into the bin, and take away what waits of its clips.

    Raises RetentionError for a film without a case, or that is being made; OSError.
    """
    learn_fetched(at, desk)
    with desk.session() as casework:
        row = None if film.life is Life.RECORDING else filmed_of(casework, film)
        if row is None:
            raise RetentionError(
                "This recording cannot go into the bin: it is still being made, or its case is "
                "gone. Erase it at once instead."
            )
        for each in of_recording(casework, film.recording):
            if each.export_id:
                at.erase_export(each.export_id)
            if not left_at(each):
                forget_export(casework, each.export_id)
        export_erasure.drop_of_recording(casework, film.recording, at.erase_export, _IN_BIN)
        to_bin(casework, row, label(at))
    at.binned.add(film.recording)
    at.shelf.clear()


def take_back(at: Services, desk: Desk, recording: str) -> None:
    """Take a recording out of the bin."""
    with desk.session() as casework:
        row = casework.get(Filmed, recording)
        if row is not None and row.binned_at:
            out_of_bin(casework, row)
    at.binned.discard(recording)
