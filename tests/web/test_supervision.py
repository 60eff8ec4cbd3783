"""A package for supervision, gated, and read back by another age and another player than ours."""

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.certificates import issue
from tests.web.conftest import ORIGIN, Place
from tests.web.seen import seen
from vigbox.casework.clips import remove_clip
from vigbox.casework.consent import Told, note_answer
from vigbox.casework.cycles import plan_cycle
from vigbox.casework.disclosures import disclosed
from vigbox.casework.export_gate import KEPT
from vigbox.casework.tables import (
    AuditEvent,
    Case,
    Clip,
    Disclosure,
    Filmed,
    Participant,
    SharedReview,
    Supervision,
)
from vigbox.casework.withdrawal import copies
from vigbox.delivery.contents import parse
from vigbox.delivery.machines import Machine
from vigbox.export.clips import clip_piece
from vigbox.export.pieces import Piece
from vigbox.model import new_id, now_at

pyrage: Any = import_module("pyrage")

QUESTION = "How do I leave more room for her?"


class Scene:
    """A shared review that was filmed, two chosen clips of it, and a paired machine."""

    def __init__(self, place: Place, film: bytes) -> None:
        self.place, self.client = place, place.unlocked()
        self.identity = pyrage.x25519.Identity.generate()
        for each in place.services.machines.listed():
            place.services.machines.revoke(each.id)
        self.machine: Machine = place.services.machines.add(
            "laptop", str(self.identity.to_public()), issue
        )[0]
        self.recording = place.keep(film)
        self.review = new_id()
        self.do(self._people)
        self.clips = [self.clip(10, 30), self.clip(40, 60)]

    def _people(self, casework: Session) -> None:
        case = casework.get_one(Case, self.place.case)
        if not case.participants:
            case.participants += [Participant(role="mother"), Participant(role="father")]
            casework.flush()
        cycle = plan_cycle(casework, case)
        mother = str(case.participants[0].id)
        row = Filmed(recording=self.recording, case_id=case.id, kind="shared review")
        row.in_shot = mother
        review = SharedReview(id=self.review, case_id=case.id, cycle_id=cycle.id)
        review.by_whom, review.began_at, review.recording = "", now_at(), self.recording
        casework.add_all([row, review])

    def unlink(self, casework: Session) -> None:
        casework.get_one(SharedReview, self.review).recording = ""

    def do(self, work: Callable[[Session], Any]) -> Any:
        return self.place.do(work)

    def clip(self, first: int, last: int) -> str:
        address = f"/recordings/{self.recording}/clips"
        told = self.client.post(address, json={"first": first, "last": last}, headers=ORIGIN)
        (made,) = (each["id"] for each in told.get_json()["clips"] if each["first"] == first)
        for each in ({"state": "chosen"}, {"name": "Mother Anna laughs"}):
            shown = seen(self.client, f"/clips/{made}")
            kept = self.client.patch(f"/clips/{made}", json=shown | each, headers=ORIGIN)
            assert kept.status_code == 200
        return str(made)

    def answer(self, purpose: str, word: str) -> None:
        def note(casework: Session) -> None:
            case = casework.get_one(Case, self.place.case)
            note_answer(casework, case, case.participants[0], Told(purpose, word, "spoken", "f-1"))

        self.do(note)

    def pack(self, **changed: Any) -> Any:
        form = {"review": self.review, "clip": self.clips, "question": QUESTION, "with": ""}
        address = f"/cases/{self.place.case}/supervision"
        return self.client.post(address, data=form | changed, headers=ORIGIN)

    def export(self, **facts: str) -> Any:
        return self.client.post(f"/clips/{self.clips[0]}/export", json=facts, headers=ORIGIN)

    def waiting(self) -> list[Any]:
        return self.place.services.outbox.for_machine(self.machine.id)

    def opened(self, export: Any, part: str) -> bytes:
        data: bytes = pyrage.decrypt(export.part_path(part).read_bytes(), [self.identity])
        return data


@pytest.fixture
def scene(place: Place, drawn_film: bytes) -> Iterator[Scene]:
    made = Scene(place, drawn_film)
    yield made
    made.do(
        lambda casework: casework.get_one(SharedReview, made.review).__setattr__("recording", "")
    )


def pictures(film: bytes) -> int:
    asked = ["ffprobe", "-v", "error", "-count_frames", "-select_streams", "v:0",
             "-show_entries", "stream=nb_read_frames", "-of", "csv=p=0", "-"]  # fmt: skip
    told = subprocess.run(asked, input=film, capture_output=True, check=True)
    return int(told.stdout.strip().rstrip(b","))


