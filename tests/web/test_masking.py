"""Masks on the page: proposed, drawn, looked at to the end; only then may a clip leave."""

import io
from dataclasses import dataclass
from itertools import count
from typing import Any

import av
import numpy as np
import pyrage  # type: ignore[import-untyped]
import pytest
from PIL import Image
from playwright.sync_api import Page, Route, sync_playwright
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.certificates import issue
from tests.journeys.demo import chromium
from tests.media.seen import real
from tests.web.conftest import ORIGIN, Place
from tests.web.tablets import looks_right, served, unlocked
from tests.web.together import Together, together
from vigbox.casework.consent import Told, note_answer
from vigbox.casework.tables import Case, Clip, Disclosure
from vigbox.media.masked import GREY
from vigbox.web.masking import LONGEST_MS

NUMBERS = count(1)
SPAN = [30, 55, 40, 40, 120, 100]
DRAWN = [{"by": "finger", "stays": False, "spans": [SPAN]}]


@dataclass
class Masking:
    """A clip of a mother who has agreed to nothing but shared reviews, and a paired machine."""

    own: Together
    clip: str
    mother: int
    machine: str
    identity: pyrage.x25519.Identity

    @property
    def path(self) -> str:
        return f"/clips/{self.clip}/masks"

    def send(self, what: str = "", method: str = "POST", **facts: Any) -> TestResponse:
        client = self.own.client
        return client.open(f"{self.path}{what}", method=method, json=facts, headers=ORIGIN)

    def draw(self, faces: list[dict[str, Any]] | None = None, seen: str = "") -> str:
        answer = self.send("", "PUT", faces=DRAWN if faces is None else faces, seen=seen)
        assert answer.status_code == 200, answer.text
        return str(answer.get_json()["version"])

    def look(self, version: str, *hidden: int) -> TestResponse:
        return self.send("/looked", version=version, hidden=list(hidden))

    def export(self, purpose: str = "training") -> TestResponse:
        return self.send("/export", purpose=purpose, machine=self.machine)

    def waiting(self) -> list[Any]:
        return self.own.place.services.outbox.for_machine(self.machine)

    def left(self) -> list[Disclosure]:
        desk = self.own.place.desk()
        with desk.session() as casework:
            found = select(Disclosure).where(Disclosure.case_id == self.own.case)
            rows = list(casework.scalars(found))
        desk.close()
        return rows

    def answer(self, purpose: str, word: str) -> None:
        desk = self.own.place.desk()
        with desk.session() as casework:
            case = casework.get_one(Case, self.own.case)
            note_answer(casework, case, case.participants[0], Told(purpose, word, "spoken", "f"))
        desk.close()


def scene(place: Place, film: bytes) -> Masking:
    own = together(place, film, f"MASK-{next(NUMBERS)}")
    for each in place.services.machines.listed():
        place.services.machines.revoke(each.id)
    identity = pyrage.x25519.Identity.generate()
    machine, _ = place.services.machines.add("laptop", str(identity.to_public()), issue)
    desk = place.desk()
    with desk.session() as casework:
        clips = select(Clip).where(Clip.recording == own.recording).order_by(Clip.first)
        clip = casework.scalars(clips).first()
        assert clip
        mother = casework.get_one(Case, own.case).participants[0].id
    desk.close()
    return Masking(own, clip.id, mother, machine.id, identity)


@pytest.fixture
def made(place: Place, drawn_film: bytes) -> Masking:
    return scene(place, drawn_film)


def flat(pixels: "np.ndarray[Any, Any]") -> bool:
    """Whether all beneath the drawn rectangle is the mask's grey, but for a codec's edge."""
    left, top, width, height = SPAN[2:]
    inside = pixels[top + 8 : top + height - 8, left + 8 : left + width - 8]
    return bool(np.ptp(inside) <= 3 and abs(int(np.median(inside)) - GREY) <= 1)


def test_until_somebody_looked_nothing_leaves(made: Masking) -> None:
    assert made.export().status_code == 409
    version = made.draw()
    answer = made.export()
    assert answer.status_code == 409
    assert "nobody has looked" in answer.get_json()["error"].lower()
    assert (
        made.own.client.get(f"/clips/{made.clip}/masked-40.jpg?purpose=training").status_code == 409
    )
    assert made.look(version, made.mother).get_json()["looked_at"]
    assert made.export().status_code == 200


