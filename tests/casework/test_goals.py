"""Goals and questions keep all their wordings; ratings are 0 to 10, the newest counts."""

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from tests.casework.conftest import Box, a_case
from vigbox.casework import cycles, goals
from vigbox.casework.goals import GoalError
from vigbox.casework.tables import Case


@pytest.fixture
def session(box: Box) -> Iterator[Session]:
    desk = box.desk
    a_case(desk, "VIG-7")
    a_case(desk, "VIG-8")
    with desk.session() as session:
        yield session


@pytest.fixture
def case(session: Session) -> Case:
    return session.query(Case).filter_by(code="VIG-7").one()


def test_the_question_keeps_every_wording(session: Session, case: Case) -> None:
    goals.word_question(session, case, "What  soothes him?")
    goals.word_question(session, case, "What does he tell me?")
    assert case.helping_question == "What does he tell me?"
    said = [each.text for each in goals.questions(session, case)]
    assert said == ["Why does he cry?", "What soothes him?", "What does he tell me?"]


def test_a_goal_keeps_every_wording_and_ends(session: Session, case: Case) -> None:
    goal = goals.add_goal(session, case, "Calmer evenings")
    goals.reword(session, case, goal, "Evenings that we enjoy")
    (found,) = goals.goals_of(session, case)
    assert [each.text for each in found.wordings] == ["Calmer evenings", "Evenings that we enjoy"]
    assert not goals.questions(session, case)
    goals.end_goal(goal)
    ended = goal.ended_at
    goals.end_goal(goal)
    assert ended
    assert goal.ended_at == ended


@pytest.mark.parametrize("text", ["", " \n ", "x" * 301])
def test_words_are_needed_and_few(session: Session, case: Case, text: str) -> None:
    with pytest.raises(GoalError):
        goals.add_goal(session, case, text)
    with pytest.raises(GoalError):
        goals.word_question(session, case, text)
    assert not goals.goals_of(session, case)


@pytest.mark.parametrize("value", [-1, 11, 100])
def test_a_rating_out_of_range_is_refused(session: Session, case: Case, value: int) -> None:
    goal, cycle = goals.add_goal(session, case, "Calm"), cycles.plan_cycle(session, case)
    with pytest.raises(GoalError, match=f"from 0 to 10, not {value}"):
        goals.rate(session, goal, cycle, value)
    assert goals.ratings_of(session, case) == {}


def test_the_newest_rating_of_a_cycle_counts(session: Session, case: Case) -> None:
    goal = goals.add_goal(session, case, "Calm")
    first, second = cycles.plan_cycle(session, case), cycles.plan_cycle(session, case)
    for cycle, value in ((first, 0), (second, 4), (first, 2), (second, 10)):
        goals.rate(session, goal, cycle, value)
    assert goals.ratings_of(session, case) == {goal.id: {first.id: 2, second.id: 10}}


def test_a_goal_is_not_rated_in_another_case(session: Session, case: Case) -> None:
    other = session.query(Case).filter_by(code="VIG-8").one()
    with pytest.raises(GoalError, match="another case"):
        goals.rate(
            session, goals.add_goal(session, case, "Calm"), cycles.plan_cycle(session, other), 5
        )