def test_the_package_holds_the_clips_the_question_and_no_name(scene: Scene) -> None:
    scene.answer("supervision", "yes")
    page = scene.client.get(f"/cases/{scene.place.case}/supervision").text
    assert page.count('name="clip"') >= 2
    assert scene.pack().status_code == 302
    (export,) = scene.waiting()
    contents = parse(scene.opened(export, "contents.json.age"))
    kinds = {each.name: each.kind for each in contents.files}
    assert kinds == {
        "VIG-7 supervision 1.mp4": "clip",
        "VIG-7 supervision 2.mp4": "clip",
        "VIG-7 supervision.json": "supervision",
    }
    assert [pictures(scene.opened(export, f"clip-{n}.mp4.age")) for n in (1, 2)] == [21, 21]
    letter = scene.opened(export, "supervision.json.age")
    facts = json.loads(letter)
    assert (facts["helping_question"], facts["case"], facts["in_shot"]) == (
        QUESTION, "VIG-7", ["mother"],
    )  # fmt: skip
    assert [each["file"] for each in facts["clips"]] == sorted(set(kinds) - {
        "VIG-7 supervision.json"})  # fmt: skip
    assert b"Anna" not in letter, "a clip's own name stays on the box"


def test_what_went_is_kept_with_its_hash_and_its_consent(scene: Scene) -> None:
    scene.answer("supervision", "yes")
    scene.pack()
    (export,) = scene.waiting()

    def look(casework: Session) -> tuple[Disclosure, Supervision, list[str]]:
        row = casework.scalars(
            select(Disclosure).filter_by(export_id=export.manifest.export_id)
        ).one()
        made = casework.scalars(select(Supervision).filter_by(export_id=row.export_id)).one()
        assert made.helping_question == QUESTION
        about = select(AuditEvent.what).where(AuditEvent.about == row.export_id)
        return row, made, list(casework.scalars(about))

    row, made, events = scene.do(look)
    assert (row.to_whom, row.purpose) == ("laptop", "supervision")
    assert row.what == "supervision package, clips: 2"
    assert re.fullmatch("[0-9a-f]{64}", row.sha256)
    assert row.consents.strip()
    assert events == ["exported: supervision package, clips: 2, supervision"]
    assert made.held_on == ""
    answer = scene.client.post(
        f"/supervisions/{made.id}/held", data={"on": "2020-01-02"}, headers=ORIGIN
    )
    assert answer.status_code == 302
    assert "2020-01-02" in scene.client.get("/log").text
    assert "2020-01-02,supervision,VIG-7" in scene.client.get("/log.csv").text


@pytest.mark.parametrize(
    ("word", "told"),
    [("", "not asked yet"), ("no", "said no"), ("withdrawn", "withdrawn")],
)
def test_a_shut_gate_says_whose_consent_is_missing(scene: Scene, word: str, told: str) -> None:
    def forget(casework: Session) -> None:
        case = casework.get_one(Case, scene.place.case)
        asked = Participant(role="grandmother")
        case.participants.append(asked)
        casework.flush()
        casework.get_one(Filmed, scene.recording).in_shot = str(asked.id)
        for each in ["yes", word] if word == "withdrawn" else [word] if word else []:
            note_answer(casework, case, asked, Told("supervision", each, "spoken", "f-1"))

    scene.do(forget)
    page = scene.client.get(f"/cases/{scene.place.case}/supervision").text
    assert f"grandmother  ({told})" in page
    answer = scene.pack()
    assert answer.status_code == 409
    assert f"consent to supervision is missing from grandmother ({told})" in answer.text
    assert scene.waiting() == []


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"question": "  "}, "helping question is empty"),
        ({"question": "x" * 301}, "may have 300 letters"),
        ({"clip": []}, "no clip is chosen"),
        ({"clip": ["x"]}, "no clip is chosen"),
        ({"review": "x"}, "no such shared review"),
        ({"with": "nobody"}, "not known on this box"),
    ],
)
def test_what_cannot_be_packed_leaves_nothing(
    scene: Scene, changed: dict[str, Any], told: str
) -> None:
    scene.answer("supervision", "yes")
    answer = scene.pack(**changed)
    assert answer.status_code == 409
    assert told in answer.text
    assert scene.waiting() == [], "not even when the rows were refused after the cut"


def test_a_clip_that_is_removed_takes_its_package_with_it(scene: Scene) -> None:
    scene.answer("supervision", "yes")
    assert scene.pack().status_code == 302
    assert len(scene.waiting()) == 1
    shown = {"seen": seen(scene.client, f"/clips/{scene.clips[1]}")["seen"]}
    gone = scene.client.delete(f"/clips/{scene.clips[1]}", json=shown, headers=ORIGIN)
    assert gone.status_code == 200
    assert scene.waiting() == []


