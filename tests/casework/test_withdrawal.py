from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.casework.conftest import Box, a_case
from tests.casework.test_database import plain_bytes
from vigbox.casework import edits
from vigbox.casework.arming import ArmingError, Shot, arm
from vigbox.casework.cases import Turn
from vigbox.casework.clips import add_clip, remove_clip
from vigbox.casework.cycles import plan_cycle
from vigbox.casework.disclosures import disclose, disclosed
from vigbox.casework.erasure import erasures, facts_of
from vigbox.casework.export_gate import KEPT
from vigbox.casework.goals import add_goal, rate, word_question
from vigbox.casework.marks import add_mark
from vigbox.casework.tables import (
    AuditEvent,
    Base,
    Case,
    Clip,
    ClipPrinciple,
    Disclosure,
    Edit,
    Export,
    Mark,
    Participant,
)
from vigbox.casework.withdrawal import Copy, copies, go_on, withdraw
from vigbox.errors import VigboxError
from vigbox.model import Life, new_id
from vigbox.seal.identities import parse_identities
from vigbox.seal.signing import SigningKey
from vigbox.store import manifests
from vigbox.store.layout import Layout
from vigbox.store.manifests import Manifest


class AwayError(VigboxError):
    pass


@dataclass
class Eraser:
    """Erases as the recorder and the exports do; may fail at a chosen call."""

    layout: Layout
    fails_at: int = -1
    done: list[tuple[str, str]] = field(default_factory=list)

    def disarm(self, case: str) -> None:
        self._note("disarm", case)

    def erase_film(self, recording: str) -> None:
        self._note("film", recording)
        for path in (self.layout.film(recording), self.layout.manifest(recording)):
            path.unlink(missing_ok=True)

    def erase_import(self, name: str) -> None:
        self._note("import", name)

    def erase_export(self, export: str) -> None:
        self._note("export", export)

    def _note(self, what: str, about: str) -> None:
        if len(self.done) == self.fails_at:
            self.fails_at = -1
            raise AwayError("the recorder does not answer")
        self.done.append((what, about))


def a_film(layout: Layout, case: str) -> str:
    recording = new_id()
    layout.film(recording).write_bytes(b"sealed")
    key = SigningKey.from_text(layout.recorder_key.read_text())
    at = "2026-11-21T10:00:00+00:00"
    manifests.write(layout, Manifest(recording, case, ("r",), "b", at, 1, Life.FINISHED), key)
    return recording


def filled(box: Box) -> tuple[Case, list[str], Case]:
    """A case with two films, a clip and two exports of it, one verified; and another case."""
    desk = box.desk
    case, other = a_case(desk, "GONE-1"), a_case(desk, "STAYS-1")
    films = [a_film(box.layout, case.id) for _ in range(2)]
    a_film(box.layout, other.id)
    with desk.session() as casework:
        with edits.noted(casework, case, films[0], "clip made"):
            clip = add_clip(casework, case, films[0], "He laughs out loud", (0, 5), 200)
            clip.principle_keys = ["vig/guiding"]
            add_mark(casework, case, films[0], 7)
        kept = add_clip(casework, other, films[0], "He stays calm", (0, 5), 200)
        casework.flush()
        for at, about in (("", clip), ("2026-11-21T10:00:00+00:00", clip), ("", kept)):
            export = Export(id=new_id(), clip_id=about.id, machine="m", machine_name="Annas laptop")
            export.made_at, export.verified_at = "", at
            whose = casework.get_one(Case, about.case_id)
            row = Disclosure(what="clip", to_whom="Annas laptop", purpose=KEPT)
            row.export_id, row.verified_at = export.id, at
            disclose(casework, whose, row, [])
            casework.add(export)
    desk.close()
    return case, films, other


def test_withdrawal_leaves_nothing_of_the_case_but_its_code(box: Box) -> None:
    case, films, other = filled(box)
    desk, eraser = box.desk, Eraser(box.layout)
    held = box.layout.case_identity(case.id).read_bytes()
    words = parse_identities(desk.keyring.open(held).decode())[0].secret_text()
    withdraw(desk, case.id, eraser)
    assert not box.layout.case_identity(case.id).exists()
    assert {about for what, about in eraser.done if what == "film"} == set(films)
    assert [about for what, about in eraser.done if what == "disarm"] == [case.id]
    assert len({name for what, name in eraser.done if what == "export"}) == 2
    with desk.session() as casework:
        found = casework.get_one(Case, case.id)
        assert (found.state, found.code, found.sealed_question) == ("erased", "GONE-1", b"")
        assert not casework.scalars(select(Participant).filter_by(case_id=case.id)).all()
        assert [each.case_id for each in casework.scalars(select(Clip))] == [other.id]
        assert len(casework.scalars(select(Export)).all()) == 1
        for table in (Mark, Edit, ClipPrinciple):
            assert not casework.scalars(select(table)).all()
        assert casework.get_one(Case, other.id).helping_question == "Why does he cry?"
    key = desk.database.key
    desk.close()
    assert words.encode() not in plain_bytes(box.layout.database, key)


