"""The sealed bin as the pages see it: what is in it is nowhere else, until it is taken back."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from vigbox.casework.clips import clips_of
from vigbox.casework.desk import Desk
from vigbox.casework.disclosures import forget_waiting
from vigbox.casework.overdue import notices
from vigbox.casework.practice import Filmed
from vigbox.casework.retention import Retention, out_of_bin, to_bin
from vigbox.store.manifests import Manifest
from vigbox.web.outgoing import learn_fetched
from vigbox.web.services import Services


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
    """Put a recording into the bin, and take away what waits of its clips. Raises OSError."""
    learn_fetched(at, desk)
    with desk.session() as casework:
        row = casework.get(Filmed, film.recording)
        if row is None:
            row = Filmed(recording=film.recording, case_id=film.case, kind="interaction")
            casework.add(row)
        for clip in clips_of(casework, film.recording):
            for export in [each for each in clip.exports if not each.verified_at]:
                at.erase_export(export.id)
                forget_waiting(casework, export.id)
                casework.delete(export)
        to_bin(casework, row)
    at.binned.add(film.recording)
    at.shelf.clear()


def take_back(at: Services, desk: Desk, recording: str) -> None:
    """Take a recording out of the bin."""
    with desk.session() as casework:
        row = casework.get(Filmed, recording)
        if row is not None and row.binned_at:
            out_of_bin(casework, row)
    at.binned.discard(recording)
