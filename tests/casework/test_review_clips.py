"""Which clips a review is offered: those of its cycle's own films, and of one without a cycle."""

import pytest
from sqlalchemy.orm import Session

from tests.casework.reviewed import FILM, OTHER, TODAY, agree, choose
from vigbox.casework import (
    cycles,
    review_clips,
    shared_reviews,
)
from vigbox.casework.tables import (
    Case,
    Cycle,
    Filmed,
)


def test_films_come_in_the_order_they_were_made(session: Session, case: Case, cycle: Cycle) -> None:
    late, early = choose(session, case, 1, 0, FILM), choose(session, case, 1, 0, OTHER)
    assert review_clips.chosen_clips(session, cycle, [OTHER, FILM]) == [early, late]


@pytest.mark.parametrize(
    ("facts", "is_in"),
    [
        ({"kind": "interaction"}, True),
        ({"kind": "shared review"}, False),
        ({"kind": "supervision"}, False),
        ({"kind": "interaction", "cycle_id": "another"}, False),
        ({"kind": "interaction", "binned_at": "2026-01-01T00:00:00+00:00"}, False),
    ],
)
def test_only_clips_of_the_cycles_own_films_count(
    session: Session, case: Case, cycle: Cycle, facts: dict[str, str], *, is_in: bool
) -> None:
    choose(session, case, 1, 0)
    session.add(Filmed(recording=FILM, case_id=case.id, **facts))
    session.flush()
    assert bool(review_clips.chosen_clips(session, cycle)) is is_in


def test_a_film_of_no_cycle_is_offered_in_one_cycle_alone(
    session: Session, case: Case, cycle: Cycle
) -> None:
    agree(session, case)
    clip, second = choose(session, case, 1, 0), cycles.plan_cycle(session, case)
    assert review_clips.chosen_clips(session, cycle) == [clip]
    assert review_clips.chosen_clips(session, second) == []
    assert shared_reviews.ready_cycles(session, case) == [cycle]
    review = shared_reviews.prepare(session, case, cycle, TODAY)
    shared_reviews.begin(session, review, TODAY)
    filmed = session.get_one(Filmed, FILM)
    assert filmed.cycle_id == cycle.id, "what is watched in a cycle belongs to it"
    assert review_clips.chosen_clips(session, second) == []


def test_clips_that_no_cycle_takes_are_told_of(session: Session, case: Case, cycle: Cycle) -> None:
    own = choose(session, case, 1, 0, OTHER)
    cycles.file_under(session, case, OTHER, cycle)
    assert review_clips.unfiled_films(session, case) == []
    choose(session, case, 1, 0, FILM)
    assert review_clips.chosen_clips(session, cycle) == [own]
    assert review_clips.unfiled_films(session, case) == [FILM]
    second = cycles.plan_cycle(session, case)
    assert review_clips.unfiled_films(session, case) == []
    assert [each.recording for each in review_clips.chosen_clips(session, second)] == [FILM]
