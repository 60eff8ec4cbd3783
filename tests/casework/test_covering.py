"""What is covered in clips that leave together, and whom all of it hides."""

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from tests.casework.conftest import Box
from vigbox.casework import masks
from vigbox.casework.cases import InShot, open_case
from vigbox.casework.clip_changes import ClipChange
from vigbox.casework.clips import add_clip
from vigbox.casework.covering import covering, is_covered
from vigbox.casework.masks import Face
from vigbox.casework.tables import Case, Clip, Filmed
from vigbox.media.faces import Box as Rectangle
from vigbox.media.masking import Span
from vigbox.model import new_id

BOTH, MOTHER_ALONE = new_id(), new_id()
FACE = Face("box", stays=False, mask=(Span(0, 10, Rectangle(10, 10, 40, 50)),))
STAYS = Face("box", stays=True, mask=FACE.mask)


@pytest.fixture
def session(box: Box) -> Iterator[Session]:
    with box.desk.session() as session:
        yield session


@pytest.fixture
def case(session: Session, box: Box) -> Case:
    people = [InShot("mother", "M"), InShot("father", "F")]
    made = open_case(session, box.layout, "VIG-7", "", people)
    session.flush()
    mother, father = (str(each.id) for each in made.participants)
    for film, who in ((BOTH, f"{mother} {father}"), (MOTHER_ALONE, mother)):
        session.add(Filmed(recording=film, case_id=made.id, kind="interaction", in_shot=who))
    session.flush()
    return made


def clip(session: Session, case: Case, film: str, *hidden: int, face: Face = FACE) -> Clip:
    made = add_clip(session, case, film, "", (0, 10), 400)
    row = masks.keep_faces(session, case, made, [face])
    who = {case.participants[each].id for each in hidden}
    masks.looked_at(session, case, made, masks.version_of(row), who)
    return made


def hidden(session: Session, case: Case, *clips: Clip) -> set[int]:
    ids = covering(session, case, clips).hidden
    return {n for n, each in enumerate(case.participants) if each.id in ids}


def test_whom_every_clip_hides_is_hidden(session: Session, case: Case) -> None:
    both = clip(session, case, BOTH, 0, 1)
    father = clip(session, case, BOTH, 1)
    mother = clip(session, case, MOTHER_ALONE, 0)
    assert hidden(session, case, both) == {0, 1}
    assert hidden(session, case, both, father) == {1}, "the mother is seen in the second"
    assert hidden(session, case, father, mother) == {1}, "he is not in shot of the other"
    assert hidden(session, case, both, mother) == {0, 1}


def test_a_clip_without_masks_shows_everybody_in_it(session: Session, case: Case) -> None:
    plain = add_clip(session, case, MOTHER_ALONE, "", (20, 30), 400)
    both = clip(session, case, BOTH, 0, 1)
    found = covering(session, case, [both, plain])
    assert hidden(session, case, both, plain) == {1}
    assert set(found.masks) == set(found.versions) == {both.id}
    assert [is_covered(session, each) for each in (both, plain)] == [True, False]


def test_masks_that_nobody_looked_at_cover_nothing(session: Session, case: Case) -> None:
    moved = clip(session, case, BOTH, 0, 1)
    masks.keep_faces(session, case, moved, [FACE])
    assert covering(session, case, [moved]).masks == {}
    assert hidden(session, case, moved) == set()


def test_a_clip_that_was_moved_since_is_not_covered(session: Session, case: Case) -> None:
    moved = clip(session, case, BOTH, 0, 1)
    times = range(0, 90_000, 3_600)
    ClipChange(session, case, moved, times, frozenset()).make({"first": 1, "last": 9})
    assert not is_covered(session, moved)
    assert hidden(session, case, moved) == set()


def test_where_every_face_may_stay_nothing_is_painted(session: Session, case: Case) -> None:
    shown = clip(session, case, BOTH, face=STAYS)
    assert covering(session, case, [shown]).masks == {}
