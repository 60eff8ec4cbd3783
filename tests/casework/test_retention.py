"""The clock from a case's close: it stops on hold, and what is in the bin goes after its days."""

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from vigbox.casework import retention
from vigbox.casework.retention import BIN_DAYS, Retention, RetentionError
from vigbox.casework.tables import Case, Filmed
from vigbox.model import new_id, now_at

DAY = timedelta(days=1)
DUE = Retention(days=60)


def today() -> date:
    return date.fromisoformat(now_at()[:10])


def test_the_clock_runs_from_the_close_and_stops_when_opened_again(
    session: Session, case: Case
) -> None:
    assert DUE.due_on(case, is_held=False) is None
    retention.close_case(session, case)
    day = DUE.due_on(case, is_held=False)
    assert day == today() + 60 * DAY
    assert retention.overdue(session, DUE, day - DAY) == []
    assert retention.overdue(session, DUE, day) == [case]
    retention.reopen_case(session, case)
    assert retention.overdue(session, DUE, day) == []


def test_a_record_goes_by_no_clock(session: Session, case: Case) -> None:
    retention.close_case(session, case)
    assert retention.overdue(session, Retention("record", 60), today() + 10_000 * DAY) == []


def test_a_legal_hold_stops_the_clock_and_says_why(session: Session, case: Case) -> None:
    retention.close_case(session, case)
    kept = retention.hold(session, case, "asked for by the court, 4 C 12/26")
    assert kept.reason == "asked for by the court, 4 C 12/26"
    late = today() + 1000 * DAY
    assert retention.overdue(session, DUE, late) == []
    with pytest.raises(RetentionError, match="already"):
        retention.hold(session, case, "once more")
    retention.release(session, case)
    assert retention.overdue(session, DUE, late) == [case]


def test_a_hold_needs_its_reason(session: Session, case: Case) -> None:
    with pytest.raises(RetentionError, match="reason"):
        retention.hold(session, case, "  ")


@pytest.mark.parametrize(
    ("state", "deed"),
    [
        ("closed", retention.close_case),
        ("closed", retention.pause_case),
        ("open", retention.reopen_case),
        ("erased", retention.reopen_case),
        ("withdrawing", retention.close_case),
        ("erased", retention.pause_case),
    ],
)
def test_a_state_that_does_not_follow_is_refused(
    session: Session, case: Case, state: str, deed: type
) -> None:
    case.state = state
    with pytest.raises(RetentionError, match=f"VIG-7 is {state}"):
        deed(session, case)


def test_what_is_in_the_bin_can_be_taken_back_until_its_day(session: Session, case: Case) -> None:
    filmed = Filmed(recording=new_id(), case_id=case.id, kind="interaction")
    session.add(filmed)
    session.flush()
    assert retention.bin_due_on(filmed) is None
    retention.to_bin(session, filmed)
    day = today() + BIN_DAYS * DAY
    assert retention.bin_overdue(session, day - DAY) == []
    assert retention.bin_overdue(session, day) == [filmed]
    retention.hold(session, case, "the court")
    assert retention.bin_overdue(session, day) == []
    retention.release(session, case)
    retention.out_of_bin(session, filmed)
    assert retention.bin_overdue(session, day) == []
