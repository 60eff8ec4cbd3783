"""The audit's chain is read on from where it was whole last, and from its begin on wish."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from vigbox.casework import audit, chain


@pytest.fixture
def events(session: Session) -> list[int]:
    for what in ("armed", "watched", "exported"):
        audit.note(session, what, "VIG-7")
    return [each.id for each in audit.all_events(session)]


def tamper(session: Session, deed: str, number: int) -> None:
    """Change the table as somebody does who has the key: past the triggers that refuse it."""
    names = session.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
    for (name,) in names.all():
        session.execute(text(f"DROP TRIGGER {name}"))
    session.execute(text(deed), {"n": number})
    session.expire_all()


def test_what_nobody_touched_is_whole_and_raises_no_alarm(
    session: Session, events: list[int]
) -> None:
    assert chain.check(session) == chain.Chain(events[-1])
    assert chain.alarm(session) == ""


def test_what_came_since_is_read_on(session: Session, events: list[int]) -> None:
    chain.check(session)
    audit.note(session, "erased", "VIG-7")
    assert chain.check(session) == chain.Chain(events[-1] + 1)


@pytest.mark.parametrize(
    "deed",
    [
        "UPDATE audit_event SET what = 'nothing' WHERE id = :n",
        "DELETE FROM audit_event WHERE id = :n",
    ],
)
def test_a_change_that_nobody_has_read_past_is_shouted(
    session: Session, events: list[int], deed: str
) -> None:
    tamper(session, deed, events[-2])
    found = chain.check(session)
    assert not found.is_whole
    assert found.broken >= events[-2]
    assert f"from event {found.broken} on" in chain.alarm(session)


def test_the_last_that_was_read_is_missed_when_it_goes(session: Session, events: list[int]) -> None:
    chain.check(session)
    tamper(session, "DELETE FROM audit_event WHERE id = :n", events[-1])
    assert chain.check(session) == chain.Chain(events[-1], broken=events[-1])


def test_what_was_changed_before_that_shows_when_all_of_it_is_read(
    session: Session, events: list[int]
) -> None:
    chain.check(session)
    tamper(session, "UPDATE audit_event SET about = 'X' WHERE id = :n", events[0])
    assert chain.check(session).is_whole
    assert chain.check(session, is_all=True).broken == events[0]
