"""Where a practitioner stands in their training, as they say it: a stage, or accredited."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from sqlalchemy import delete
from sqlalchemy.orm import Session

from vigbox.casework import audit
from vigbox.casework.tables import Stage, Training
from vigbox.casework.training_log import TARGETS
from vigbox.errors import VigboxError

STATUSES: Final = ("trainee", "accredited", "supervisor")

MOST_BEFORE: Final = 99
_LONGEST_NAME: Final = 60


class TrainingError(VigboxError):
    """Where a practitioner stands cannot be kept like that; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Begun:
    """When a stage began, and the cycles of it from before the box."""

    began_on: date
    cycles_before: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot be. Raises :class:`TrainingError`."""
        if not 0 <= self.cycles_before <= MOST_BEFORE:
            raise TrainingError(f"cycles from before the box must be from 0 to {MOST_BEFORE}.")


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a practitioner says to stand; ``stage`` is a trainee's, 0 for others.

    ``stages`` are those that began, by number.
    """

    status: str
    supervisor: str = ""
    stage: int = 0
    stages: Mapping[int, Begun] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what cannot be. Raises :class:`TrainingError`."""
        if self.status not in STATUSES:
            raise TrainingError(
                f"the status must be one of {', '.join(STATUSES)}, not {self.status!r}."
            )
        if (self.status == STATUSES[0]) != (self.stage in TARGETS):
            raise TrainingError(f"a trainee's stage is 1, 2 or 3, not {self.stage!r}.")
        if not set(TARGETS).issuperset(self.stages):
            raise TrainingError("a stage is 1, 2 or 3.")
        if len(self.supervisor) > _LONGEST_NAME:
            raise TrainingError(f"the supervisor may have {_LONGEST_NAME} letters.")
        days = [self.stages[each].began_on for each in sorted(self.stages)]
        if days != sorted(set(days)):
            raise TrainingError("the stages' days do not follow one another. Look at them again.")


def settle(session: Session, standing: Standing, today: date) -> None:
    """Keep where the practitioner at the desk stands; the stage they are in begins today if unsaid.

    Raises :class:`TrainingError`.
    """
    me, stages = session.info[audit.BY], dict(standing.stages)
    if standing.stage and standing.stage not in stages:
        stages[standing.stage] = Begun(today)
        standing = replace(standing, stages=stages)
    if any(each.began_on > today for each in stages.values()):
        raise TrainingError("that day is still to come. Write the day the stage began.")
    row = session.get(Training, me) or Training(recipient_id=me)
    row.status, row.supervisor, row.stage = standing.status, standing.supervisor, standing.stage
    session.add(row)
    session.execute(delete(Stage).where(Stage.recipient_id == me))
    for number, begun in stages.items():
        of_it = {"recipient_id": me, "number": number, "cycles_before": begun.cycles_before}
        session.add(Stage(**of_it, began_on=begun.began_on.isoformat()))
    audit.note(session, f"training: {standing.status} {standing.stage or ''}".strip(), me)