def test_words_in_an_old_copy_of_the_database_go_with_the_key(box: Box, tmp_path: Path) -> None:
    case, _, _ = filled(box)
    desk = box.desk
    desk.database.purge()
    copy = tmp_path / "case.db"
    copy.write_bytes(box.layout.database.read_bytes())
    withdraw(desk, case.id, Eraser(box.layout))
    box.layout.database.write_bytes(copy.read_bytes())
    desk.close()
    for again in (box.desk, box.recover()):
        with again.session() as casework:
            assert casework.get_one(Case, case.id).helping_question == ""
            assert {each.name for each in casework.scalars(select(Clip))} == {
                "Clip",
                "He stays calm",
            }


def test_a_copy_stays_known_when_its_clip_is_removed(box: Box) -> None:
    case, _, _ = filled(box)
    desk, eraser = box.desk, Eraser(box.layout)
    with desk.session() as casework:
        (clip,) = casework.scalars(select(Clip).where(Clip.case_id == case.id))
        remove_clip(casework, clip, eraser.erase_export)
    with desk.session() as casework:
        assert not casework.scalars(select(Export).where(Export.clip_id == clip.id)).all()
        assert copies(casework, case.id) == [Copy("Annas laptop", "2026-11-21T10:00:00+00:00")]
        assert len(disclosed(casework, case.id)) == 1, "what only waited has left nothing elsewhere"
    withdraw(desk, case.id, eraser)
    with desk.session() as casework:
        (copy,) = facts_of(erasures(casework, "GONE-1")[0])["copies"]
    assert (copy["machine"], copy["what"], copy["purpose"]) == ("Annas laptop", "clip", KEPT)
    assert copy["verified_at"] == "2026-11-21T10:00:00+00:00"


def test_copies_that_left_the_box_are_listed_before_and_noted_after(box: Box) -> None:
    case, _, _ = filled(box)
    desk = box.desk
    with desk.session() as casework:
        assert copies(casework, case.id) == [Copy("Annas laptop", "2026-11-21T10:00:00+00:00")]
    withdraw(desk, case.id, Eraser(box.layout))
    with desk.session() as casework:
        about = select(AuditEvent.what).where(AuditEvent.about == "GONE-1")
        noted = list(casework.scalars(about))
    assert noted[-3:] == [
        "consent withdrawn",
        "a copy had left the box, to Annas laptop",
        "case erased",
    ]


@pytest.mark.parametrize("fails_at", range(5))
def test_what_fails_in_the_middle_is_blocked_at_once_and_goes_on_later(
    box: Box, fails_at: int
) -> None:
    case, _, _ = filled(box)
    desk, eraser = box.desk, Eraser(box.layout, fails_at)
    with pytest.raises(AwayError):
        withdraw(desk, case.id, eraser)
    with desk.session() as casework:
        assert casework.get_one(Case, case.id).state == "withdrawing"
    assert not box.layout.case_identity(case.id).exists()
    desk.close()
    again = box.desk
    go_on(again, eraser)
    with again.session() as casework:
        assert casework.get_one(Case, case.id).state == "erased"
        whats = select(AuditEvent.what).where(AuditEvent.about == "GONE-1")
        assert list(casework.scalars(whats)).count("consent withdrawn") == 1
    assert [each.case for each in manifests.listed(box.layout)].count(case.id) == 0
    again.close()


def test_nothing_is_filmed_for_it_any_more(box: Box) -> None:
    case, _, _ = filled(box)
    desk = box.desk
    withdraw(desk, case.id, Eraser(box.layout))
    key = desk.arming_key()
    with desk.session() as casework:
        found = casework.get_one(Case, case.id)
        with pytest.raises(ArmingError, match="withdrawn"):
            arm(casework, found, Shot((1,)), box="b", turn=Turn("n"), key=key)


def test_what_was_erased_is_told_and_only_when_it_is_gone(box: Box) -> None:
    case, films, _ = filled(box)
    desk, eraser = box.desk, Eraser(box.layout, fails_at=2)
    with pytest.raises(AwayError):
        withdraw(desk, case.id, eraser)
    with desk.session() as casework:
        (begun,) = erasures(casework)
        assert begun.finished_at == ""
    go_on(desk, eraser)
    with desk.session() as casework:
        (done,) = erasures(casework, "GONE-1")
        assert done.finished_at
        facts = facts_of(done)
    assert {each["recording"] for each in facts["films"]} == set(films), "as before the cut"
    assert (facts["counts"]["clips"], facts["exports"], facts["opened_by"]) == (1, 1, 2)
    assert [each["machine"] for each in facts["copies"]] == ["Annas laptop"]


def test_every_table_of_a_case_is_emptied(box: Box) -> None:
    case, _, other = filled(box)
    desk = box.desk
    tables = [each for each in Base.metadata.sorted_tables if "case_id" in each.c]
    with desk.session() as casework:
        for one in (case, other):
            cycle = plan_cycle(casework, one)
            rate(casework, add_goal(casework, one, "Calm"), cycle, 3)
            word_question(casework, one, "What soothes him?")
    withdraw(desk, case.id, Eraser(box.layout))
    with desk.session() as casework:
        left = {
            each.name: [row.case_id for row in casework.execute(select(each.c.case_id))]
            for each in tables
        }
    del left["audit_event"]
    assert case.id not in {one for rows in left.values() for one in rows}
    assert all(left[name] == [other.id] for name in ("cycle", "goal", "rating", "clip"))
