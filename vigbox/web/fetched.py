"""Exports that a machine fetched and verified: copies that left the box, known from then on."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from vigbox.casework import audit
from vigbox.casework.tables import Clip, Export
from vigbox.model import now_at
from vigbox.web.services import Services


def note_fetched(at: Services, casework: Session) -> None:
    """Note what machines said to the outbox, also while the box was locked."""
    for export in casework.scalars(select(Export).where(Export.verified_at == "")):
        if at.outbox.is_verified(export.id):
            clip = casework.get(Clip, export.clip_id)
            export.verified_at = now_at()
            audit.note(casework, "verified", export.id, clip.case_id if clip else "")
