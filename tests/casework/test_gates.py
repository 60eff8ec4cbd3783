"""A gate names whose consent is missing, and gives what stands where nothing is."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from tests.casework.conftest import Box, answer
from vigbox.casework.cases import InShot, open_case
from vigbox.casework.consent import Standing
from vigbox.casework.gates import GateShutError, called, missing, require, resting_on
from vigbox.casework.tables import Case, Consent

TODAY = datetime.now(UTC).date()


@pytest.fixture
def case(session: Session, box: Box) -> Case:
    people = [InShot("mother", "M"), InShot("father", ""), InShot("uncle", "U")]
    return open_case(session, box.layout, "VIG-7", "", people)


def ids(case: Case, *who: int) -> set[int]:
    return {case.participants[each].id for each in who}


def asked(session: Session, case: Case, *who: int, way: str = "Ask them.") -> list[Consent]:
    shown = ids(case, *who)
    return require(session, case, "research", shown, to="show it", on=TODAY, way=way)


def test_it_opens_for_those_in_shot_alone_and_says_what_it_rests_on(
    session: Session, case: Case
) -> None:
    yes = [answer(session, case, who, "research", "yes") for who in (0, 1)]
    assert [each.id for each in asked(session, case, 0, 1)] == yes


def test_who_is_missing_is_named_with_how_they_stand(session: Session, case: Case) -> None:
    answer(session, case, 0, "research", "no")
    answer(session, case, 1, "filming", "yes")
    with pytest.raises(GateShutError) as shut:
        asked(session, case, 0, 1)
    assert str(shut.value) == (
        "cannot show it: consent to research is missing from mother M (said no), "
        "father (not asked yet). Ask them."
    )


@pytest.mark.parametrize("who", [(), (0, 99)])
def test_without_somebody_known_in_shot_it_stays_shut(
    session: Session, case: Case, who: tuple[int, ...]
) -> None:
    shown = {case.participants[each].id if each < 3 else 10**6 for each in who}
    with pytest.raises(GateShutError, match="not said who is in shot"):
        require(session, case, "research", shown, to="show it", on=TODAY)


def test_a_yes_that_is_over_is_missing_and_still_the_one_that_counts(
    session: Session, case: Case
) -> None:
    given = answer(session, case, 0, "research", "until")
    later = TODAY + timedelta(days=1)
    assert missing(session, case, "research", ids(case, 0), TODAY) == []
    (found,) = missing(session, case, "research", ids(case, 0), later)
    assert (found.participant, found.standing) == (case.participants[0], Standing.EXPIRED)
    assert [each.id for each in resting_on(session, case, "research", ids(case, 0))] == [given]
    answer(session, case, 0, "research", "withdrawn")
    assert resting_on(session, case, "research", ids(case, 0)) == []


def test_somebody_is_called_by_role_and_initials(case: Case) -> None:
    assert [called(each) for each in case.participants] == ["mother M", "father", "uncle U"]
