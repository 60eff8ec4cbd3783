"""A practitioner's log: what was done, read from the cases and from what outlived them.

Counts come from shared reviews that ended and supervisions that were held. When a case is erased
its code and the days stay in the log, and nothing else of it: see :func:`keep_entries`.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from vigbox.casework.tables import Case, Cycle, LogEntry, SharedReview, Stage, Supervision, Training

TARGETS: Final = {1: 6, 2: 9, 3: 12}
"""Cycles of each stage, as trainings have them."""
CYCLE: Final = "cycle"
SUPERVISION: Final = "supervision"


@dataclass(frozen=True, slots=True)
class Entry:
    """A cycle that was reviewed, or a supervision that was held: a day, a code, a number."""

    done_on: str
    what: str
    code: str
    cycle: int


@dataclass(frozen=True, slots=True)
class StageLog:
    """One stage: its days are from ``began_on`` until the next one began."""

    number: int
    began_on: str
    cycles_before: int
    entries: tuple[Entry, ...]

    @property
    def target(self) -> int:
        """How many cycles it asks for."""
        return TARGETS[self.number]

    @property
    def cycles(self) -> int:
        """Cycles, with those from before the box."""
        return self.cycles_before + _cycles(self.entries)

    @property
    def clients(self) -> int:
        """Cases that had a cycle."""
        return _clients(self.entries)

    @property
    def supervisions(self) -> int:
        """Supervisions that were held."""
        return _supervisions(self.entries)


@dataclass(frozen=True, slots=True)
class Log:
    """A practitioner's whole log; ``supervisor`` is as they wrote it."""

    status: str
    stage: int
    supervisor: str
    stages: tuple[StageLog, ...]
    entries: tuple[Entry, ...]

    @property
    def cycles(self) -> int:
        """All cycles, with those from before the box."""
        return sum(each.cycles_before for each in self.stages) + _cycles(self.entries)

    @property
    def clients(self) -> int:
        """All cases that had a cycle."""
        return _clients(self.entries)

    @property
    def supervisions(self) -> int:
        """All supervisions that were held."""
        return _supervisions(self.entries)

    def stage_of(self, entry: Entry) -> int:
        """Give the stage that an entry counts for; 0 for none."""
        return next((each.number for each in self.stages if entry in each.entries), 0)


def log_of(session: Session, who: str) -> Log:
    """Give a practitioner's log."""
    row = session.get(Training, who) or Training(status="", stage=0, supervisor="")
    entries = tuple(sorted(_entries(session, who), key=lambda each: (each.done_on, each.code)))
    rows = session.scalars(
        select(Stage).where(Stage.recipient_id == who).order_by(Stage.began_on, Stage.number)
    ).all()
    ends = [*(each.began_on for each in rows[1:]), "9999"]
    stages = (
        StageLog(each.number, each.began_on, each.cycles_before, _within(entries, each, end))
        for each, end in zip(rows, ends, strict=False)
    )
    return Log(row.status, row.stage, row.supervisor, tuple(stages), entries)


def keep_entries(session: Session, case: Case) -> None:
    """Keep what the logs count of a case that is about to go: code and days, nothing else."""
    tables = (SharedReview, Supervision)
    rows = (select(each.by_whom).where(each.case_id == case.id) for each in tables)
    for who in {one for each in rows for one in session.scalars(each)}:
        for each in [*_reviews(session, who, case.id), *_held(session, who, case.id)]:
            row = LogEntry(recipient_id=who, what=each.what, case_code=each.code)
            row.cycle, row.done_on = each.cycle, each.done_on
            session.add(row)


def _entries(session: Session, who: str) -> list[Entry]:
    rows = session.scalars(select(LogEntry).where(LogEntry.recipient_id == who))
    kept = [Entry(each.done_on, each.what, each.case_code, each.cycle) for each in rows]
    return [*_reviews(session, who), *_held(session, who), *kept]


def _reviews(session: Session, who: str, case: str = "") -> list[Entry]:
    rows = (
        select(SharedReview.ended_at, Case.code, Cycle.number)
        .join(Case, Case.id == SharedReview.case_id)
        .join(Cycle, Cycle.id == SharedReview.cycle_id)
        .where(SharedReview.by_whom == who, SharedReview.ended_at != "")
    )
    rows = rows.where(SharedReview.case_id == case) if case else rows
    found: dict[tuple[str, int], Entry] = {}
    for at, code, number in session.execute(rows.order_by(SharedReview.ended_at)):
        found.setdefault((code, number), Entry(at[:10], CYCLE, code, number))
    return list(found.values())


def _held(session: Session, who: str, case: str = "") -> list[Entry]:
    rows = (
        select(Supervision.held_on, Case.code, Cycle.number)
        .join(Case, Case.id == Supervision.case_id)
        .join(SharedReview, SharedReview.id == Supervision.review_id)
        .join(Cycle, Cycle.id == SharedReview.cycle_id)
        .where(Supervision.by_whom == who, Supervision.held_on != "")
    )
    rows = rows.where(Supervision.case_id == case) if case else rows
    return [Entry(on, SUPERVISION, code, number) for on, code, number in session.execute(rows)]


def _within(entries: tuple[Entry, ...], stage: Stage, end: str) -> tuple[Entry, ...]:
    return tuple(each for each in entries if stage.began_on <= each.done_on < end)


def _cycles(entries: tuple[Entry, ...]) -> int:
    return sum(1 for each in entries if each.what == CYCLE)


def _clients(entries: tuple[Entry, ...]) -> int:
    return len({each.code for each in entries if each.what == CYCLE})


def _supervisions(entries: tuple[Entry, ...]) -> int:
    return sum(1 for each in entries if each.what == SUPERVISION)
