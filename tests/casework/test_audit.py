"""The audit's chain shows what was changed, put between or taken out."""

import pytest
from sqlalchemy import delete, update
from sqlalchemy.orm import Session
from sqlcipher3 import dbapi2

from tests.casework.conftest import Box
from vigbox.casework import audit
from vigbox.casework.cases import CaseError
from vigbox.casework.tables import AuditEvent

WHAT = ("armed", "watched", "exported", "erased")


@pytest.fixture
def events(box: Box) -> list[AuditEvent]:
    desk = box.desk
    with desk.session() as session:
        for each in WHAT:
            audit.note(session, each, "VIG-7", case="a case")
    with desk.session() as session:
        return audit.all_events(session)


def changed(event: AuditEvent, **facts: str) -> AuditEvent:
    columns = {each.name: getattr(event, each.name) for each in AuditEvent.__table__.columns}
    return AuditEvent(**{**columns, **facts})


def test_a_chain_that_nobody_touched_is_whole(box: Box, events: list[AuditEvent]) -> None:
    assert [each.what for each in events][-len(WHAT) :] == list(WHAT)
    assert events[-1].by_whom == box.desk.me.id
    assert audit.first_broken(events) is None


@pytest.mark.parametrize("fact", ["at", "what", "about", "case_id", "by_whom", "digest"])
def test_a_changed_fact_shows(events: list[AuditEvent], fact: str) -> None:
    forged = changed(events[-2], **{fact: "other"})
    assert audit.first_broken([*events[:-2], forged, events[-1]]) is forged


def test_an_event_that_is_gone_or_new_shows(events: list[AuditEvent]) -> None:
    assert audit.first_broken([*events[:-2], events[-1]]) is events[-1]
    unchained = changed(events[0], digest="")
    assert audit.first_broken([*events[:-1], unchained, events[-1]]) is unchained


def test_events_from_before_the_chain_stay(events: list[AuditEvent]) -> None:
    assert audit.first_broken([changed(events[0], digest=""), *events]) is None


@pytest.mark.parametrize("deed", [update(AuditEvent).values(what=""), delete(AuditEvent)])
def test_the_database_refuses_to_change_one(
    box: Box, events: list[AuditEvent], deed: object
) -> None:
    def do(session: Session) -> None:
        session.execute(deed)  # type: ignore[call-overload]

    with box.desk.session() as session:
        with pytest.raises(dbapi2.IntegrityError, match="only added"), session.begin_nested():
            do(session)
        assert len(audit.all_events(session)) == len(events)


def test_what_fails_leaves_no_event(box: Box) -> None:
    def fail() -> None:
        with box.desk.session() as session:
            audit.note(session, "tried", "NOTHING")
            raise CaseError("no")

    with pytest.raises(CaseError):
        fail()
    with box.desk.session() as session:
        assert "tried" not in {each.what for each in audit.all_events(session)}