def test_a_masked_clip_leaves_though_the_covered_said_nothing_and_its_row_says_so(
    made: Masking,
) -> None:
    made.look(made.draw(), made.mother)
    assert made.export().status_code == 200
    (export,) = made.waiting()
    sealed = export.part_path("clip-1.mp4.age").read_bytes()
    with av.open(io.BytesIO(pyrage.decrypt(sealed, [made.identity])), "r") as film:
        pictures = [each.to_ndarray(format="gray") for each in film.decode(video=0)]
    assert len(pictures) == 25
    assert all(flat(each) for each in pictures)
    (row,) = made.left()
    assert (row.what, row.purpose, row.masked) == (
        "clip, faces masked",
        "training",
        str(made.mother),
    )
    assert row.export_id == export.manifest.export_id


def test_one_who_is_seen_still_shuts_the_gate(made: Masking) -> None:
    made.look(made.draw())
    answer = made.export()
    assert answer.status_code == 409
    assert "consent to training is missing from mother Q" in answer.get_json()["error"]
    assert made.waiting() == []
    assert made.left() == []


def test_a_mask_heals_no_withdrawn_filming(made: Masking) -> None:
    made.answer("filming", "yes")
    made.answer("filming", "withdrawn")
    made.look(made.draw(), made.mother)
    answer = made.export()
    assert answer.status_code == 409
    assert "consent to filming is missing" in answer.get_json()["error"]


def test_a_change_must_be_looked_at_again(made: Masking) -> None:
    version = made.draw()
    made.look(version, made.mother)
    changed = made.draw(
        [{"by": "finger", "stays": False, "spans": [[30, 31, 0, 0, 9, 9]]}], version
    )
    assert made.export().status_code == 409
    assert made.look(version, made.mother).status_code == 409
    assert made.look(changed, made.mother).status_code == 200


def test_a_correction_takes_what_waits_with_the_older_masks(made: Masking) -> None:
    version = made.draw()
    made.look(version, made.mother)
    assert made.export().status_code == 200
    made.draw([*DRAWN, *DRAWN], version)
    assert made.waiting() == []
    assert made.left() == []


def test_who_turns_out_to_be_seen_takes_what_hid_them(made: Masking) -> None:
    version = made.draw()
    made.look(version, made.mother)
    made.export()
    made.look(version)
    assert made.waiting() == []
    assert made.left() == []


def test_the_same_masks_once_more_take_nothing(made: Masking) -> None:
    version = made.draw()
    made.look(version, made.mother)
    made.export()
    assert made.draw(DRAWN, version) == version
    made.look(version, made.mother)
    (export,) = made.waiting()
    assert [each.export_id for each in made.left()] == [export.manifest.export_id]


def test_what_a_machine_has_stays_in_the_books_when_its_masks_are_corrected(
    made: Masking,
) -> None:
    version = made.draw()
    made.look(version, made.mother)
    made.export()
    (export,) = made.waiting()
    made.own.place.services.outbox.note_verified(export.manifest.export_id, made.machine)
    made.draw([], version)
    (row,) = made.left()
    assert row.verified_at


def test_nothing_of_a_long_clip_is_covered_however_it_is_asked_for(made: Masking) -> None:
    version = made.draw()
    desk = made.own.place.desk()
    with desk.session() as casework:
        casework.get_one(Clip, made.clip).length_ms = LONGEST_MS + 1
    desk.close()
    seen = f"/clips/{made.clip}/masked.mp4?version={version}"
    answers = [
        made.send("", "PUT", faces=[], seen=version),
        made.send("/find"),
        made.own.client.get(seen),
        made.export(),
    ]
    assert [each.status_code for each in answers] == [409] * 4
    assert all("clips of up to a minute" in each.get_json()["error"] for each in answers)


def test_two_tablets_do_not_overwrite_each_other(made: Masking) -> None:
    made.draw()
    answer = made.send("", "PUT", faces=[], seen="")
    assert answer.status_code == 409
    assert "another tablet" in answer.get_json()["error"]


