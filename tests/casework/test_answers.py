"""Forms: kept whole or not at all, their evidence once and sealed; what each answer replaced."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from tests.casework.conftest import Box
from vigbox.casework.answers import note_form, sealed_evidence
from vigbox.casework.cases import InShot, open_case
from vigbox.casework.consent import ConsentError, Standing, Told, case_answers
from vigbox.casework.names import name_like
from vigbox.casework.register import ends_on, history, register
from vigbox.casework.tables import Case
from vigbox.seal.opening import open_bytes

TODAY = datetime.now(UTC).date()
MARKER = b"\x89PNG a signature"


@pytest.fixture
def box_case(box: Box) -> Iterator[tuple[Box, Session, Case]]:
    with box.desk.session() as session:
        people = [InShot("mother", "M"), InShot("child", "C", is_child=True)]
        yield box, session, open_case(session, box.layout, "VIG-7", "", people)


def form(answers: dict[str, str], **more: object) -> list[Told]:
    return [
        Told(purpose, answer, "signature", "vigbox-1 en 00000000", **more)  # type: ignore[arg-type]
        for purpose, answer in answers.items()
    ]


def test_a_form_is_one_moment_and_its_signature_is_kept_once(
    box_case: tuple[Box, Session, Case],
) -> None:
    box, session, case = box_case
    mother = case.participants[0]
    note_form(session, case, mother, form({"filming": "yes", "training": "no"}, evidence=MARKER))
    note_form(session, case, mother, form({"research": "no"}, given_at="2026-01-01T00:00:00+00:00"))
    filming, training, research = case_answers(session, case.id)
    assert filming.given_at == training.given_at != research.given_at
    assert filming.sealed_evidence
    assert not training.sealed_evidence
    assert sealed_evidence(session, training) == filming.sealed_evidence
    assert sealed_evidence(session, research) == b""
    assert MARKER not in filming.sealed_evidence
    session.commit()  # the identity of a case can be opened when its row is there
    assert open_bytes(filming.sealed_evidence, box.desk.case_identities(case.id)) == MARKER


def test_half_a_form_is_never_kept(box: Box) -> None:
    desk = box.desk
    with desk.session() as session:
        case = open_case(session, desk.layout, "VIG-9", "", [InShot("mother", "M")]).id
    wrong = form({"filming": "yes", "television": "yes"})

    def note() -> None:
        with desk.session() as session:
            found = session.get_one(Case, case)
            note_form(session, found, found.participants[0], wrong)

    with pytest.raises(ConsentError, match="television"):
        note()
    with desk.session() as session:
        assert case_answers(session, case) == []


def test_a_form_without_an_answer_is_told(box_case: tuple[Box, Session, Case]) -> None:
    _, session, case = box_case
    with pytest.raises(ConsentError, match="nothing was answered"):
        note_form(session, case, case.participants[0], [])


def test_the_register_tells_who_stands_how(box_case: tuple[Box, Session, Case]) -> None:
    _, session, case = box_case
    mother, child = case.participants
    until = TODAY + timedelta(days=30)
    note_form(session, case, mother, form({"filming": "yes", "research": "no"}, until_on=until))
    note_form(session, case, child, form({"filming": "yes"}, answered_by=mother.id))
    note_form(session, case, child, form({"filming": "no"}, answered_by=child.id))
    of_mother, of_child = (
        {each.purpose: each for each in row.entries} for row in register(session, case, TODAY)
    )
    assert of_mother["filming"].is_given
    assert of_mother["filming"].answer is not None
    assert of_mother["filming"].answer.until_on == until.isoformat()
    assert of_mother["research"].standing is Standing.REFUSED
    assert (of_mother["training"].standing, of_mother["training"].answer) == (
        Standing.NEVER_ASKED, None,
    )  # fmt: skip
    assert of_child["filming"].standing is Standing.CHILD_REFUSED
    assert of_child["filming"].answer is not None
    assert of_child["filming"].answer.answered_by == child.id


def test_the_history_says_what_each_answer_replaced(box_case: tuple[Box, Session, Case]) -> None:
    _, session, case = box_case
    mother, child = case.participants
    note_form(session, case, mother, form({"filming": "no"}))
    note_form(session, case, child, form({"filming": "yes"}, answered_by=mother.id))
    note_form(session, case, child, form({"filming": "no"}, answered_by=child.id))
    note_form(session, case, mother, form({"filming": "yes"}))
    newest, own, of_child, first = history(session, case)
    assert newest.replaced is first.consent
    assert (own.replaced, of_child.replaced, first.replaced) == (None, None, None)


def test_a_consent_for_a_child_is_taken_back_after_the_childs_own_no(
    box_case: tuple[Box, Session, Case],
) -> None:
    _, session, case = box_case
    mother, child = case.participants
    note_form(session, case, child, form({"filming": "yes"}, answered_by=mother.id))
    note_form(session, case, child, form({"filming": "no"}, answered_by=child.id))
    note_form(session, case, child, form({"filming": "withdrawn"}, answered_by=mother.id))
    note_form(session, case, child, form({"filming": "yes"}, answered_by=child.id))
    filming = register(session, case, TODAY)[1].entries[0]
    assert filming.standing is Standing.WITHDRAWN


def test_the_first_end_counts(box_case: tuple[Box, Session, Case]) -> None:
    _, session, case = box_case
    mother = case.participants[0]
    days = [TODAY + timedelta(days=9), None, TODAY + timedelta(days=3)]
    kept = [note_form(session, case, mother, form({"filming": "yes"}, until_on=d))[0] for d in days]
    assert ends_on(kept) == days[2]
    assert ends_on(kept[1:2]) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [("A", []), ("AB-7", []), ("JvD", []), ("Anna", ["Anna"]), ("ANNA", ["ANNA"]), ("M.", []),
     ("Jan", ["Jan"]), ("ABC", []), ("J.B.", []),
     ("anna b", ["anna"]), ("", []), ("Zoë-2", ["Zoë"])],
)  # fmt: skip
def test_what_reads_like_a_name_is_a_hint(text: str, found: list[str]) -> None:
    assert name_like(text) == found
