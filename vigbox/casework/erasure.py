"""What an erasure found and whether it is over: what its certificate is printed from.

The row is kept before anything is erased and outlives the case. It holds codes, counts, ids and
dates, never a name or a word of anybody. It is of a whole case, or of one recording.
"""

import json
from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from vigbox.casework.disclosures import disclosed, left_at, of_recording
from vigbox.casework.tables import (
    Case,
    Clip,
    Consent,
    Disclosure,
    Erasure,
    Participant,
    SharedReview,
    Wording,
)
from vigbox.casework.unfiled import adopted_by
from vigbox.model import canonical, new_id, now_at
from vigbox.store import holdings
from vigbox.store.layout import Layout
from vigbox.store.manifests import UNFILED, Manifest

_COUNTED: Final = {
    "participants": Participant.case_id,
    "consents": Consent.case_id,
    "clips": Clip.case_id,
    "wordings": Wording.case_id,
    "shared_reviews": SharedReview.case_id,
}
_Facts = dict[str, Any]


def begin(session: Session, layout: Layout, case: Case, why: str) -> Erasure:
    """Keep what is there before it goes; one that was begun for the case goes on."""
    return _begun(session, case.code, why, "", lambda: _found(session, layout, case))


def begin_one(session: Session, film: Manifest, why: str) -> Erasure:
    """Keep what is there of one recording before it goes; as :func:`begin`."""
    case = session.get(Case, film.case)
    code = case.code if case else UNFILED if film.is_unfiled else "unknown"
    return _begun(session, code, why, film.recording, lambda: _found_of(session, film, case))


def finish(session: Session, case: Case) -> None:
    """Say that all of it is gone; the case's code names it."""
    for each in _unfinished(session, case.code):
        each.finished_at = now_at()


def unfinished_recordings(session: Session) -> list[Erasure]:
    """Give the erasures of one recording each that are not over."""
    return [each for each in _unfinished(session) if recording_of(each)]


def erasures(session: Session, case_code: str = "") -> list[Erasure]:
    """Give all erasures, or those of one case, the newest first."""
    rows = select(Erasure).order_by(Erasure.began_at.desc())
    return list(session.scalars(rows.where(Erasure.case_code == case_code) if case_code else rows))


def facts_of(erasure: Erasure) -> dict[str, Any]:
    """Give what was there.

    ``films``: recording, started_at and length_ns of each; ``counts``: how many rows of each
    kind; ``copies``: machine, verified_at, what, purpose and sha256 of each that had left the box;
    ``exports``: how many still waited here; ``opened_by``: how many could open the case;
    ``recording``: when it was this one alone.
    """
    facts: dict[str, Any] = json.loads(erasure.facts)
    return facts


def recording_of(erasure: Erasure) -> str:
    """Give the one recording that it was about; none when it was the whole case."""
    return str(facts_of(erasure).get("recording", ""))


def _begun(
    session: Session, code: str, why: str, recording: str, found: Callable[[], _Facts]
) -> Erasure:
    for each in _unfinished(session, code):
        if recording_of(each) == recording:
            return each
    facts = canonical(found()).decode()
    erasure = Erasure(id=new_id(), case_code=code, why=why, began_at=now_at(), facts=facts)
    session.add(erasure)
    session.flush()
    return erasure


def _unfinished(session: Session, code: str = "") -> list[Erasure]:
    rows = select(Erasure).where(Erasure.finished_at == "")
    return list(session.scalars(rows.where(Erasure.case_code == code) if code else rows))


def _found(session: Session, layout: Layout, case: Case) -> _Facts:
    adopted = adopted_by(session, case.id)  # with what a cut left half filed

    def is_its(film: Manifest) -> bool:
        return film.case == case.id or film.recording in adopted

    return {
        "films": [_film(each) for each in holdings.listed(layout) if is_its(each)],
        "counts": {
            name: session.scalar(select(func.count()).where(column == case.id))
            for name, column in _COUNTED.items()
        },
        **_left(disclosed(session, case.id)),
        **_opened(case),
    }


def _found_of(session: Session, film: Manifest, case: Case | None) -> _Facts:
    clips = select(func.count()).where(Clip.recording == film.recording)
    return {
        "recording": film.recording,
        "films": [_film(film)],
        "counts": {"clips": session.scalar(clips)},
        **_left(of_recording(session, film.recording)),
        **(_opened(case) if case else {}),
    }


def _film(film: Manifest) -> _Facts:
    return {key: getattr(film, key) for key in ("recording", "started_at", "length_ns")}


def _left(out: list[Disclosure]) -> _Facts:
    return {
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
    }


def _opened(case: Case) -> _Facts:
    return {
        "opened_by": len(case.sealed_to.split()),
        "opened_at": case.opened_at,
        "closed_at": case.closed_at,
    }
