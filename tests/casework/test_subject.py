"""One person's data: all of theirs, nothing of the others."""

import csv
import io
import json
import zipfile
from typing import Any

import pytest

from tests.casework.conftest import Box
from vigbox.casework import audit
from vigbox.casework.cases import InShot, open_case
from vigbox.casework.clips import add_clip
from vigbox.casework.consent import Told, note_answer
from vigbox.casework.cycles import plan_cycle
from vigbox.casework.desk import Desk
from vigbox.casework.goals import add_goal, rate, word_question
from vigbox.casework.subject import Gathered, Subject
from vigbox.casework.tables import Case, Disclosure, Filmed, Participant
from vigbox.casework.texts import seal_text
from vigbox.export.subject import archive
from vigbox.model import Life, new_id, now_at
from vigbox.seal.opening import open_bytes
from vigbox.store.manifests import Manifest

MOTHER, FATHER, CHILD = range(3)
FILMS = {"mother and child": new_id(), "father": new_id(), "nobody said": new_id()}


@pytest.fixture
def case(box: Box) -> tuple[Desk, str]:
    desk = box.desk
    people = [InShot("mother", "MK"), InShot("father", "Zo"), InShot("child", "Q")]
    with desk.session() as session:
        made = open_case(session, box.layout, "VIG-7", "How do I soothe Q when Zo is out?", people)
        mother, father, child = made.participants
        child.is_child = True
        session.flush()
        for one, by in ((mother, 0), (father, 0), (child, mother.id)):
            picture = b"\x89PNG of " + one.role.encode()
            told = Told("filming", "yes", "signature", "1", answered_by=by, evidence=picture)
            note_answer(session, made, one, told)
        cycle = plan_cycle(session, made)
        rate(session, add_goal(session, made, "Calm evenings with Q"), cycle, 3)
        word_question(session, made, "What soothes Q, MK asks")
        for name, in_shot in zip(FILMS, ([mother, child], [father], []), strict=True):
            session.add(
                Filmed(
                    recording=FILMS[name], case_id=made.id, kind="interaction",
                    in_shot=" ".join(str(each.id) for each in in_shot),
                    sealed_activity=seal_text(made.recipient, "Bath, Zo too"),
                )
            )  # fmt: skip
            add_clip(session, made, FILMS[name], f"Zo in {name}, =quiet", (0, 5), 200)
        session.add(
            Disclosure(case_id=made.id, disclosed_at=now_at(), what="clip", to_whom="Annas laptop",
                       purpose="shared review")
        )  # fmt: skip
        audit.note(session, "watched", FILMS["father"], made.id)
        audit.note(session, "watched", "another", "another case")
    return desk, made.id


def gathered(case: tuple[Desk, str], who: int) -> Gathered:
    desk, name = case
    films = [
        Manifest(each, name, ("r",), "b", "2026-11-21T10:00:00+00:00", 10**10, Life.FINISHED)
        for each in FILMS.values()
    ]
    with desk.session() as session:
        found = session.get_one(Case, name)
        one: Participant = found.participants[who]
        identities = desk.case_identities(name)
        return Subject(
            session, found, one, films, lambda sealed: open_bytes(sealed, identities)
        ).gather()


def test_a_client_is_told_their_own_words_ratings_and_consents(case: tuple[Desk, str]) -> None:
    found = gathered(case, MOTHER)
    facts = found.facts
    assert [(each["for"], each["by"]) for each in facts["consents"]] == [
        ("this person", "this person"),
        ("child", "this person"),
    ]
    assert sorted(found.pictures.values()) == [b"\x89PNG of child", b"\x89PNG of mother"]
    assert facts["wordings"][-1]["text"] == "What soothes [child], MK asks"
    assert facts["ratings"][0]["value"] == 3
    assert facts["given_to_others"][0]["to_whom"] == "Annas laptop"
    assert [each["what"] for each in facts["audit"]].count("watched") == 1


def test_a_person_is_told_the_films_they_are_in_and_their_clips(case: tuple[Desk, str]) -> None:
    facts = gathered(case, CHILD).facts
    assert [each["recording"] for each in facts["recordings"]] == [FILMS["mother and child"]]
    assert [each["recording"] for each in facts["clips"]] == [FILMS["mother and child"]]
    unsaid = facts["recordings_without_word_who_is_in_shot"]
    assert [each["recording"] for each in unsaid] == [FILMS["nobody said"]]
    assert "ratings" not in facts, "they are the client's"
    assert facts["consents"][0]["by"] == "mother"
    assert facts["consents"][0]["evidence"] == "", "the mother's signature is hers"


@pytest.mark.parametrize(
    ("who", "others"), [(MOTHER, ("Zo", "Q")), (FATHER, ("MK", "Q")), (CHILD, ("MK", "Zo"))]
)
def test_nobody_elses_initials_are_in_it(
    case: tuple[Desk, str], who: int, others: tuple[str, ...]
) -> None:
    found = gathered(case, who)
    texts = [
        str(value)
        for rows in found.tables.values()
        for row in rows
        for key, value in row.items()
        if key not in {"clip", "recording", "goal", "of"}
    ]
    words = {word.strip(",.?") for text in texts for word in text.split()}
    assert not words & set(others)


def test_initials_that_are_words_are_left_and_pointed_at(box: Box) -> None:
    desk = box.desk
    with desk.session() as session:
        people = [InShot("mother", "MK"), InShot("child", "I")]
        made = open_case(session, box.layout, "VIG-8", "What do I do?", people)
        session.flush()
        facts = Subject(session, made, made.participants[0], [], bytes).gather().facts
    assert facts["helping_question"] == [{"text": "What do I do?"}]
    assert facts["read_for"] == "I"


def test_the_archive_is_read_by_others(case: tuple[Desk, str]) -> None:
    found = gathered(case, MOTHER)
    with zipfile.ZipFile(io.BytesIO(archive(found))) as opened:
        assert opened.testzip() is None
        facts: dict[str, Any] = json.loads(opened.read("data.json"))
        assert facts == found.facts
        clips = list(csv.DictReader(io.StringIO(opened.read("clips.csv").decode())))
        assert clips[0]["given_name"] == "[father] in mother and child, =quiet"
        assert {each for each in opened.namelist() if each.startswith("pictures/")} == {
            f"pictures/{each}" for each in found.pictures
        }
        assert "watch them together" in opened.read("read-me.txt").decode().lower()
