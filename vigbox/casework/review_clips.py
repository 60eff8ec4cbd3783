"""Which clips a cycle is to be reviewed with: those that were chosen of its own film."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from vigbox.casework.cycles import cycles_of
from vigbox.casework.tables import Case, Clip, Cycle, Filmed

_DONE: Final = ("reviewed", "closed")
_UNFILED: Final = or_(Filmed.recording.is_(None), Filmed.cycle_id == "")


def chosen_clips(session: Session, cycle: Cycle, films: Sequence[str] = ()) -> list[Clip]:
    """Give the clips chosen for a cycle, in the order they are to be shown.

    A cycle is one film and the review of its clips: those of its own recordings. Recordings that
    belong to no cycle are offered in one alone, the first to come that has no film yet. ``films``
    are recordings in the order they were made.
    """
    is_own = Filmed.cycle_id == cycle.id
    is_offered = or_(is_own, _UNFILED) if _takes_unfiled(session, cycle) else is_own
    clips = session.scalars(_chosen(cycle.case_id).where(is_offered))
    places = {recording: place for place, recording in enumerate(films)}
    return sorted(
        clips, key=lambda each: (places.get(each.recording, len(places)), each.position, each.first)
    )


def unfiled_films(session: Session, case: Case) -> list[str]:
    """Give the recordings with chosen clips that are offered in no cycle: somebody must file them.

    The oldest clip's first.
    """
    if any(_takes_unfiled(session, each) for each in cycles_of(session, case)):
        return []
    clips = session.scalars(_chosen(case.id).where(_UNFILED).order_by(Clip.made_at))
    return list(dict.fromkeys(each.recording for each in clips))


def _chosen(case: str) -> Select[Clip]:
    """Ask for the chosen clips of a case, of its films of interaction."""
    return (
        select(Clip)
        .outerjoin(Filmed, Filmed.recording == Clip.recording)
        .where(Clip.case_id == case, Clip.state == "chosen")
        .where(or_(Filmed.recording.is_(None), Filmed.kind == "interaction"))
        .where(or_(Filmed.recording.is_(None), Filmed.binned_at == ""))
    )


def _takes_unfiled(session: Session, cycle: Cycle) -> bool:
    """Tell whether a cycle is the first to come that has no film of its own."""
    filmed = select(Filmed.cycle_id).where(
        Filmed.case_id == cycle.case_id, Filmed.kind == "interaction", Filmed.binned_at == ""
    )
    to_come = (
        select(Cycle.id)
        .where(Cycle.case_id == cycle.case_id, Cycle.state.not_in(_DONE), Cycle.id.not_in(filmed))
        .order_by(Cycle.number)
    )
    return session.scalars(to_come).first() == cycle.id
