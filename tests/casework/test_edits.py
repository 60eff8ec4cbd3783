from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.casework.conftest import Box, a_case
from vigbox.casework import edits
from vigbox.casework.clips import add_clip, clips_of, remove_clip
from vigbox.casework.desk import Desk
from vigbox.casework.edits import UndoError
from vigbox.casework.marks import add_mark, marks_of
from vigbox.casework.tables import Case, Clip, Edit, Export
from vigbox.casework.texts import seal_text
from vigbox.model import new_id


@dataclass
class Journal:
    """A recording of a case, changed in one transaction each."""

    desk: Desk
    case: Case
    recording: str
    erased: list[str] = field(default_factory=list)

    def edit(self, what: str, change: Callable[[Session], Any]) -> None:
        with (
            self.desk.session() as session,
            edits.noted(session, self.case, self.recording, what),
        ):
            change(session)

    def add(self, first: int = 0) -> str:
        self.edit(
            f"clip at {first}",
            lambda session: add_clip(
                session, self.case, self.recording, "waits", (first, first + 5), 200
            ),
        )
        return next(str(each["id"]) for each in self.clips() if each["first"] == first)

    def undo(self) -> str:
        with self.desk.session() as session:
            return edits.undo(session, self.recording, self.erased.append)

    def redo(self) -> str:
        with self.desk.session() as session:
            return edits.redo(session, self.recording, self.erased.append)

    def clips(self) -> list[dict[str, Any]]:
        with self.desk.session() as session:
            return [
                {
                    "id": each.id,
                    "first": each.first,
                    "name": each.name,
                    "state": each.state,
                    "principles": each.principle_keys,
                    "note": each.note,
                    "freeze": each.freeze,
                }
                for each in clips_of(session, self.recording)
            ]

    def marks(self) -> list[int]:
        with self.desk.session() as session:
            return [each.picture for each in marks_of(session, self.recording, [])]

    def words(self) -> tuple[str | None, str | None]:
        with self.desk.session() as session:
            done = edits.last_done(session, self.recording)
            undone = edits.last_undone(session, self.recording)
            return done.what if done else None, undone.what if undone else None


@pytest.fixture
def journal(box: Box) -> Journal:
    desk = box.desk
    return Journal(desk, a_case(desk, "UNDO-1"), new_id())


def test_every_change_can_be_undone_and_done_again_in_turn(journal: Journal) -> None:
    clip = journal.add()

    def note(session: Session) -> None:
        found = session.get_one(Clip, clip)
        found.principle_keys = ["vig/guiding"]
        found.sealed_note = seal_text(journal.case.recipient, "twice")
        found.state, found.freeze = "chosen", 3

    journal.edit("note changed", note)
    journal.edit("mark made", lambda session: add_mark(session, journal.case, journal.recording, 7))
    journal.edit(
        "clip removed",
        lambda session: remove_clip(session, session.get_one(Clip, clip), journal.erased.append),
    )
    states = []
    while journal.words()[0]:
        states.append((journal.clips(), journal.marks(), journal.words()))
        journal.undo()
    assert journal.clips() == []
    assert journal.marks() == []
    assert [words[0] for _, _, words in states] == [
        "clip removed",
        "mark made",
        "note changed",
        "clip at 0",
    ]
    assert states[1][0][0]["principles"] == ["vig/guiding"]
    assert states[1][0][0]["note"] == "twice"
    for clips, marks, words in reversed(states):
        journal.redo()
        assert (journal.clips(), journal.marks(), journal.words()) == (clips, marks, words)
    with pytest.raises(UndoError, match="do again"):
        journal.redo()


def test_nothing_to_undo_is_said(journal: Journal) -> None:
    with pytest.raises(UndoError, match="nothing to undo"):
        journal.undo()


def test_a_new_change_ends_what_could_be_done_again(journal: Journal) -> None:
    journal.add(0)
    journal.undo()
    journal.add(50)
    assert journal.words() == ("clip at 50", None)


def test_a_change_that_changes_nothing_is_no_edit(journal: Journal) -> None:
    journal.edit("nothing", lambda _: None)
    assert journal.words() == (None, None)


def test_a_change_that_fails_is_no_edit(journal: Journal) -> None:
    def fail(session: Session) -> None:
        add_clip(session, journal.case, journal.recording, "x", (0, 5), 200)
        session.flush()
        raise UndoError("no")

    with pytest.raises(UndoError):
        journal.edit("failed", fail)
    assert (journal.clips(), journal.words()) == ([], (None, None))


def test_each_recording_has_its_own_journal(journal: Journal) -> None:
    other = Journal(journal.desk, journal.case, new_id())
    other.add()
    journal.add()
    journal.undo()
    assert len(other.clips()) == 1
    assert other.words()[0] == "clip at 0"


def test_the_oldest_edits_are_forgotten(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edits, "MOST", 3)
    for first in range(0, 50, 10):
        journal.add(first)
    for _ in range(3):
        journal.undo()
    assert [each["first"] for each in journal.clips()] == [0, 10]
    with pytest.raises(UndoError):
        journal.undo()


def test_steps_of_one_end_soon_after_each_other_are_one_edit(journal: Journal) -> None:
    clip = journal.add(10)

    def move(to: int) -> Callable[[Session], None]:
        return lambda session: setattr(session.get_one(Clip, clip), "first", to)

    for to in (11, 12, 13):
        journal.edit("clip moved", move(to))
    assert journal.words()[0] == "clip moved"
    journal.undo()
    assert journal.clips()[0]["first"] == 10
    journal.redo()
    assert journal.clips()[0]["first"] == 13
    with journal.desk.session() as session:
        for each in session.scalars(select(Edit)):
            each.at = "2026-01-01T00:00:00+00:00"
    journal.edit("clip moved", move(14))
    journal.undo()
    assert journal.clips()[0]["first"] == 13, "later on it is an edit of its own"


def test_exports_go_with_a_clip_and_it_is_said(journal: Journal) -> None:
    clip = journal.add()
    with journal.desk.session() as session:
        session.add(Export(id="e", clip_id=clip, machine="m", machine_name="l", made_at=""))
    assert "went from this box" in journal.undo()
    assert journal.erased == ["e"]
    assert journal.redo() == ""
    assert len(journal.clips()) == 1


def test_the_journal_lasts_across_a_lock(box: Box, journal: Journal) -> None:
    journal.add()
    journal.desk.close()
    again = Journal(box.desk, journal.case, journal.recording)
    again.undo()
    assert again.clips() == []


def test_who_may_not_open_the_case_undoes_nothing(journal: Journal) -> None:
    journal.add()
    journal.desk.forget_case(journal.case.id)
    journal.desk.layout.case_identity(journal.case.id).unlink()
    with pytest.raises(UndoError, match="Only who may open"):
        journal.undo()
    assert len(journal.clips()) == 1


def test_the_journals_words_are_sealed_under_the_case(journal: Journal) -> None:
    journal.add()
    with journal.desk.session() as session:
        (edit,) = session.scalars(select(Edit))
        assert edit.sealed_change.startswith(b"age-encryption.org/v1")
        assert '"clip/' in edit.change
