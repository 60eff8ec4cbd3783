"""The practitioner's side of a shared review: what is prepared, kept, refused and given away."""

import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, cast

import pytest
from pypdf import PdfReader
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.web.conftest import ORIGIN, Place
from tests.web.together import Together, together
from vigbox.casework import goals
from vigbox.casework.desk import Desk
from vigbox.casework.tables import Case, Clip, Disclosure
from vigbox.store.manifests import Manifest
from vigbox.web.app import create_app
from vigbox.web.shelf import OpenFilm, Shelf

NUMBERS = count(1)
JUDGING = (
    "score", "assess", "analys", "complian", "fail", "poor", "weak", "bad", "wrong", "deficit",
    "evaluat", "below", "must", "should",
)  # fmt: skip


@pytest.fixture
def own(place: Place, drawn_film: bytes) -> Together:
    return together(place, drawn_film, f"ROOM-{next(NUMBERS)}")


def test_a_case_offers_what_can_be_watched_together(own: Together) -> None:
    hub = own.client.get(f"/cases/{own.case}").text
    assert "Prepare the shared review" in hub
    own.begin()
    assert f'href="{own.path}"' in own.client.get(f"/cases/{own.case}").text
    assert own.path in own.client.get(f"/cases/{own.case}/reviews").text


def test_a_shut_gate_says_whose_consent_is_missing(own: Together) -> None:
    own.answer("shared review", "no")
    answer = own.post(f"/cases/{own.case}/reviews", cycle=own.cycle)
    assert answer.status_code == 409
    assert "consent to shared review is missing from mother Q (said no)" in answer.text


def test_a_consent_taken_back_after_preparing_shuts_the_beginning(own: Together) -> None:
    own.prepare()
    own.answer("shared review", "withdrawn")
    assert 'id="begin" disabled' in own.client.get(own.path).text
    answer = own.post(f"{own.path}/begin")
    assert answer.status_code == 409
    assert not own.kept().began_at
    assert own.client.get(f"{own.path}/clip-1.mp4").status_code == 409


def test_a_prepared_review_is_discarded_and_one_that_was_begun_is_not(own: Together) -> None:
    own.prepare()
    assert 'id="discard"' in own.client.get(own.path).text
    answer = own.post(f"{own.path}/discard")
    assert answer.headers["Location"] == f"/cases/{own.case}/reviews"
    assert own.client.get(own.path).status_code == 404
    own.begin()
    answer = own.post(f"{own.path}/discard")
    assert answer.status_code == 409
    assert "What was said in it is kept" in answer.text


def test_words_and_answers_are_kept_as_they_are_typed(own: Together) -> None:
    own.begin()
    said = own.send("words", "PUT", clip=1, text="He waits for me!", known="")
    assert said.get_json() == {"kept": "He waits for me!"}
    own.send("answers", "PUT", prompt="action", text="Five minutes of floor", known="")
    told = own.client.get(own.path).text
    assert "He waits for me!" in told
    assert "Five minutes of floor" in told
    assert own.said() == ["He waits for me!", ""]


def test_two_tablets_do_not_overwrite_each_other(own: Together) -> None:
    own.begin()
    other = own.place.unlocked()
    own.send("words", "PUT", clip=1, text="one", known="")
    answer = own.send("words", "PUT", other, clip=1, text="two", known="")
    assert answer.status_code == 409
    assert answer.get_json()["kept"] == "one"
    assert "another tablet" in answer.get_json()["error"]


@pytest.mark.parametrize(
    ("path", "facts", "status"),
    [
        ("words", {"clip": 9, "text": "x"}, 404),
        ("words", {"clip": 1, "text": 5}, 400),
        ("words", {"clip": 1, "text": "x" * 4001}, 400),
        ("words", {"clip": 1, "text": "x", "more": 1}, 400),
        ("answers", {"prompt": "blame", "text": "x"}, 404),
        ("answers", {"prompt": None, "text": "x"}, 400),
        ("ratings", {"goal": "none", "value": 3}, 404),
        ("ratings", {"value": "3"}, 400),
        ("ratings", {"value": True}, 400),
    ],
)
def test_what_cannot_be_kept_is_said_and_changes_nothing(
    own: Together, path: str, facts: dict[str, Any], status: int
) -> None:
    own.begin()
    answer = own.send(path, "PUT", **facts)
    assert answer.status_code == status, answer.text
    assert answer.get_json()["error"]
    assert own.said() == ["", ""]
    assert own.kept().answers == []


