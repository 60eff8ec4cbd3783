"""Masks and the gates: what a mask heals, what it never does, and that somebody looked at it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.casework.conftest import Box, answer
from vigbox.casework import masks
from vigbox.casework.cases import InShot, open_case
from vigbox.casework.clips import add_clip, remove_clip
from vigbox.casework.consent import PURPOSES
from vigbox.casework.export_gate import KEPT, WHAT_FOR, rests_on
from vigbox.casework.gates import GateShutError
from vigbox.casework.masks import Face, MaskError
from vigbox.casework.tables import Case, Clip, ClipMask, Filmed
from vigbox.media.faces import Box as Rectangle
from vigbox.media.masking import Span
from vigbox.model import new_id

TODAY = datetime.now(UTC).date()
FILM = new_id()
OTHERS = [each for each in WHAT_FOR if each != KEPT]
STATES = {
    "not asked yet": ([], 0),
    "given": (["yes"], 0),
    "expired": (["until"], 1),
    "said no": (["no"], 0),
    "withdrawn": (["yes", "withdrawn"], 0),
}
FACE = Face("box", stays=False, mask=(Span(3, 8, Rectangle(10, 10, 40, 50)),))
DRAWN = Face("finger", stays=False, mask=(Span(0, 10, Rectangle(5, 5, 9, 9)),))


@pytest.fixture
def case(session: Session, box: Box) -> Case:
    """A mother and a father are in shot; a neighbour is of the case, and is not."""
    people = [InShot("mother", "M"), InShot("father", "F"), InShot("neighbour", "N")]
    made = open_case(session, box.layout, "VIG-7", "", people)
    ids = " ".join(str(each.id) for each in made.participants[:2])
    session.add(Filmed(recording=FILM, case_id=made.id, kind="interaction", in_shot=ids))
    session.flush()
    return made


@pytest.fixture
def clip(session: Session, case: Case) -> Clip:
    return add_clip(session, case, FILM, "", (0, 10), 400)


def hide(session: Session, case: Case, clip: Clip, *who: int) -> frozenset[int]:
    row = masks.keep_faces(session, case, clip, [FACE])
    hidden = {case.participants[each].id for each in who}
    masks.looked_at(session, case, clip, masks.version_of(row), hidden)
    return masks.hidden_in(session, clip)


@pytest.mark.parametrize("purpose", OTHERS)
@pytest.mark.parametrize("state", STATES)
def test_a_mask_stands_in_for_the_purposes_consent_of_whom_it_covers(
    session: Session, case: Case, clip: Clip, purpose: str, state: str
) -> None:
    words, later = STATES[state]
    mother = answer(session, case, 0, purpose, "yes")
    for word in words:
        answer(session, case, 1, purpose, word)
    hidden, on = hide(session, case, clip, 1), TODAY + timedelta(days=later)
    assert [each.id for each in rests_on(session, case, FILM, purpose, on, hidden=hidden)] == [
        mother
    ]
    if state != "given":
        with pytest.raises(GateShutError, match=r"father F"):
            rests_on(session, case, FILM, purpose, on)


@pytest.mark.parametrize("purpose", OTHERS)
@pytest.mark.parametrize("state", STATES)
def test_no_mask_heals_a_consent_to_filming(
    session: Session, case: Case, clip: Clip, purpose: str, state: str
) -> None:
    words, later = STATES[state]
    answer(session, case, 0, purpose, "yes")
    for word in words:
        answer(session, case, 1, "filming", word)
    hidden, on = hide(session, case, clip, 1), TODAY + timedelta(days=later)
    if state in ("not asked yet", "given"):
        assert len(rests_on(session, case, FILM, purpose, on, hidden=hidden)) == 1 + len(words)
        return
    told = rf"consent to filming is missing from father F \({state}\)"
    with pytest.raises(GateShutError, match=told):
        rests_on(session, case, FILM, purpose, on, hidden=hidden)


@pytest.mark.parametrize("state", ["expired", "said no", "withdrawn"])
def test_for_the_work_itself_masks_count_for_nothing(
    session: Session, case: Case, clip: Clip, state: str
) -> None:
    words, later = STATES[state]
    for word in words:
        answer(session, case, 1, "filming", word)
    on, hidden = TODAY + timedelta(days=later), hide(session, case, clip, 1)
    with pytest.raises(GateShutError, match="filming"):
        rests_on(session, case, FILM, KEPT, on, hidden=hidden)


@pytest.mark.parametrize("purpose", OTHERS)
def test_who_is_not_covered_is_asked_as_ever(
    session: Session, case: Case, clip: Clip, purpose: str
) -> None:
    for each in PURPOSES:
        if each != purpose:
            answer(session, case, 0, each, "yes")
    hidden = hide(session, case, clip, 1)
    with pytest.raises(GateShutError, match=rf"consent to {purpose} is missing from mother M"):
        rests_on(session, case, FILM, purpose, TODAY, hidden=hidden)


def test_when_everybody_is_covered_it_rests_on_filming(
    session: Session, case: Case, clip: Clip
) -> None:
    filmed = answer(session, case, 0, "filming", "yes")
    hidden = hide(session, case, clip, 0, 1)
    found = rests_on(session, case, FILM, "training", TODAY, hidden=hidden)
    assert [each.id for each in found] == [filmed]


def test_covering_somebody_who_is_not_in_shot_opens_nothing(
    session: Session, case: Case, clip: Clip
) -> None:
    hidden = hide(session, case, clip, 2)
    with pytest.raises(GateShutError, match=r"mother M .* father F"):
        rests_on(session, case, FILM, "training", TODAY, hidden=hidden)


@pytest.mark.parametrize("state", ["withdrawing", "erased"])
def test_nothing_leaves_masked_of_a_case_that_was_taken_back(
    session: Session, case: Case, clip: Clip, state: str
) -> None:
    hidden = hide(session, case, clip, 0, 1)
    case.state = state
    with pytest.raises(GateShutError, match="was taken back"):
        rests_on(session, case, FILM, "training", TODAY, hidden=hidden)


def test_until_somebody_looked_nobody_is_hidden_and_nothing_leaves(
    session: Session, case: Case, clip: Clip
) -> None:
    assert masks.hidden_in(session, clip) == frozenset()
    masks.keep_faces(session, case, clip, [FACE])
    assert masks.hidden_in(session, clip) == frozenset()
    with pytest.raises(MaskError, match="nobody has looked"):
        masks.masks_to_leave(session, clip)
    assert hide(session, case, clip, 1)
    assert masks.masks_to_leave(session, clip) == [FACE.mask]


def test_a_change_or_a_moved_clip_must_be_looked_at_again(
    session: Session, case: Case, clip: Clip
) -> None:
    hide(session, case, clip, 1)
    masks.keep_faces(session, case, clip, [FACE, DRAWN])
    assert masks.checked(session, clip) is None
    hide(session, case, clip, 1)
    clip.end = 12
    assert masks.hidden_in(session, clip) == frozenset()
    with pytest.raises(MaskError, match="nobody has looked"):
        masks.masks_to_leave(session, clip)


def test_what_was_not_looked_at_is_not_said_to_be(session: Session, case: Case, clip: Clip) -> None:
    before = masks.version_of(masks.keep_faces(session, case, clip, [FACE]))
    after = masks.version_of(masks.keep_faces(session, case, clip, [DRAWN]))
    assert before != after
    with pytest.raises(MaskError, match="changed since you looked"):
        masks.looked_at(session, case, clip, before, [])
    with pytest.raises(MaskError, match="of another case"):
        masks.looked_at(session, case, clip, after, [999])
    shown = Face("box", stays=True, mask=FACE.mask)
    bare = masks.version_of(masks.keep_faces(session, case, clip, [shown]))
    with pytest.raises(MaskError, match="nothing is covered"):
        masks.looked_at(session, case, clip, bare, [case.participants[1].id])


def test_looking_again_for_faces_keeps_what_a_finger_drew_and_covers_all() -> None:
    kept = [Face("box", stays=True, mask=FACE.mask), DRAWN]
    assert masks.found_again(kept, [FACE.mask]) == [FACE, DRAWN]
    assert masks.found_again(kept, []) == [DRAWN]


def test_rectangles_are_sealed_and_read_back(session: Session, case: Case, clip: Clip) -> None:
    row = masks.keep_faces(session, case, clip, [FACE, DRAWN])
    assert masks.faces_of(row) == [FACE, DRAWN]
    assert row.sealed_faces.startswith(b"age-encryption.org/v1")
    assert b"finger" not in row.sealed_faces


@pytest.mark.parametrize(
    "told",
    [None, {}, [1], [{}], [{"by": "x", "stays": True, "spans": [[0, 1, 0, 0, 1, 1]]}],
     [{"by": "box", "stays": 1, "spans": [[0, 1, 0, 0, 1, 1]]}],
     [{"by": "box", "stays": True, "spans": []}],
     *([{"by": "box", "stays": False, "spans": [span]}]
       for span in ([0, 1, 0, 0, 1], [1, 1, 0, 0, 1, 1], [0, 1, 0, 0, 0, 1], [0, 1, -1, 0, 1, 1],
                    [0, 1.0, 0, 0, 1, 1], [0, True, 0, 0, 1, 1], [0, 1 << 21, 0, 0, 1, 1], "x")),
     [{"by": "box", "stays": False, "spans": [[0, 1, 0, 0, 1, 1]] * (masks.MOST_SPANS + 1)}]],
)  # fmt: skip
def test_what_are_no_masks_is_refused(told: Any) -> None:
    with pytest.raises(MaskError):
        masks.faces_read(told)


def test_masks_go_with_their_clip(session: Session, case: Case, clip: Clip) -> None:
    hide(session, case, clip, 1)
    remove_clip(session, clip, lambda _: None)
    session.expire_all()
    assert session.get(ClipMask, clip.id) is None
