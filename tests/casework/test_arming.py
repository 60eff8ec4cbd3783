"""Arming: only with everybody's consent, and no longer than it lasts."""

import base64
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from tests.casework.conftest import Box
from vigbox.casework import filmed
from vigbox.casework.answers import note_form
from vigbox.casework.arming import (
    ARMED_FOR,
    ArmingError,
    Shot,
    arm,
    last_armed,
    shot_of,
    stands,
    today,
)
from vigbox.casework.cases import InShot, Turn, open_case
from vigbox.casework.consent import PURPOSES, Standing, Told
from vigbox.casework.cycles import CycleError, current_cycle, cycles_of, plan_cycle
from vigbox.casework.gates import GateShutError
from vigbox.casework.retention import close_case, pause_case
from vigbox.casework.tables import Arm, AuditEvent, Case
from vigbox.model import Arming, Life, new_id
from vigbox.seal.signing import SigningKey
from vigbox.store.armed import arming_from
from vigbox.store.manifests import Manifest
from vigbox.store.statements import signed_facts

KEY = SigningKey.generate()
BOX = new_id()
NOW = datetime.now(UTC)
TODAY = today(NOW)
DAY = timedelta(days=1)


@pytest.fixture
def case(session: Session, box: Box) -> Case:
    in_shot = [InShot("mother", "M"), InShot("child", "C", is_child=True), InShot("father", "F")]
    return open_case(session, box.layout, "VIG-7", "", in_shot)


def answer(  # who, what and until when
    session: Session, case: Case, who: int, said: str, until: date | None = None, by: int = 0
) -> None:
    people = case.participants
    told = Told("filming", said, "spoken", "f-1", answered_by=people[by].id, until_on=until)
    note_form(session, case, people[who], [told])


def in_shot(case: Case, *numbers: int) -> tuple[int, ...]:
    return tuple(case.participants[each].id for each in numbers)


def armed(session: Session, case: Case, shot: Shot, now: datetime = NOW) -> Arming:
    request = arm(session, case, shot, box=BOX, turn=Turn("n"), key=KEY, now=now)
    assert base64.b64decode(request["signature"])
    return arming_from(signed_facts(request, KEY.verify_key)["arming"])


def both_agree(session: Session, case: Case, until: date | None = None) -> Shot:
    answer(session, case, 0, "yes")
    answer(session, case, 1, "yes", until)
    return Shot(in_shot(case, 0, 1), activity="  reading a  book ")


def test_a_statement_is_signed_newer_each_time_and_tells_no_name(
    session: Session, case: Case
) -> None:
    shot = both_agree(session, case)
    first, second = armed(session, case, shot), armed(session, case, shot)
    assert second.counter > first.counter
    assert first.recipients == (case.recipient,)
    assert set(first.facts()) == {"box", "case", "recipients", "valid_until_at", "counter"}
    row = session.get_one(Arm, first.counter)
    assert (row.in_shot, row.kind, row.activity) == (
        " ".join(map(str, shot.in_shot)), "interaction", "reading a book",
    )  # fmt: skip
    assert b"book" not in row.sealed_activity


# how the mother answered about filming, newest last → how she stands
SHUT: list[tuple[list[tuple[str, date | None]], Standing]] = [
    ([], Standing.NEVER_ASKED),
    ([("no", None)], Standing.REFUSED),
    ([("yes", None), ("no", None)], Standing.REFUSED),
    ([("yes", None), ("withdrawn", None)], Standing.WITHDRAWN),
    ([("yes", TODAY)], Standing.EXPIRED),
]


@pytest.mark.parametrize(("answers", "standing"), SHUT)
@pytest.mark.parametrize("kind", ["interaction", "shared review", "supervision"])
def test_without_a_current_consent_nothing_is_armed(
    session: Session,
    case: Case,
    answers: list[tuple[str, date | None]],
    standing: Standing,
    kind: str,
) -> None:
    for said, until in answers:
        answer(session, case, 0, said, until)
    later = NOW + 2 * DAY if standing is Standing.EXPIRED else NOW
    with pytest.raises(GateShutError, match=rf"filming is missing from mother M \({standing}\)"):
        armed(session, case, Shot(in_shot(case, 0), kind), later)
    assert last_armed(session, case) is None


@pytest.mark.parametrize("purpose", [each for each in PURPOSES if each != "filming"])
def test_no_other_yes_stands_for_filming(session: Session, case: Case, purpose: str) -> None:
    told = Told(purpose, "yes", "spoken", "f-1")
    note_form(session, case, case.participants[0], [told])
    with pytest.raises(GateShutError, match="filming"):
        armed(session, case, Shot(in_shot(case, 0)))


def test_a_childs_own_no_arms_nothing(session: Session, case: Case) -> None:
    shot = both_agree(session, case)
    answer(session, case, 1, "no", by=1)
    with pytest.raises(GateShutError, match="the child said no"):
        armed(session, case, shot)
    answer(session, case, 1, "yes", by=1)
    assert armed(session, case, shot).case == case.id


@pytest.mark.parametrize(
    "wrong",
    [Shot(()), Shot((99,)), Shot((1,), "holiday")],
)
def test_who_and_what_for_must_be_said(session: Session, case: Case, wrong: Shot) -> None:
    with pytest.raises((GateShutError, ArmingError)):
        armed(session, case, wrong)


