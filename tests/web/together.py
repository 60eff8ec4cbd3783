"""A shared review on a box of its own: a case whose participants agreed, a film, chosen clips."""

from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.web.conftest import ORIGIN, Place
from vigbox.casework import consent, cycles, goals
from vigbox.casework.cases import InShot, open_case
from vigbox.casework.clips import add_clip
from vigbox.casework.consent import Told
from vigbox.casework.tables import Case, SharedReview

SPANS = ((30, 55), (80, 110))


@dataclass
class Together:
    """A case that is ready to be watched together."""

    place: Place
    client: FlaskClient
    case: str
    cycle: str
    goal: str
    recording: str
    review: str = ""

    @property
    def path(self) -> str:
        return f"/reviews/{self.review}"

    def post(self, path: str, client: FlaskClient | None = None, **form: str) -> TestResponse:
        return (client or self.client).post(path, data=form, headers=ORIGIN)

    def send(
        self, path: str, method: str = "POST", client: FlaskClient | None = None, **facts: Any
    ) -> TestResponse:
        address = f"{self.path}/{path}"
        return (client or self.client).open(address, method=method, json=facts, headers=ORIGIN)

    def prepare(self) -> None:
        answer = self.post(f"/cases/{self.case}/reviews", cycle=self.cycle)
        assert answer.status_code == 303, answer.text
        self.review = answer.headers["Location"].rsplit("/", 1)[1]

    def begin(self) -> None:
        self.prepare()
        assert self.post(f"{self.path}/begin").status_code == 303
        assert self.client.get(self.path).status_code == 200

    def answer(self, purpose: str, answer: str) -> None:
        desk = self.place.desk()
        with desk.session() as casework:
            case = casework.get_one(Case, self.case)
            told = Told(purpose, answer, "spoken", "v1")
            consent.note_answer(casework, case, case.participants[0], told)
        desk.close()

    def second_screen(self) -> FlaskClient:
        """Another device that has opened the code."""
        address = self.send("code").get_json()["address"]
        device = self.place.client()
        answer = device.post(address, headers=ORIGIN)
        assert answer.headers["Location"] == f"{self.path}/screen", answer.text
        return device

    def same_tablet(self, pin: str = "") -> FlaskClient:
        """The practitioner's tablet, made the client screen."""
        answer = self.post(f"{self.path}/screen/enter", pin=pin)
        assert answer.headers["Location"] == f"{self.path}/screen", answer.text
        return self.client

    def kept(self) -> SharedReview:
        """The review as it is kept; its words can only be read by :meth:`said`."""
        desk = self.place.desk()
        with desk.session() as casework:
            found = casework.get_one(SharedReview, self.review)
            _ = list(found.answers), list(found.shown)
        desk.close()
        return found

    def said(self) -> list[str]:
        """What is kept of the client's words about each clip."""
        desk = self.place.desk()
        with desk.session() as casework:
            words = [each.words for each in casework.get_one(SharedReview, self.review).shown]
        desk.close()
        return words


def together(place: Place, film: bytes, code: str) -> Together:
    desk = place.desk()
    with desk.session() as casework:
        case = open_case(casework, place.layout, code, "What soothes him?", [InShot("mother", "Q")])
        cycle = cycles.plan_cycle(casework, case)
        goal = goals.add_goal(casework, case, "Calm evenings")
        told = Told("shared review", "yes", "spoken", "v1")
        consent.note_answer(casework, case, case.participants[0], told)
        before = place.case, place.recipient
        place.case, place.recipient = case.id, case.recipient
        recording = place.keep(film)
        place.case, place.recipient = before
        for position, span in enumerate(SPANS, 1):
            clip = add_clip(casework, case, recording, f"Moment {position} of Q", span, 1000)
            clip.state, clip.position = "chosen", position
            clip.sealed_note = b""
    desk.close()
    return Together(place, place.unlocked(), case.id, cycle.id, goal.id, recording)