@pytest.mark.parametrize(("value", "status"), [(0, 200), (10, 200), (11, 400), (-1, 400)])
def test_a_rating_is_from_0_to_10(own: Together, value: int, status: int) -> None:
    own.begin()
    assert own.send("ratings", "PUT", goal=own.goal, value=value).status_code == status
    desk = own.place.desk()
    with desk.session() as casework:
        kept = goals.ratings_of(casework, casework.get_one(Case, own.case))
    desk.close()
    assert kept == ({own.goal: {own.cycle: value}} if status == 200 else {})


def test_another_cases_goal_is_not_rated(own: Together, place: Place, drawn_film: bytes) -> None:
    own.begin()
    other = together(place, drawn_film, f"ROOM-{next(NUMBERS)}")
    assert own.send("ratings", "PUT", goal=other.goal, value=3).status_code == 400


def test_the_qr_code_leads_to_the_one_time_address(own: Together) -> None:
    own.begin()
    made = own.send("code").get_json()
    assert made["qr"].startswith("data:image/svg+xml")
    assert own.place.client().get(made["address"]).status_code == 200


def test_the_end_closes_the_screen_and_words_can_still_be_added(own: Together) -> None:
    own.begin()
    assert own.post(f"{own.path}/end").status_code == 303
    assert own.post(f"{own.path}/end").status_code == 303, "a second tap ends nothing more"
    assert own.client.get(f"{own.path}/state").status_code == 404
    assert own.send("stage", do="play").status_code == 409
    assert own.send("words", "PUT", clip=1, text="later", known="").status_code == 200
    assert 'id="pdf"' in own.client.get(own.path).text


def said(own: Together) -> None:
    own.begin()
    own.send("stage", do="play")
    own.send("words", "PUT", clip=1, text="He waits for me!", known="")
    for prompt in ("strengths", "ideas", "action"):
        own.send("answers", "PUT", prompt=prompt, text=f"my {prompt}", known="")
    own.send("ratings", "PUT", goal=own.goal, value=6)
    own.post(f"{own.path}/end")


def test_the_familys_page_is_in_the_language_that_was_chosen_to_print_it(own: Together) -> None:
    said(own)
    room = own.client.get(own.path).text
    assert '<select id="family-language" name="language">' in room
    for language, heading, today in (
        ("de", "In Ihren eigenen Worten", "heute"),
        ("nl", "In uw eigen woorden", "vandaag"),
        ("fr", "In your own words", "today"),  # not spoken here: as the page
    ):
        answer = own.client.get(f"{own.path}/summary.pdf?language={language}")
        (page,) = PdfReader(io.BytesIO(answer.data)).pages
        printed = own.client.get(f"{own.path}/summary?language={language}").text
        for text in (page.extract_text(), printed):
            assert heading in text
            assert today in text
            assert "He waits for me!" in text
        shown = "en" if language == "fr" else language
        assert f'<html lang="{shown}">' in printed
    assert '<html lang="en">' in own.client.get(own.path).text, "the page stays as it was"


def test_the_familys_page_says_what_was_said_and_its_leaving_is_noted(own: Together) -> None:
    said(own)
    answer = own.client.get(f"{own.path}/summary.pdf")
    assert answer.mimetype == "application/pdf"
    (page,) = PdfReader(io.BytesIO(answer.data)).pages
    printed = own.client.get(f"{own.path}/summary").text
    assert '<li class="today"><span>today' in printed
    for text in (page.extract_text(), printed):
        for word in ("He waits for me!", "my strengths", "my ideas", "my action", "today"):
            assert word in text
        for word in ("ROOM-", "Moment 1", own.recording):
            assert word not in text
    desk = own.place.desk()
    with desk.session() as casework:
        rows = select(Disclosure).where(Disclosure.case_id == own.case)
        (left,) = casework.scalars(rows)
    desk.close()
    assert (left.to_whom, len(left.sha256)) == ("the family", 64)


