"""What an erasure found and whether it is over: what its certificate is printed from.

The row is kept before anything is erased and outlives the case. It holds codes, counts, ids and
dates, never a name or a word of anybody.
"""

import json
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from vigbox.casework.disclosures import disclosed, left_at
from vigbox.casework.practice import Consent, Erasure, SharedReview, Wording
from vigbox.casework.tables import Case, Clip, Participant
from vigbox.model import canonical, new_id, now_at
from vigbox.store import holdings
from vigbox.store.layout import Layout

_COUNTED: Final = {
    "participants": Participant.case_id,
    "consents": Consent.case_id,
    "clips": Clip.case_id,
    "wordings": Wording.case_id,
    "shared_reviews": SharedReview.case_id,
}


def begin(session: Session, layout: Layout, case: Case, why: str) -> Erasure:
    """Keep what is there before it goes; one that was begun for the case goes on."""
    begun = select(Erasure).where(Erasure.case_code == case.code, Erasure.finished_at == "")
    erasure = session.scalar(begun)
    if erasure is None:
        facts = canonical(_found(session, layout, case)).decode()
        erasure = Erasure(id=new_id(), case_code=case.code, why=why, began_at=now_at(), facts=facts)
        session.add(erasure)
        session.flush()
    return erasure


def finish(session: Session, case: Case) -> None:
    """Say that all of it is gone; the case's code names it."""
    begun = select(Erasure).where(Erasure.case_code == case.code, Erasure.finished_at == "")
    for each in session.scalars(begun):
        each.finished_at = now_at()


def erasures(session: Session, case_code: str = "") -> list[Erasure]:
    """Give all erasures, or those of one case, the newest first."""
    rows = select(Erasure).order_by(Erasure.began_at.desc())
    return list(session.scalars(rows.where(Erasure.case_code == case_code) if case_code else rows))


def facts_of(erasure: Erasure) -> dict[str, Any]:
    """Give what was there.

    ``films``: recording, started_at and length_ns of each; ``counts``: how many rows of each
    kind; ``copies``: machine, verified_at, what, purpose and sha256 of each that had left the box;
    ``exports``: how many still waited here; ``opened_by``: how many could open the case.
    """
    facts: dict[str, Any] = json.loads(erasure.facts)
    return facts


def _found(session: Session, layout: Layout, case: Case) -> dict[str, Any]:
    out = disclosed(session, case.id)
    return {
        "films": [
            {key: getattr(each, key) for key in ("recording", "started_at", "length_ns")}
            for each in holdings.listed(layout)
            if each.case == case.id
        ],
        "counts": {
            name: session.scalar(select(func.count()).where(column == case.id))
            for name, column in _COUNTED.items()
        },
        "copies": [
            {
                "machine": each.to_whom,
                "verified_at": left_at(each),
                "what": each.what,
                "purpose": each.purpose,
                "sha256": each.sha256,
            }
            for each in out
            if left_at(each)
        ],
        "exports": sum(1 for each in out if not left_at(each)),
        "opened_by": len(case.sealed_to.split()),
        "opened_at": case.opened_at,
        "closed_at": case.closed_at,
    }
