from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy.orm import Session

from tests.casework.conftest import Box, a_case
from vigbox.casework.clip_changes import LONGEST, ClipChange, in_order, word_for
from vigbox.casework.clips import ClipError, add_clip, clips_of
from vigbox.casework.tables import Case, Clip
from vigbox.model import new_id

TIMES = [n * 3600 for n in range(500)]
PRINCIPLES = frozenset({"vig/receiving", "vig/guiding"})


@dataclass
class Table:
    """A case with three clips of a recording, in one open transaction."""

    session: Session
    case: Case
    clips: list[Clip]

    def change(self, number: int, **facts: object) -> str:
        clip = self.clips[number]
        return ClipChange(self.session, self.case, clip, TIMES, PRINCIPLES).make(facts)

    @property
    def order(self) -> list[int]:
        found = in_order(clips_of(self.session, self.clips[0].recording))
        return [self.clips.index(each) for each in found]


@pytest.fixture
def table(box: Box) -> Iterator[Table]:
    desk, recording = box.desk, new_id()
    case = a_case(desk, "CHANGE-1")
    with desk.session() as session:
        clips = [
            add_clip(session, case, recording, "", (first, first + 50), 2000)
            for first in (0, 100, 200)
        ]
        session.flush()
        yield Table(session, case, clips)


def test_a_moved_clip_has_its_new_length(table: Table) -> None:
    table.change(0, last=99)
    assert (table.clips[0].end, table.clips[0].length_ms) == (100, 4000)


@pytest.mark.parametrize(
    ("path", "last"), [(("chosen",), "shown"), (("chosen", "shown"), "dropped"), ((), "chosen")]
)
def test_a_clip_goes_its_way(table: Table, path: tuple[str, ...], last: str) -> None:
    for state in (*path, last, last):
        table.change(0, state=state)
    assert table.clips[0].state == last


@pytest.mark.parametrize(
    ("path", "wrong"), [((), "shown"), (("chosen",), "kept"), (("chosen", "shown"), "candidate")]
)
def test_a_clip_that_was_shown_was_shown(table: Table, path: tuple[str, ...], wrong: str) -> None:
    for state in path:
        table.change(0, state=state)
    with pytest.raises(ClipError, match="can become"):
        table.change(0, state=wrong)


def test_chosen_clips_stand_in_the_order_they_were_chosen_in(table: Table) -> None:
    for number in (2, 0, 1):
        table.change(number, state="chosen")
    assert table.order == [2, 0, 1]
    table.change(1, order=1)
    assert table.order == [1, 2, 0]
    table.change(2, state="candidate")
    table.change(2, state="chosen")
    assert table.order == [1, 0, 2]
    assert [clip.position for clip in table.clips] == [2, 1, 3]


def test_a_principle_that_left_the_vocabulary_stays_with_its_clip(table: Table) -> None:
    table.clips[0].principle_keys = ["old/word"]
    table.change(0, principles=["old/word", "vig/guiding", "vig/guiding"])
    assert table.clips[0].principle_keys == ["old/word", "vig/guiding"]
    table.change(0, principles=[])
    with pytest.raises(ClipError, match="no principle 'old/word'"):
        table.change(0, principles=["old/word"])


@pytest.mark.parametrize("key", LONGEST)
def test_each_text_is_read_back_trimmed_and_bounded(table: Table, key: str) -> None:
    table.change(0, **{key: "  she \x00waits\t"})
    clip = table.clips[0]
    assert (clip.given_name if key == "name" else getattr(clip, key)) == "she  waits"
    table.change(0, **{key: "x" * LONGEST[key]})
    with pytest.raises(ClipError, match="Make it shorter"):
        table.change(0, **{key: "x" * (LONGEST[key] + 1)})
    table.change(0, **{key: ""})
    assert getattr(clip, f"sealed_{key}") == b""


def test_the_same_words_stay_the_same_bytes(table: Table) -> None:
    table.change(0, note="twice")
    before = table.clips[0].sealed_note
    table.change(0, note="twice ")
    assert table.clips[0].sealed_note == before


def test_what_is_no_fact_of_a_clip_is_named() -> None:
    assert word_for({"first": 5}) == "clip moved"
    assert word_for({"state": "candidate"}) == "clip set aside"
    for facts in ({}, {"case_id": "x"}, {"name": "x", "sealed_note": "x"}):
        with pytest.raises(ClipError, match="must be one of"):
            word_for(facts)