def test_what_is_looked_at_is_what_leaves(made: Masking) -> None:
    version = made.draw()
    address = f"/clips/{made.clip}/masked.mp4"
    assert made.own.client.get(f"{address}?version=older").status_code == 404
    seen = made.own.client.get(f"{address}?version={version}").data
    made.look(version, made.mother)
    made.export()
    sealed = made.waiting()[0].part_path("clip-1.mp4.age").read_bytes()
    assert pyrage.decrypt(sealed, [made.identity]) == seen


def test_a_masked_photo_leaves_through_the_same_gate(made: Masking) -> None:
    made.look(made.draw(), made.mother)
    address = f"/clips/{made.clip}/masked-40.jpg"
    assert made.own.client.get(address).status_code == 409, "for nothing it does not"
    answer = made.own.client.get(f"{address}?purpose=training")
    with Image.open(io.BytesIO(answer.data)) as image:
        assert flat(np.asarray(image.convert("L")))
    (row,) = made.left()
    assert (row.what, row.masked) == ("photo, faces masked", str(made.mother))
    assert (
        made.own.client.get(f"/clips/{made.clip}/masked-5.jpg?purpose=training").status_code == 404
    )


def test_looking_again_keeps_what_was_drawn(made: Masking) -> None:
    made.draw()
    found = made.send("/find").get_json()
    assert [each for each in found["faces"] if each["by"] == "finger"] == DRAWN
    assert not found["looked_at"]


@pytest.mark.parametrize(
    ("what", "method", "facts"),
    [("", "PUT", {"faces": 3, "seen": ""}), ("", "PUT", {"more": 1}), ("", "PUT", {}),
     ("/looked", "POST", {"hidden": [True]}), ("/looked", "POST", {"hidden": "1"}),
     ("/looked", "POST", {"version": "", "hidden": []}), ("/export", "POST", {"purpose": "fun"})],
)  # fmt: skip
def test_nonsense_changes_nothing(
    made: Masking, what: str, method: str, facts: dict[str, Any]
) -> None:
    assert made.send(what, method, **facts).status_code in (400, 409)
    assert made.left() == []


@pytest.mark.journey
def test_a_real_face_is_found_watched_to_the_end_and_leaves_covered(place: Place) -> None:
    made = scene(place, bytes(real(5).data))
    with served(place.app) as address, sync_playwright() as player, chromium(player) as browser:
        page = unlocked(browser, place, address)
        page.goto(f"{address}{made.path}")
        covers(page)
    (row,) = made.left()
    assert (row.what, row.masked) == ("clip, faces masked", str(made.mother))


def test_masks_that_changed_while_older_ones_were_watched_are_not_looked_at(place: Place) -> None:
    made = scene(place, bytes(real(5).data))
    with served(place.app) as address, sync_playwright() as player, chromium(player) as browser:
        page = unlocked(browser, place, address)
        page.goto(f"{address}{made.path}")
        page.click("#find")
        page.wait_for_selector("#faces li")
        held: list[Route] = []
        page.route("**/masks", lambda route: held.append(route))  # noqa: PLW0108  # playwright wants a function
        page.get_by_text("Remove").last.click()
        page.click("#make")
        page.wait_for_function("() => !document.querySelector('#film').paused")
        held[0].continue_()
        page.wait_for_function("() => document.querySelectorAll('#faces li').length === 0")
        page.wait_for_timeout(1500)
        assert page.locator("#looked").is_disabled()
        assert page.locator("#film").is_hidden()


def covers(page: Page) -> None:
    page.click("#find")
    page.wait_for_selector("#faces li")
    assert page.locator(".mask").count() == 1
    page.click("#draw")
    box = page.locator("#photo").bounding_box()
    assert box
    page.mouse.move(box["x"] + 10, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + 90, box["y"] + 80)
    page.mouse.up()
    page.wait_for_function("() => document.querySelectorAll('#faces li').length === 2")
    looks_right(page, "masks")
    page.get_by_text("Remove").last.click()
    page.wait_for_function("() => document.querySelectorAll('#faces li').length === 1")
    assert page.locator("#looked").is_disabled()
    page.click("#make")
    page.wait_for_function("() => !document.querySelector('#looked').disabled")
    page.check("#people input")
    page.click("#looked")
    page.wait_for_selector("#done:not([hidden])")
    page.select_option("#purpose", "training")
    page.click("#export")
    page.wait_for_function("() => document.querySelector('#told').textContent.includes('laptop')")