def test_pictures_need_the_keepsake_consent(own: Together) -> None:
    said(own)
    for path in ("summary.pdf?stills=1", "summary?stills=1", "still-1.jpg"):
        answer = own.client.get(f"{own.path}/{path}")
        assert answer.status_code == 409
        assert "keepsake" in answer.text
    assert 'id="pdf-stills"' not in own.client.get(own.path).text
    own.answer("keepsake", "yes")
    assert 'id="pdf-stills"' in own.client.get(own.path).text
    made = own.client.get(f"{own.path}/summary.pdf?stills=1").data
    (page,) = PdfReader(io.BytesIO(made)).pages
    assert len(page.images) == 1, "of the clip that was shown, not of the other"
    assert own.client.get(f"{own.path}/still-1.jpg").mimetype == "image/jpeg"
    assert own.client.get(f"{own.path}/still-2.jpg").status_code == 404


@dataclass
class Interrupted:
    """A shelf on which something happens while a film is opened for its pictures."""

    shelf: Shelf
    meanwhile: Callable[[], None]

    def film(self, desk: Desk, manifest: Manifest) -> OpenFilm:
        opened = self.shelf.film(desk, manifest)
        self.meanwhile()
        return opened


def made_while(own: Together, meanwhile: Callable[[], None]) -> TestResponse:
    services = own.place.services
    shelf = cast("Shelf", Interrupted(services.shelf, meanwhile))
    app = create_app(replace(services, shelf=shelf), ["localhost"])
    with own.client.session_transaction() as kept:
        token = dict(kept)
    client = app.test_client()
    with client.session_transaction() as kept:
        kept.update(token)
    return client.get(f"{own.path}/summary.pdf?stills=1")


def disclosures(own: Together) -> int:
    desk = own.place.desk()
    with desk.session() as casework:
        rows = select(Disclosure).where(Disclosure.case_id == own.case)
        found = len(list(casework.scalars(rows)))
    desk.close()
    return found


def test_a_no_that_is_said_while_the_pictures_are_made_is_heard(own: Together) -> None:
    said(own)
    own.answer("keepsake", "yes")
    assert made_while(own, lambda: None).status_code == 200
    before = disclosures(own)
    answer = made_while(own, lambda: own.answer("keepsake", "withdrawn"))
    assert answer.status_code == 409
    assert "keepsake" in answer.text
    assert disclosures(own) == before


def test_a_clip_that_is_moved_while_the_pictures_are_made_is_told(own: Together) -> None:
    said(own)
    own.answer("keepsake", "yes")

    def move() -> None:
        desk = own.place.desk()
        with desk.session() as casework:
            for clip in casework.scalars(select(Clip).where(Clip.case_id == own.case)):
                clip.first, clip.end = clip.first + 10, clip.end + 10
        desk.close()

    answer = made_while(own, move)
    assert answer.status_code == 409
    assert "changed meanwhile" in answer.text
    assert disclosures(own) == 0


def test_no_word_in_the_families_sight_judges(own: Together) -> None:
    said_by_us = []
    own.begin()
    screen = own.second_screen()
    said_by_us.append(screen.get(f"{own.path}/screen").text)
    own.post(f"{own.path}/end")
    said_by_us.append(own.client.get(f"{own.path}/summary").text)
    for text in said_by_us:
        shown = text.lower()
        assert [word for word in JUDGING if word in shown] == []


def test_a_film_of_the_review_is_linked_by_hand(own: Together, drawn_film: bytes) -> None:
    said(own)
    before = own.place.case, own.place.recipient
    desk = own.place.desk()
    with desk.session() as casework:
        case = casework.get_one(Case, own.case)
        own.place.case, own.place.recipient = case.id, case.recipient
    desk.close()
    film = own.place.keep(drawn_film)
    own.place.case, own.place.recipient = before
    assert own.post(f"{own.path}/film", recording=film).status_code == 303
    assert own.kept().recording == film
    answer = own.post(f"{own.path}/film", recording=own.recording)
    assert answer.status_code == 409
    assert "one of those that were watched" in answer.text
    assert own.kept().recording == film


def test_a_review_that_is_none_is_not_found(own: Together) -> None:
    for path in ("/reviews/nowhere", "/reviews/nowhere/summary.pdf", "/cases/nowhere/reviews"):
        assert own.client.get(path, headers=ORIGIN).status_code == 404
