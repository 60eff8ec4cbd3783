import dataclasses
import io

import numpy as np
import pytest
from PIL import Image

from tests.media import drawn
from tests.web.conftest import Place, a_family
from vigbox.casework.answers import note_form
from vigbox.casework.consent import Told
from vigbox.casework.desk import Desk
from vigbox.casework.disclosures import disclosed, left_at, of_recording
from vigbox.casework.export_gate import KEPT
from vigbox.casework.tables import Case, Participant
from vigbox.devices.drawn import picture_number
from vigbox.model import Life
from vigbox.seal.recipients import parse_recipient
from vigbox.seal.sealing import seal_bytes
from vigbox.web.previews import Previews


@pytest.fixture(scope="module")
def recording(place: Place, drawn_film: bytes) -> str:
    return place.keep(drawn_film)


def seen(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


@pytest.mark.parametrize("query", ["", "?width=320"])
def test_a_picture_is_the_very_one(place: Place, recording: str, query: str) -> None:
    client, shots = place.unlocked(), drawn.shots(6, 3)
    for number in (0, 1, 40, len(shots) - 1):
        answer = client.get(f"/recordings/{recording}/picture-{number}.jpg{query}")
        assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
        assert answer.headers["Cache-Control"] == "no-store"
        luma = np.asarray(seen(answer.data).convert("L"))
        assert picture_number(luma) == shots[number].number


def test_width_and_crop_are_obeyed(place: Place, recording: str) -> None:
    client, address = place.unlocked(), f"/recordings/{recording}/picture-9.jpg"
    assert seen(client.get(address + "?width=240").data).size == (240, 135)
    assert seen(client.get(address + "?crop=10,20,100,50").data).size == (100, 50)
    assert seen(client.get(address + "?crop=10,20,100,50&width=50").data).size == (50, 25)


@pytest.mark.parametrize(
    ("rest", "status", "sentence"),
    [
        ("picture-100000.jpg", 404, "There is no picture 100000"),
        ("picture--1.jpg", 404, ""),
        ("picture-x.jpg", 404, ""),
        ("picture-1.jpg?width=0", 400, "width must be"),
        ("picture-1.jpg?width=-3", 400, "A width is a number"),
        ("picture-1.jpg?width=99999", 400, "width must be"),
        ("picture-1.jpg?width=%D9%A3%D9%A3", 400, "A width is a number"),
        ("picture-1.jpg?crop=", 400, "four numbers"),
        ("picture-1.jpg?crop=1,2,3", 400, "four numbers"),
        ("picture-1.jpg?crop=1,2,999999,40", 400, "inside the film"),
        ("picture-1.jpg?crop=0,0,0,0", 400, "inside the film"),
        ("picture-" + "9" * 30 + ".jpg", 404, "There is no picture"),
    ],
)
def test_nonsense_is_answered_with_a_sentence(
    place: Place, recording: str, rest: str, status: int, sentence: str
) -> None:
    answer = place.unlocked().get(f"/recordings/{recording}/{rest}")
    assert answer.status_code == status
    assert sentence in answer.text
    assert "Traceback" not in answer.text


def test_nobody_sees_a_picture_without_unlocking(place: Place, recording: str) -> None:
    answer = place.client().get(f"/recordings/{recording}/picture-1.jpg")
    assert answer.status_code == 302


def test_a_picture_of_no_recording_is_not_there(place: Place) -> None:
    assert place.unlocked().get(f"/recordings/{'0' * 32}/picture-1.jpg").status_code == 404


def test_a_damaged_film_says_so_and_stays_as_it_is(place: Place, drawn_film: bytes) -> None:
    recording = place.keep(drawn_film)
    # as the recorder leaves it, with its index beside it: without, the film is not opened at all
    sidecar = drawn.record(drawn.shots(6, 3), drawn.blocks(6, 3)).sidecar
    sealed = seal_bytes(bytes(sidecar), [parse_recipient(place.recipient)])
    place.layout.index(recording).write_bytes(sealed)
    path = place.layout.film(recording)
    data = bytearray(path.read_bytes())
    data[200_000] ^= 1
    path.write_bytes(data)
    client = place.unlocked()
    answers = [
        client.get(f"/recordings/{recording}/picture-{number}.jpg")
        for number in range(0, len(drawn.shots(6, 3)), 5)
    ]
    assert {each.status_code for each in answers} == {200, 409}
    told = next(each for each in answers if each.status_code == 409)
    assert "the film is damaged there" in told.text
    assert path.read_bytes() == data
    assert client.get("/").status_code == 200


def test_a_film_that_was_cut_grows_as_it_is_looked_at(place: Place, drawn_film: bytes) -> None:
    """Only a finished film is the same for ever: any other is looked at anew."""
    recording = place.keep(drawn_film[: len(drawn_film) // 2 & ~65535], Life.INTERRUPTED)
    client, last = place.unlocked(), len(drawn.shots(6, 3)) - 1
    address = f"/recordings/{recording}/picture-{last}.jpg"
    assert client.get(address).status_code == 404
    place.keep(drawn_film, recording=recording)
    assert client.get(address).status_code == 200


def test_a_small_picture_is_made_once_and_the_least_used_goes() -> None:
    previews, made = Previews(), []

    def make() -> bytes:
        made.append(1)
        return b"jpeg"

    for _ in range(3):
        assert previews.get(7, 240, make) == b"jpeg"
    assert len(made) == 1
    for number in range(1000):
        previews.get(number, 160, make)
    assert previews.get(7, 240, make) == b"jpeg"
    assert len(made) == 1002


def test_one_that_is_kept_is_in_the_books_and_stays_shut_when_filming_was_taken_back(
    place: Place, drawn_film: bytes
) -> None:
    case, mother, child = a_family(place, "VIG-STILL")
    mine = dataclasses.replace(place, case=case)
    desk = place.desk()
    with desk.session() as casework:
        mine.recipient = casework.get_one(Case, case).recipient
    client = place.unlocked()
    recording = mine.keep(drawn_film)
    address = f"/recordings/{recording}/picture-9.jpg"
    assert client.get(address).status_code == 200
    assert out(desk, case) == [], "it was looked at"
    assert client.get(address + "?keep=1&crop=10,20,100,50").status_code == 200
    assert out(desk, case) == [("photo", "this browser", KEPT)]
    with desk.session() as casework:
        (row,) = of_recording(casework, recording)
        assert left_at(row) == row.disclosed_at, "the certificate of this recording names it"
    with desk.session() as casework:
        said = [Told("filming", "withdrawn", "spoken", "vigbox-1 en", mother)]
        note_form(
            casework, casework.get_one(Case, case), casework.get_one(Participant, child), said
        )
    assert client.get(address + "?keep=1").status_code == 409
    assert len(out(desk, case)) == 1
    desk.close()


def out(desk: Desk, case: str) -> list[tuple[str, str, str]]:
    with desk.session() as casework:
        return [(each.what, each.to_whom, each.purpose) for each in disclosed(casework, case)]
