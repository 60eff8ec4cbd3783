"""Every purpose under every answer: what may leave the box, and the sentence when it may not."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from tests.casework.conftest import Box, answer
from vigbox.casework.cases import InShot, open_case
from vigbox.casework.consent import PURPOSES
from vigbox.casework.export_gate import KEPT, WHAT_FOR, rests_on
from vigbox.casework.filmed import in_shot
from vigbox.casework.gates import GateShutError
from vigbox.casework.retention import out_of_bin, to_bin
from vigbox.casework.tables import Case, Filmed
from vigbox.model import new_id

TODAY = datetime.now(UTC).date()
FILM = new_id()

OTHERS = [each for each in WHAT_FOR if each != KEPT]

# what the mother answered, the day that is asked about, and how she stands then
STATES = {
    "not asked yet": ([], 0),
    "given": (["yes"], 0),
    "given until today": (["until"], 0),
    "expired": (["until"], 1),
    "said no": (["no"], 0),
    "withdrawn": (["yes", "withdrawn"], 0),
    "given again": (["yes", "withdrawn", "yes"], 0),
}
OPEN = {"given", "given until today", "given again"}


@pytest.fixture
def case(session: Session, box: Box) -> Case:
    people = [InShot("mother", "M"), InShot("child", "C"), InShot("father", "F")]
    made = open_case(session, box.layout, "VIG-7", "", people)
    made.participants[1].is_child = True
    session.flush()
    ids = " ".join(str(each.id) for each in made.participants[:2])
    session.add(Filmed(recording=FILM, case_id=made.id, kind="interaction", in_shot=ids))
    session.flush()
    return made


def test_what_for_has_a_gate_for_every_purpose_but_filming_itself() -> None:
    assert set(WHAT_FOR) == (set(PURPOSES) - {"filming"}) | {KEPT}


@pytest.mark.parametrize("purpose", OTHERS)
@pytest.mark.parametrize("state", STATES)
def test_each_gate(session: Session, case: Case, purpose: str, state: str) -> None:
    words, later = STATES[state]
    mother = case.participants[0]
    child = answer(session, case, 1, purpose, "yes", by=mother.id)
    for each in PURPOSES:
        if each != purpose:  # no other consent stands in for it
            answer(session, case, 0, each, "yes")
    ids = [answer(session, case, 0, purpose, word) for word in words]
    on = TODAY + timedelta(days=later)
    if state in OPEN:
        found = rests_on(session, case, FILM, purpose, on)
        assert {each.id for each in found} == {child, ids[-1]}
        return
    with pytest.raises(GateShutError) as shut:
        rests_on(session, case, FILM, purpose, on)
    assert str(shut.value) == (
        f"cannot export it for {purpose}: consent to {purpose} is missing from mother M ({state}). "
        "Ask, and note the answer on the case's page."
    )


@pytest.mark.parametrize("state", STATES)
def test_the_work_goes_on_until_filming_is_taken_back(
    session: Session, case: Case, state: str
) -> None:
    words, later = STATES[state]
    for word in words:
        answer(session, case, 0, "filming", word)
    on = TODAY + timedelta(days=later)
    if state in OPEN | {"not asked yet"}:
        assert len(rests_on(session, case, FILM, KEPT, on)) == (state in OPEN)
        return
    with pytest.raises(GateShutError, match=rf"consent to filming is missing.*\({state}\)"):
        rests_on(session, case, FILM, KEPT, on)


@pytest.mark.parametrize("purpose", WHAT_FOR)
def test_nothing_leaves_of_what_is_in_the_bin(session: Session, case: Case, purpose: str) -> None:
    for who in (0, 1):
        answer(session, case, who, "filming", "yes", by=case.participants[0].id * who)
        if purpose != KEPT:
            answer(session, case, who, purpose, "yes", by=case.participants[0].id * who)
    filmed = session.get_one(Filmed, FILM)
    to_bin(session, filmed)
    with pytest.raises(GateShutError, match="is in the bin"):
        rests_on(session, case, FILM, purpose, TODAY)
    out_of_bin(session, filmed)
    assert rests_on(session, case, FILM, purpose, TODAY)


@pytest.mark.parametrize("purpose", OTHERS)
def test_a_childs_own_no_shuts_every_gate(session: Session, case: Case, purpose: str) -> None:
    mother, child = case.participants[:2]
    answer(session, case, 0, purpose, "yes")
    answer(session, case, 1, purpose, "yes", by=mother.id)
    answer(session, case, 1, purpose, "no", by=child.id)
    with pytest.raises(GateShutError, match=r"child C \(the child said no\)"):
        rests_on(session, case, FILM, purpose, TODAY)


def test_who_is_in_shot_counts_and_everybody_while_nobody_said(
    session: Session, case: Case
) -> None:
    mother, child, father = (each.id for each in case.participants)
    assert in_shot(session, case, FILM) == {mother, child}
    assert in_shot(session, case, new_id()) == {mother, child, father}
    answer(session, case, 0, "training", "yes")
    answer(session, case, 1, "training", "yes", by=mother)
    assert rests_on(session, case, FILM, "training", TODAY)
    with pytest.raises(GateShutError, match=r"father F \(not asked yet\)"):
        rests_on(session, case, new_id(), "training", TODAY)


@pytest.mark.parametrize("purpose", WHAT_FOR)
@pytest.mark.parametrize("state", ["withdrawing", "erased"])
def test_nothing_leaves_of_a_case_that_was_taken_back(
    session: Session, case: Case, purpose: str, state: str
) -> None:
    case.state = state
    with pytest.raises(GateShutError, match="VIG-7 was taken back"):
        rests_on(session, case, FILM, purpose, TODAY)


@pytest.mark.parametrize("purpose", ["filming", "", "fun", "Training"])
def test_a_purpose_nobody_asked_for_is_none(session: Session, case: Case, purpose: str) -> None:
    with pytest.raises(GateShutError, match="must be one of kept for the work, shared review"):
        rests_on(session, case, FILM, purpose, TODAY)
