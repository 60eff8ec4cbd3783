"""The trainee's log: what counts, for which stage, and that it outlives an erased case."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from tests.casework.conftest import Box, a_case
from tests.casework.test_withdrawal import Eraser
from vigbox.casework.cycles import plan_cycle
from vigbox.casework.desk import Desk
from vigbox.casework.tables import Case, Cycle, SharedReview, Supervision
from vigbox.casework.training import Begun, Standing, TrainingError, settle
from vigbox.casework.training_log import log_of
from vigbox.casework.withdrawal import withdraw
from vigbox.model import new_id

TODAY = date(2026, 11, 21)


@dataclass
class Work:
    """A desk, and reviews and supervisions put on days."""

    desk: Desk

    def cycle(self, session: Session, case: Case, on: str, who: str = "") -> SharedReview:
        cycle: Cycle = plan_cycle(session, session.get_one(Case, case.id))
        return self.review(session, cycle, on, who)

    def review(self, session: Session, cycle: Cycle, on: str, who: str = "") -> SharedReview:
        row = SharedReview(id=new_id(), case_id=cycle.case_id, cycle_id=cycle.id)
        row.by_whom, row.began_at = who or self.desk.me.id, f"{on}T10:00:00+00:00"
        row.ended_at = row.began_at if on else ""
        session.add(row)
        session.flush()
        return row

    def supervise(self, session: Session, review: SharedReview, on: str) -> None:
        row = Supervision(id=new_id(), case_id=review.case_id, review_id=review.id)
        row.by_whom, row.held_on = self.desk.me.id, on
        session.add(row)
        session.flush()


@pytest.fixture
def work(box: Box) -> Iterator[Work]:
    desk = box.desk
    yield Work(desk)
    desk.close()


def trainee(stage: int, **begun: str) -> Standing:
    stages = {int(key[1:]): Begun(date.fromisoformat(day)) for key, day in begun.items()}
    return Standing("trainee", "Els", stage, stages)


def test_cycles_clients_and_supervisions_count_for_the_stage_they_were_in(work: Work) -> None:
    one, two = a_case(work.desk, "VIG-1"), a_case(work.desk, "VIG-2")
    with work.desk.session() as session:
        first = work.cycle(session, one, "2026-03-01")
        work.cycle(session, one, "2026-04-01")
        second = work.cycle(session, two, "2026-06-01")
        work.cycle(session, two, "")  # goes on
        work.cycle(session, two, "2026-07-01", who="a colleague")
        work.review(session, session.get_one(Cycle, second.cycle_id), "2026-06-08")  # the same
        work.supervise(session, first, "2026-03-20")
        work.supervise(session, second, "2026-06-20")
        work.supervise(session, second, "")  # not held yet
        stages = {
            1: Begun(date(2026, 2, 1), cycles_before=4),
            2: Begun(date(2026, 6, 1)),
        }
        settle(session, Standing("trainee", "Els", 2, stages), TODAY)
    with work.desk.session() as session:
        log = log_of(session, work.desk.me.id)
    told = [
        (each.number, each.cycles, each.target, each.clients, each.supervisions)
        for each in log.stages
    ]
    assert told == [(1, 6, 6, 1, 1), (2, 1, 9, 1, 1)]
    assert (log.status, log.stage, log.supervisor) == ("trainee", 2, "Els")
    assert (log.cycles, log.clients, log.supervisions) == (7, 2, 2)
    assert [each.done_on for each in log.entries] == sorted(each.done_on for each in log.entries)
    assert log.stage_of(log.entries[0]) == 1


def test_an_erased_case_stays_counted_by_its_code_alone(box: Box, work: Work) -> None:
    case = a_case(work.desk, "VIG-1")
    with work.desk.session() as session:
        settle(session, trainee(1, s1="2026-01-01"), TODAY)
        work.supervise(session, work.cycle(session, case, "2026-03-01"), "2026-03-20")
        before = log_of(session, work.desk.me.id)
    withdraw(work.desk, case.id, Eraser(box.layout))
    with work.desk.session() as session:
        after = log_of(session, work.desk.me.id)
    assert after == before
    assert (after.cycles, after.clients, after.supervisions) == (1, 1, 1)


def test_a_stage_begins_today_when_nobody_said(work: Work) -> None:
    with work.desk.session() as session:
        settle(session, trainee(3, s1="2025-01-01", s2="2026-01-01"), TODAY)
        assert [each.began_on for each in log_of(session, work.desk.me.id).stages] == [
            "2025-01-01", "2026-01-01", "2026-11-21",
        ]  # fmt: skip
        settle(session, Standing("accredited"), TODAY)
        log = log_of(session, work.desk.me.id)
        assert (log.status, log.stage, log.stages) == ("accredited", 0, ())


def test_somebody_new_has_an_empty_log(work: Work) -> None:
    with work.desk.session() as session:
        log = log_of(session, work.desk.me.id)
    assert (log.status, log.cycles, log.stages, log.entries) == ("", 0, (), ())


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (lambda: Standing("expert"), "must be one of trainee, accredited, supervisor"),
        (lambda: Standing("trainee"), "stage is 1, 2 or 3"),
        (lambda: Standing("trainee", stage=4), "stage is 1, 2 or 3"),
        (lambda: Standing("supervisor", stage=1), "stage is 1, 2 or 3"),
        (lambda: Standing("accredited", "x" * 61), "may have 60 letters"),
        (lambda: Standing("accredited", stages={4: Begun(TODAY)}), "a stage is 1, 2 or 3"),
        (lambda: Begun(TODAY, -1), "from 0 to 99"),
        (lambda: Begun(TODAY, 100), "from 0 to 99"),
        (lambda: trainee(2, s1="2026-03-01", s2="2026-02-01"), "do not follow one another"),
        (lambda: trainee(2, s1="2026-03-01", s2="2026-03-01"), "do not follow one another"),
    ],
)
def test_what_cannot_be_is_said(wrong: Callable[[], object], told: str) -> None:
    with pytest.raises(TrainingError, match=told):
        wrong()


def test_no_stage_begins_in_the_future(work: Work) -> None:
    tomorrow = (TODAY + timedelta(days=1)).isoformat()
    with (
        work.desk.session() as session,
        pytest.raises(TrainingError, match="still to come"),
    ):
        settle(session, trainee(1, s1=tomorrow), TODAY)


def test_stages_follow_today_as_well(work: Work) -> None:
    with (
        work.desk.session() as session,
        pytest.raises(TrainingError, match="do not follow one another"),
    ):
        settle(session, trainee(1, s2="2026-03-01"), TODAY)
