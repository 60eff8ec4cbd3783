"""The gates: every purpose, every answer, every way a child and a carer may disagree."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session
from sqlcipher3 import dbapi2

from tests.casework.conftest import Box
from vigbox.casework import consent
from vigbox.casework.cases import InShot, open_case
from vigbox.casework.consent import (
    PURPOSES,
    ConsentError,
    Standing,
    Told,
    note_answer,
)
from vigbox.casework.gates import GateShutError, require
from vigbox.casework.tables import Case, Consent, Participant

TODAY = datetime.now(UTC).date()
DAY = timedelta(days=1)


@pytest.fixture
def case(session: Session, box: Box) -> Case:
    in_shot = [InShot("mother", "M"), InShot("child", "C"), InShot("grandparent", "G")]
    made = open_case(session, box.layout, "VIG-7", "", in_shot)
    made.participants[1].is_child = True
    session.flush()
    return made


def told(answer: str = "yes", purpose: str = "filming", **more: object) -> Told:
    return Told(purpose, answer, "spoken", "filming-1", **more)  # type: ignore[arg-type]


def stand(session: Session, case: Case, who: Participant, purpose: str = "filming") -> Standing:
    return consent.standing(consent.case_answers(session, case.id), who, purpose, TODAY)


ANSWERS = [
    ([], Standing.NEVER_ASKED),
    (["yes"], Standing.GIVEN),
    (["no"], Standing.REFUSED),
    (["yes", "withdrawn"], Standing.WITHDRAWN),
    (["yes", "no"], Standing.REFUSED),
    (["no", "yes"], Standing.GIVEN),
    (["yes", "withdrawn", "yes"], Standing.GIVEN),
]


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize(("answers", "found"), ANSWERS)
def test_the_newest_answer_opens_its_own_gate_and_no_other(
    session: Session, case: Case, purpose: str, answers: list[str], found: Standing
) -> None:
    mother = case.participants[0]
    for each in answers:
        note_answer(session, case, mother, told(each, purpose))
    for other in PURPOSES:
        wanted = found if other == purpose else Standing.NEVER_ASKED
        assert stand(session, case, mother, other) is wanted
        if wanted is Standing.GIVEN:
            resting = require(session, case, other, [mother.id], to="go on", on=TODAY)
            assert [each.answer for each in resting] == ["yes"]
        else:
            with pytest.raises(GateShutError, match=rf"go on.*{other}.*mother M \({wanted}\)"):
                require(session, case, other, [mother.id], to="go on", on=TODAY)


# whose answers, newest last: (who answered, answer) → how the child stands
CHILD = [
    ([("mother", "yes")], Standing.GIVEN),
    ([("child", "yes")], Standing.NEVER_ASKED),
    ([("mother", "yes"), ("child", "no")], Standing.CHILD_REFUSED),
    ([("child", "no"), ("mother", "yes")], Standing.CHILD_REFUSED),
    ([("mother", "yes"), ("child", "no"), ("child", "yes")], Standing.GIVEN),
    ([("mother", "no"), ("child", "yes")], Standing.REFUSED),
]


@pytest.mark.parametrize(("answers", "found"), CHILD)
def test_a_childs_own_no_outweighs_and_its_yes_replaces_nobody(
    session: Session, case: Case, answers: list[tuple[str, str]], found: Standing
) -> None:
    mother, child, _ = case.participants
    for who, answer in answers:
        by = (mother if who == "mother" else child).id
        note_answer(session, case, child, told(answer, answered_by=by))
    assert stand(session, case, child) is found


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        ([("child", "no"), ("mother", "yes")], Standing.REFUSED),
        ([("mother", "yes")], Standing.NEVER_ASKED),
        ([("child", "yes"), ("mother", "no")], Standing.GIVEN),
    ],
)
def test_who_turns_out_to_be_grown_up_has_answered_for_themselves_or_not_at_all(
    session: Session, case: Case, answers: list[tuple[str, str]], found: Standing
) -> None:
    mother, child, _ = case.participants
    for who, answer in answers:
        by = (mother if who == "mother" else child).id
        note_answer(session, case, child, told(answer, answered_by=by))
    child.is_child = False
    assert stand(session, case, child) is found


def test_everybody_in_shot_counts_and_nobody_else(session: Session, case: Case) -> None:
    mother, child, grandparent = case.participants
    note_answer(session, case, mother, told())
    note_answer(session, case, child, told(answered_by=mother.id))
    in_shot = [mother.id, child.id]
    assert len(require(session, case, "filming", in_shot, to="arm", on=TODAY)) == 2
    with pytest.raises(GateShutError, match="grandparent G"):
        require(session, case, "filming", [*in_shot, grandparent.id], to="arm", on=TODAY)


@pytest.mark.parametrize("in_shot", [[], [9999]])
def test_nobody_in_shot_opens_no_gate(session: Session, case: Case, in_shot: list[int]) -> None:
    with pytest.raises(GateShutError, match="who is in shot"):
        require(session, case, "filming", in_shot, to="arm the box", on=TODAY)


def test_a_consent_holds_to_the_end_of_its_last_day(session: Session, case: Case) -> None:
    mother = case.participants[0]
    note_answer(session, case, mother, told(until_on=TODAY))
    answers = consent.case_answers(session, case.id)
    assert consent.standing(answers, mother, "filming", TODAY) is Standing.GIVEN
    assert consent.standing(answers, mother, "filming", TODAY + DAY) is Standing.EXPIRED


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (told("perhaps"), "one of yes, no, withdrawn"),
        (told(purpose="television"), "one of filming"),
        (told("withdrawn"), "no consent to filming to withdraw"),
        (told(until_on=TODAY - DAY), "in the past"),
        (told(evidence=bytes(5 << 20)), "larger than 4 MB"),
        (told(answered_by=9999), "somebody in this case"),
    ],
)
def test_what_cannot_be_an_answer_is_refused(
    session: Session, case: Case, wrong: Told, sentence: str
) -> None:
    with pytest.raises(ConsentError, match=sentence):
        note_answer(session, case, case.participants[0], wrong)
    assert not consent.case_answers(session, case.id)


def test_only_for_a_child_and_only_an_adult_answers(session: Session, case: Case) -> None:
    mother, child, grandparent = case.participants
    for whom, by in ((grandparent, mother), (mother, child)):
        with pytest.raises(ConsentError, match="only for a child"):
            note_answer(session, case, whom, told(answered_by=by.id))


def test_an_answer_is_never_changed(session: Session, case: Case) -> None:
    kept = note_answer(session, case, case.participants[0], told("no"))
    with pytest.raises(dbapi2.IntegrityError, match="only added"), session.begin_nested():
        session.execute(update(Consent).values(answer="yes"))
    session.refresh(kept)
    assert kept.answer == "no"


def test_the_signature_is_sealed(session: Session, case: Case) -> None:
    kept = note_answer(session, case, case.participants[0], told(evidence=b"\x89PNG drawn"))
    assert kept.sealed_evidence.startswith(b"age-encryption.org/v1")
    assert b"drawn" not in kept.sealed_evidence
