"""Erasing one recording: its film, clips, marks and what waits of it, with a certificate.

As a withdrawal it is begun before anything goes and said to be over after all is gone; a cut is
taken up after the next unlock. The case's key stays, for its other films.
"""

from collections.abc import Callable
from typing import Final, Protocol

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from vigbox.casework import audit, edits, erasure, export_erasure, filmed, imports, orders, unfiled
from vigbox.casework.clips import clips_of, remove_clip
from vigbox.casework.desk import Desk
from vigbox.casework.disclosures import forget_waiting, left_at, of_recording
from vigbox.casework.tables import Case, Erasure, Filmed, SharedReview
from vigbox.model import now_at
from vigbox.store.manifests import Manifest

AT_ONCE: Final = "asked for at once"
BIN_OVER: Final = "its days in the bin were over"
NOT_FILED: Final = "nobody filed it under a case"
FETCHED: Final = "a machine has verified all of it"

_ERASED: Final = "Its recording was erased."


class FilmErasers(Protocol):
    """What takes a film, and what was cut from it, off the card."""

    def erase_film(self, recording: str) -> None:
        """Take a film off the card, also what a cut left of it. Raises VigboxError, OSError."""

    def erase_export(self, export: str) -> None:
        """Take an export away, if it still waits. Raises OSError."""


def erase_recording(
    desk: Desk,
    film: Manifest,
    erasers: FilmErasers,
    why: str = AT_ONCE,
    is_still: Callable[[Session], bool] = lambda _session: True,
) -> str:
    """Erase one recording; gives the id of the erasure, or nothing when it is not wished any more.

    ``is_still`` is asked in the session that begins it: somebody may have taken it back meanwhile.

    Raises VigboxError or OSError when not all of it could be; :func:`go_on` takes it up.
    """
    with desk.session() as session:
        if not is_still(session):
            return ""
        begun = erasure.begin_one(session, film, why)
        row = session.get(Filmed, film.recording)
        if row is not None:  # out of sight from here on, also when a cut comes
            row.binned_at = row.binned_at or begun.began_at
        if session.get(Case, film.case) is not None:
            audit.note(session, "erasing", film.recording, film.case)
    _erase(desk, begun.id, film.recording, erasers)
    return begun.id


def go_on(desk: Desk, erasers: FilmErasers) -> None:
    """Take up what a cut or a failure left. Raises as :func:`erase_recording`."""
    with desk.session() as session:
        rows = [
            (each.id, erasure.recording_of(each)) for each in erasure.unfinished_recordings(session)
        ]
    for begun, recording in rows:
        _erase(desk, begun, recording, erasers)


def _erase(desk: Desk, begun: str, recording: str, erasers: FilmErasers) -> None:
    with desk.session() as session:
        exports = {each.export_id for each in of_recording(session, recording)}
        exports |= orders.unfinished_of(session, recording)
    for each in sorted(exports - {""}):  # before the film, which waits for a recorder that is away
        erasers.erase_export(each)
    erasers.erase_film(recording)
    with desk.session() as session:
        _erase_rows(session, recording, erasers)
        row = session.get_one(Erasure, begun)
        row.finished_at = now_at()
        case = session.scalar(select(Case.id).where(Case.code == row.case_code))
        audit.note(session, "erased", recording, case or "")


def _erase_rows(session: Session, recording: str, erasers: FilmErasers) -> None:
    for each in of_recording(session, recording):
        if not left_at(each):
            forget_waiting(session, each.export_id)
    export_erasure.drop_of_recording(session, recording, erasers.erase_export, _ERASED)
    for clip in clips_of(session, recording):
        remove_clip(session, clip, erasers.erase_export)
    edits.forget(session, recording)
    imports.forget(session, recording)
    filmed.forget(session, recording)
    unfiled.forget(session, recording)
    of_it = SharedReview.recording == recording
    session.execute(update(SharedReview).where(of_it).values(recording=""))
