"""What ``bench.casework`` measures on: a service's years of work, filled in without filming it."""

import base64
import json
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from bench.review_rig import Box
from tests.media import drawn
from vigbox.casework.cases import InShot, open_case
from vigbox.casework.tables import (
    Case,
    Clip,
    ClipPrinciple,
    Cycle,
    Filmed,
    Goal,
    Rating,
    SharedReview,
    Visit,
    Wording,
)
from vigbox.casework.texts import seal_text
from vigbox.model import NS, Life, canonical, new_id
from vigbox.seal.recipients import parse_recipient
from vigbox.seal.sealing import FilmSealer
from vigbox.seal.signing import SigningKey
from vigbox.store.manifests import Manifest

CYCLES = 3
_PICTURES = 170
_IN_SHOT = [InShot("mother", "A."), InShot("father", "B."), InShot("child", "C.", is_child=True)]


@dataclass
class Work:
    """The addresses of what is measured."""

    cases: list[str] = field(default_factory=list)
    recordings: list[str] = field(default_factory=list)
    reviewed: str = ""
    """The recording that has a real film."""


def fill(box: Box, cases: int, clips: int) -> Work:
    """Give a box so many cases, each with three cycles, and so many clips in all."""
    work, desk = Work(), box.desk()
    key = SigningKey.from_text(box.layout.recorder_key.read_text("ascii"))
    with desk.session() as casework:
        for number in range(cases):
            case = open_case(
                casework, box.layout, f"VIG-{number + 100}", "What soothes him?", _IN_SHOT
            )
            work.cases.append(case.id)
            own = _practice(casework, case, clips // cases)
            for each in own:
                _manifest(box, key, case, each, number)
            work.recordings += own
            if number == cases - 1:
                work.reviewed = own[-1]
                _film(box, case, own[-1])
    desk.close()
    return work


def _practice(casework: Session, case: Case, clips: int) -> list[str]:
    sealed = seal_text(case.recipient, "She waits, he looks up and both of them laugh")
    goals = [Goal(id=new_id(), case_id=case.id, made_at=case.opened_at) for _ in range(2)]
    casework.add_all(goals)
    casework.flush()
    for goal in (*goals, None):
        for _ in range(2):
            word = Wording(case_id=case.id, worded_at=case.opened_at, sealed_text=sealed)
            word.goal_id = goal.id if goal else None
            casework.add(word)
    return [
        _cycle(casework, case, number, goals, sealed, clips // CYCLES + (clips % CYCLES >= number))
        for number in range(1, CYCLES + 1)
    ]


def _cycle(  # what a cycle is
    casework: Session, case: Case, number: int, goals: list[Goal], sealed: bytes, clips: int
) -> str:
    at, recording = case.opened_at, new_id()
    cycle = Cycle(id=new_id(), case_id=case.id, number=number, state="planned", made_at=at)
    casework.add(cycle)
    casework.flush()
    casework.add(Filmed(recording=recording, case_id=case.id, kind="interaction",
                        cycle_id=cycle.id))  # fmt: skip
    casework.add(Visit(id=new_id(), case_id=case.id, visited_on=at[:10], films=cycle.id))
    casework.add_all(
        Rating(case_id=case.id, goal_id=each.id, cycle_id=cycle.id, value=number + 2, rated_at=at)
        for each in goals
    )
    if number < CYCLES:
        casework.add(SharedReview(id=new_id(), case_id=case.id, cycle_id=cycle.id, by_whom="",
                                  began_at=at, ended_at=at))  # fmt: skip
    for place in range(clips):
        first = place * _PICTURES // (clips + 1)
        casework.add(
            Clip(id=new_id(), case_id=case.id, recording=recording, first=first, end=first + 5,
                 length_ms=200, made_at=at, sealed_name=sealed, sealed_note=sealed,
                 state="chosen" if place < CYCLES else "candidate", position=0,
                 principles=[ClipPrinciple(key="vig/receiving")])
        )  # fmt: skip
    return recording


def _manifest(box: Box, key: SigningKey, case: Case, recording: str, number: int) -> None:
    at = f"2025-{1 + number % 12:02d}-{1 + number % 28:02d}T10:{number % 60:02d}:00+00:00"
    manifest = Manifest(recording, case.id, (case.recipient,), "b", at, 6 * NS, Life.FINISHED)
    signature = base64.b64encode(key.sign(canonical(manifest.facts()))).decode()
    text = json.dumps(manifest.facts() | {"signature": signature})
    box.layout.manifest(recording).write_text(text, "utf-8")


def _film(box: Box, case: Case, recording: str) -> None:
    data = bytes(drawn.record(drawn.shots(6, 3), drawn.blocks(6, 3)).data)
    with box.layout.film(recording).open("wb") as file:
        sealer = FilmSealer(file, [parse_recipient(case.recipient)])
        sealer.write(data)
        sealer.finish()
