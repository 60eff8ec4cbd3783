"""Preparing a film from elsewhere: whatever it does, whoever waits for it is told in the end."""

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.media.test_sandbox import broken_in
from tests.web.conftest import ORIGIN, Place, until_settled
from tests.web.test_imports import begin, facts_of, put, send, settled
from tests.web.test_keys import let_in, post, who, words_on
from vigbox.casework import imports
from vigbox.seal.recipients import parse_recipient
from vigbox.store.uploads import PART_BYTES, Upload
from vigbox.web.importing import Importing, StillReadError
from vigbox.web.imports import _drop, _find
from vigbox.web.preparing import _BROKEN, Ground, Preparation

FILM = b"\0\0\0\x18ftypmp42" + bytes(PART_BYTES + 1000)


@pytest.fixture
def browser(place: Place) -> Iterator[FlaskClient]:
    client = place.unlocked()
    # it clears away uploads without papers, as some of these tests make them
    until_settled()
    yield client
    desk = place.desk()
    with desk.session() as casework:
        for each in list(imports.every(casework)):
            place.services.importing.erase(each.id)
            imports.forget(casework, each.id)
    desk.close()


@pytest.mark.parametrize(
    ("play", "told"),
    [
        ("h.sendall(READY + b'E' + bytes(3) + b'\\1\\0'); time.sleep(60)", "the end of no film"),
        ("h.sendall(READY + b'S\\0\\0\\0\\x09' + bytes(9))", "not announced"),
        ("h.sendall(READY + b'F' + bytes(4))", "cannot mean"),
        ("h.sendall(READY)", "was stopped"),
    ],
)
def test_a_worker_that_was_broken_into_ends_one_import_and_no_other(
    place: Place, browser: FlaskClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    play: str, told: str,
) -> None:  # fmt: skip
    broken_in(tmp_path, monkeypatch, play)
    name = begin(browser, place, FILM)["id"]
    send(browser, name, FILM)
    done = settled(place, browser, name)
    assert done["state"] == "failed"
    assert told in done["why"]
    assert not list(place.layout.imported.recordings.glob("*"))


def test_what_nobody_thought_of_is_told_and_holds_up_no_erasure(
    place: Place, browser: FlaskClient
) -> None:
    class Damaged:
        size = 10

        def read_at(self, offset: int, size: int) -> bytes:
            raise IndexError(offset, size)

    at, found = place.services, an_import(place)
    ground = Ground(place.layout, at.settings, at.device_key, at.recorder)
    job = Preparation(ground, found, Damaged())  # type: ignore[arg-type]  # damaged on purpose
    assert job.run() == ("failed", _BROKEN)
    assert browser.get("/imports").status_code == 200


def test_a_reader_that_does_not_end_holds_up_no_erasure_for_ever(place: Place) -> None:
    at, found = place.services, an_import(place)
    importing = Importing(place.layout, at.settings, at.device_key, at.recorder)
    importing.ends_s = 0.05
    ground = Ground(place.layout, at.settings, at.device_key, at.recorder)
    job = Preparation(ground, found, object())  # type: ignore[arg-type]  # it is never read
    importing._jobs.append(job)
    with pytest.raises(StillReadError, match="after the next unlock"):
        importing.erase(found.id)
    job.over.set()
    importing.erase(found.id)


def an_import(place: Place) -> imports.Import:
    return imports.Import(
        "cd" * 16, place.case, place.recipient, "x", "k", len(FILM), "2026-11-01",
        "2026-11-21T10:00:00+00:00",
    )  # fmt: skip


@pytest.mark.parametrize("is_last", [False, True])
def test_a_part_that_arrives_while_its_film_is_let_be_leaves_nothing(
    place: Place, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch, *, is_last: bool
) -> None:
    importing, name = place.services.importing, begin(browser, place, FILM)["id"]
    offset = PART_BYTES if is_last else 0
    with contextlib.closing(place.desk()) as desk, desk.session() as casework:
        found = _find(casework, name)
    send(browser, name, FILM, 0, offset)
    add = importing.add

    def let_be_meanwhile(*given: Any) -> None:
        with contextlib.closing(place.desk()) as desk:
            _drop(place.services, desk, found)
        with_what_came_before(place, name, offset)
        add(*given)

    monkeypatch.setattr(importing, "add", let_be_meanwhile)
    assert put(browser, name, offset, FILM[offset : offset + PART_BYTES]).status_code == 404
    assert not list(place.layout.imported.recordings.glob("*"))
    assert not facts_of(place)
    assert not importing._jobs


def with_what_came_before(place: Place, name: str, offset: int) -> None:
    """As if the parts before had been kept at the same moment."""
    if offset:
        upload = Upload(place.layout, name, len(FILM))
        upload.add(0, FILM[:PART_BYTES], [parse_recipient(place.recipient)])


def test_who_cannot_open_the_case_adds_nothing_to_its_films_and_lets_none_be(
    place: Place, browser: FlaskClient
) -> None:
    berta = let_in(place, words_on(post(browser, "/keys/practitioners", name="Berta")))
    name = begin(browser, place, FILM)["id"]
    answer = put(berta, name, 0, FILM[:PART_BYTES])
    assert (answer.status_code, "not shared" in answer.get_json()["error"]) == (422, True)
    assert berta.post(f"/imports/{name}/cancel", headers=ORIGIN).status_code == 409
    assert facts_of(place) == [name]
    assert put(browser, name, 0, FILM[:PART_BYTES]).get_json()["offset"] == PART_BYTES
    post(browser, f"/keys/practitioners/{who(place, 'Berta')}/remove")


def test_the_same_part_sent_twice_at_once_is_whole(place: Place, browser: FlaskClient) -> None:
    assert browser.get("/imports").status_code == 200
    importing, desk, found = place.services.importing, place.desk(), an_import(place)
    for _ in range(8):
        ready = threading.Barrier(2)

        def send_part(ready: threading.Barrier = ready) -> None:
            ready.wait(10)
            importing.add(found, 0, FILM[:PART_BYTES])

        threads = [threading.Thread(target=send_part) for _ in range(2)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        importing.add(found, PART_BYTES, FILM[PART_BYTES:])
        reader = importing.upload(found).reader(desk.case_identities(place.case))
        assert reader.read_at(0, len(FILM)) == FILM
        importing.erase(found.id)
    desk.close()


def test_a_week_that_is_over_all_at_once_takes_no_film_in_hand(
    place: Place, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A box without a clock learns at an unlock what day it is."""
    assert browser.get("/imports").status_code == 200
    importing, desk, found = place.services.importing, place.desk(), an_import(place)
    with desk.session() as casework:
        imports.begin(casework, found)
    importing.add(found, 0, FILM[:PART_BYTES])
    importing.add(found, PART_BYTES, FILM[PART_BYTES:])
    reader = importing.upload(found).reader(desk.case_identities(place.case))
    importing._jobs.append(Preparation(importing._ground, found, reader))
    monkeypatch.setattr(importing, "_wall_s", lambda: 10.0**10)
    importing.go_on(desk)
    assert reader.read_at(0, 12) == FILM[:12]
    importing._jobs.clear()
    importing.erase(found.id)
    desk.close()
