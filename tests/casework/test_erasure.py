"""What an erasure keeps: what was there, what had left, and whether it is over."""

import pytest
from sqlalchemy.orm import Session

from tests.casework.conftest import Box
from vigbox.casework import erasure
from vigbox.casework.cases import InShot, open_case
from vigbox.casework.clips import add_clip
from vigbox.casework.disclosures import disclose
from vigbox.casework.export_gate import KEPT
from vigbox.casework.tables import Case, Disclosure
from vigbox.model import Life, new_id
from vigbox.store.manifests import Manifest

AT = "2026-11-21T10:00:00+00:00"


@pytest.fixture
def case(session: Session, box: Box) -> Case:
    return open_case(session, box.layout, "VIG-7", "", [InShot("mother", "Q")])


def film(case: Case) -> Manifest:
    return Manifest(new_id(), case.id, (case.recipient,), "b", AT, 10**10, Life.FINISHED)


def out(session: Session, case: Case, recording: str, **facts: str) -> None:
    row = Disclosure(what="clip", to_whom="laptop", purpose=KEPT, export_id=new_id(), **facts)
    row.recordings, row.sha256 = recording, "5" * 64
    disclose(session, case, row, [])


def test_it_counts_what_was_there_and_tells_what_left_from_what_waited(
    session: Session, box: Box, case: Case
) -> None:
    recording = new_id()
    add_clip(session, case, recording, "Q laughs", (0, 5), 200)
    out(session, case, recording, verified_at=AT)
    out(session, case, recording)
    begun = erasure.begin(session, box.layout, case, "the family took it back")
    facts = erasure.facts_of(begun)
    assert facts["counts"]["clips"] == facts["counts"]["participants"] == 1
    assert [each["machine"] for each in facts["copies"]] == ["laptop"]
    assert facts["exports"] == 1
    assert "Q laughs" not in begun.facts


def test_one_that_was_begun_goes_on_with_what_was_found_then(
    session: Session, box: Box, case: Case
) -> None:
    begun = erasure.begin(session, box.layout, case, "why")
    add_clip(session, case, new_id(), "", (0, 5), 200)
    assert erasure.begin(session, box.layout, case, "another") is begun
    erasure.finish(session, case)
    assert begun.finished_at
    assert erasure.begin(session, box.layout, case, "again") is not begun


def test_that_of_one_recording_stands_beside_that_of_its_case(
    session: Session, box: Box, case: Case
) -> None:
    one, other = film(case), film(case)
    out(session, case, one.recording, verified_at=AT)
    begun = erasure.begin_one(session, one, "they asked")
    assert erasure.begin_one(session, one, "they asked") is begun
    assert erasure.begin_one(session, other, "they asked") is not begun
    assert erasure.begin(session, box.layout, case, "all of it") is not begun
    assert erasure.recording_of(begun) == one.recording
    assert len(erasure.facts_of(begun)["copies"]) == 1
    assert len(erasure.unfinished_recordings(session)) == 2
    assert len(erasure.erasures(session, "VIG-7")) == 3
    assert erasure.erasures(session, "VIG-8") == []