@pytest.mark.parametrize("change", [close_case, pause_case])
def test_a_case_that_is_not_open_arms_nothing(session: Session, case: Case, change: object) -> None:
    shot = both_agree(session, case)
    change(session, case)  # type: ignore[operator]
    with pytest.raises(ArmingError, match=case.state):
        armed(session, case, shot)


@pytest.mark.parametrize(
    ("until", "days"), [(None, 7), (TODAY + 30 * DAY, 7), (TODAY + 2 * DAY, 3), (TODAY, 1)]
)
def test_a_statement_ends_with_the_first_consent_or_after_a_week(
    session: Session, case: Case, until: date | None, days: int
) -> None:
    shot = both_agree(session, case, until)
    end = datetime.fromisoformat(armed(session, case, shot).valid_until_at)
    if days == 7:
        assert abs(end - (NOW + ARMED_FOR)) < timedelta(seconds=2)
    else:
        local = end.astimezone()
        assert (local.date(), local.hour, local.minute) == (TODAY + days * DAY, 0, 0)


def test_an_older_shorter_consent_that_was_replaced_does_not_end_it(
    session: Session, case: Case
) -> None:
    answer(session, case, 1, "yes", TODAY, by=2)
    shot = both_agree(session, case)
    end = datetime.fromisoformat(armed(session, case, shot).valid_until_at)
    assert end > NOW + 6 * DAY


# what is answered after arming: who, what, until, by whom → whether the statement still stands
AFTER = [
    (0, "withdrawn", None, 0, False),
    (0, "no", None, 0, False),
    (1, "withdrawn", None, 0, False),
    (1, "no", None, 1, False),
    (0, "yes", TODAY + 2 * DAY, 0, False),
    (0, "yes", TODAY + 30 * DAY, 0, True),
    (0, "yes", None, 0, True),
    (2, "no", None, 2, True),
]


@pytest.mark.parametrize(("who", "said", "until", "by", "holds"), AFTER)
def test_a_statement_falls_with_what_it_rests_on(  # a row of the table
    session: Session, case: Case, who: int, said: str, until: date | None, by: int, *, holds: bool
) -> None:
    statement = armed(session, case, both_agree(session, case))
    assert stands(session, statement, NOW)
    answer(session, case, who, said, until, by)
    assert stands(session, statement, NOW) is holds


def test_a_statement_of_nobody_known_does_not_stand(session: Session, case: Case) -> None:
    statement = armed(session, case, both_agree(session, case))
    unknown = Arming(BOX, case.id, statement.recipients, statement.valid_until_at, 999)
    assert not stands(session, unknown, NOW)
    close_case(session, case)
    assert not stands(session, statement, NOW)


def test_the_next_cycle_is_begun_once_and_a_closed_one_never(session: Session, case: Case) -> None:
    shot = both_agree(session, case)
    for _ in range(2):
        armed(session, case, shot)
    (cycle,) = cycles_of(session, case)
    assert (cycle.number, cycle.state) == (1, "planned")
    again = last_armed(session, case)
    assert again is not None
    assert shot_of(again).cycle == cycle.id
    cycle.state = "closed"
    session.flush()
    with pytest.raises(CycleError, match="closed"):
        armed(session, case, shot_of(again))
    with pytest.raises(CycleError, match="not of this case"):
        armed(session, case, Shot(shot.in_shot, cycle=new_id()))


def a_film(case: Case, arming: int, life: Life = Life.FINISHED) -> Manifest:
    recipients, at = (case.recipient,), "2026-11-21T19:40:00+00:00"
    return Manifest(new_id(), case.id, recipients, "b", at, 10**9, life, arming=arming)


def test_a_film_is_known_by_the_arming_that_made_it(session: Session, case: Case) -> None:
    plan_cycle(session, case)
    statement = armed(session, case, both_agree(session, case))
    film, running = a_film(case, statement.counter), a_film(case, statement.counter, Life.RECORDING)
    of_before, of_nobody = a_film(case, 0), a_film(case, 999)
    for _ in range(2):
        every = [film, running, of_before, of_nobody]
        assert set(filmed.settle_filmed(session, every)) == {film.recording}
    row = filmed.settle_filmed(session, [film])[film.recording]
    assert (row.kind, row.activity, row.kept_at) == ("interaction", "reading a book", "")
    assert row.in_shot == session.get_one(Arm, statement.counter).in_shot
    cycle = current_cycle(session, case)
    assert cycle is not None
    assert (cycle.id, cycle.state) == (row.cycle_id, "filmed")


def test_a_manifest_of_another_case_takes_nothing_from_an_arming(
    session: Session, case: Case, box: Box
) -> None:
    statement = armed(session, case, both_agree(session, case))
    other = open_case(session, box.layout, "VIG-8", "", [])
    assert filmed.settle_filmed(session, [a_film(other, statement.counter)]) == {}


def test_a_family_is_happy_to_keep_it_once(session: Session, case: Case) -> None:
    row = filmed.filmed_of(session, a_film(case, 0))
    assert row is not None
    filmed.keep(session, row)
    kept_at = row.kept_at
    assert kept_at
    filmed.keep(session, row)
    said = session.query(AuditEvent).where(AuditEvent.about == row.recording).all()
    assert [each.what for each in said] == ["happy to keep it"]
    filmed.forget(session, row.recording)
    case.state = "erased"
    session.flush()
    assert filmed.filmed_of(session, a_film(case, 0)) is None