def test_a_clip_that_is_removed_while_the_package_is_made_is_in_none(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.answer("supervision", "yes")

    def remove(casework: Session) -> None:
        clip = casework.get(Clip, scene.clips[1])
        if clip is not None:
            remove_clip(casework, clip, lambda _export: None)

    def piece(*given: Any) -> Piece:
        scene.do(remove)
        return clip_piece(*given)

    monkeypatch.setattr("vigbox.web.supervision.clip_piece", piece)
    answer = scene.pack()
    assert answer.status_code == 409
    assert "a clip was moved or removed meanwhile" in answer.text
    assert scene.waiting() == []


@pytest.mark.parametrize("purpose", ["shared review", "supervision", "intervision", "training",
                                     "keepsake", "research"])  # fmt: skip
def test_a_clip_leaves_for_a_purpose_through_its_gate_alone(scene: Scene, purpose: str) -> None:
    scene.answer(purpose, "yes")
    scene.answer(purpose, "withdrawn")
    answer = scene.export(purpose=purpose)
    assert answer.status_code == 409
    assert f"cannot export it for {purpose}: consent to {purpose} is missing" in answer.text
    assert scene.waiting() == []
    scene.answer(purpose, "yes")
    assert scene.export(purpose=purpose).status_code == 200
    assert len(scene.waiting()) == 1
    rows = scene.do(lambda casework: disclosed(casework, scene.place.case))
    assert rows[-1].purpose == purpose


def test_a_fetched_copy_is_known_after_its_clip_went(scene: Scene) -> None:
    assert scene.export().status_code == 200
    (export,) = scene.waiting()
    before = scene.do(lambda casework: copies(casework, scene.place.case))
    scene.place.services.outbox.note_verified(export.manifest.export_id, scene.machine.id)
    shown = {"seen": seen(scene.client, f"/clips/{scene.clips[0]}")["seen"]}
    removed = scene.client.delete(f"/clips/{scene.clips[0]}", json=shown, headers=ORIGIN)
    assert removed.status_code == 200
    assert scene.waiting() == []
    assert scene.do(lambda casework: casework.get(Clip, scene.clips[0])) is None
    (copy,) = scene.do(lambda casework: copies(casework, scene.place.case))[len(before) :]
    assert (copy.machine, copy.what, copy.purpose) == ("laptop", "clip", KEPT)
    assert "laptop" in scene.client.get(f"/cases/{scene.place.case}").text
    assert "fetched and verified" in scene.client.get("/machines").text


def test_only_who_made_it_notes_when_it_was(scene: Scene) -> None:
    scene.answer("supervision", "yes")
    scene.pack()

    def give_away(casework: Session) -> str:
        made = casework.scalars(select(Supervision).order_by(Supervision.id)).all()[-1]
        made.by_whom, made.held_on = "a colleague", ""
        return str(made.id)

    made = scene.do(give_away)
    address = f"/supervisions/{made}/held"
    answer = scene.client.post(address, data={"on": "2020-01-02"}, headers=ORIGIN)
    assert answer.status_code == 400
    assert "a colleague" in answer.text
    for on, told in (("9999-01-01", "colleague"), ("soon", "is no day")):
        answer = scene.client.post(address, data={"on": on}, headers=ORIGIN)
        assert told in answer.text


def test_the_log_keeps_where_one_stands(scene: Scene) -> None:
    form = {"status": "trainee", "stage": "2", "began-1": "2025-01-01", "before-1": "6",
            "began-2": "2026-01-01", "before-2": "3", "supervisor": "=Els"}  # fmt: skip
    assert scene.client.post("/log", data=form, headers=ORIGIN).status_code == 302
    page = scene.client.get("/log").text
    assert "6 of 6 cycles" in page
    assert "3 of 9 cycles" in page
    table = scene.client.get("/log.csv").text.splitlines()
    assert table[0] == "practitioner,status,stage,date,what,case,cycle,count"
    assert table[1].endswith("trainee,1,,cycle before the box,,,6")
    for key, typed, told in (
        ("status", "expert", "must be one of"),
        ("stage", "x", "no number"),
        ("began-1", "soon", "is no day"),
        ("began-2", "9999-01-01", "to come"),
        ("before-1", "-1", "no number"),
        ("before-1", "100", "0 to 99"),
    ):
        answer = scene.client.post("/log", data=form | {key: typed}, headers=ORIGIN)
        assert answer.status_code == 400
        assert told in answer.text
