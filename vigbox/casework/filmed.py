"""What is known of a film besides its pictures: taken from the arming that its manifest names."""

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from vigbox.casework import audit
from vigbox.casework.cycles import reach
from vigbox.casework.tables import Arm, Case, Cycle, Filmed
from vigbox.model import Life, now_at
from vigbox.store.manifests import Manifest

_GONE: Final = ("withdrawing", "erased")
_AT_ONCE: Final = 500


def settle_filmed(session: Session, manifests: Iterable[Manifest]) -> dict[str, Filmed]:
    """Make the rows of films that have none yet; gives the rows of all, by recording.

    A film of before armings were told, or of a case that is gone, has no row. One that is still
    being made gets it when it is over.
    """
    over = [each for each in manifests if each.life is not Life.RECORDING]
    known: dict[str, Filmed] = {}
    for start in range(0, len(over), _AT_ONCE):
        known |= _settle(session, over[start : start + _AT_ONCE])
    return known


def filmed_of(session: Session, manifest: Manifest) -> Filmed | None:
    """Give a film's row; one of before armings were told gets it now, with nobody in shot.

    None when the film's case is gone.
    """
    found = settle_filmed(session, [manifest]).get(manifest.recording)
    if found is None and _cases(session, [manifest]):
        found = Filmed(recording=manifest.recording, case_id=manifest.case, kind="interaction")
        session.add(found)
        session.flush()
    return found


def keep(session: Session, filmed: Filmed) -> None:
    """Note that the family is happy to keep a film; asked once, the first yes stays."""
    if not filmed.kept_at:
        filmed.kept_at = now_at()
        audit.note(session, "happy to keep it", filmed.recording, filmed.case_id)


def forget(session: Session, recording: str) -> None:
    """Erase what is known of a film that is erased."""
    found = session.get(Filmed, recording)
    if found is not None:
        session.delete(found)


def in_shot(session: Session, case: Case, recording: str) -> set[int]:
    """Give the ids of who is in shot; while nobody said who, everybody in the case."""
    filmed = session.get(Filmed, recording)
    said = {int(each) for each in filmed.in_shot.split()} if filmed else set()
    return said or {each.id for each in case.participants}


def _settle(session: Session, manifests: Sequence[Manifest]) -> dict[str, Filmed]:
    ids = [each.recording for each in manifests]
    rows = session.scalars(select(Filmed).where(Filmed.recording.in_(ids)))
    known = {each.recording: each for each in rows}
    new = [each for each in manifests if each.arming and each.recording not in known]
    if not new:
        return known
    counters = {each.arming for each in new}
    arms = {
        each.counter: each for each in session.scalars(select(Arm).where(Arm.counter.in_(counters)))
    }
    cases = _cases(session, new)
    for each in new:
        arm = arms.get(each.arming)
        if arm is not None and each.case == arm.case_id and each.case in cases:
            known[each.recording] = _filmed(session, each, arm)
    session.flush()
    return known


def _filmed(session: Session, manifest: Manifest, arm: Arm) -> Filmed:
    cycle = session.get(Cycle, arm.cycle_id) if arm.cycle_id else None
    if cycle is not None and arm.kind == "interaction":
        reach(cycle, "filmed")
    filmed = Filmed(
        recording=manifest.recording,
        case_id=arm.case_id,
        kind=arm.kind,
        cycle_id=arm.cycle_id,
        in_shot=arm.in_shot,
        sealed_activity=arm.sealed_activity,
    )
    session.add(filmed)
    return filmed


def _cases(session: Session, manifests: Iterable[Manifest]) -> set[str]:
    ids = {each.case for each in manifests}
    return set(session.scalars(select(Case.id).where(Case.id.in_(ids), Case.state.not_in(_GONE))))
