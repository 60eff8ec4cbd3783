from tests.web.conftest import ORIGIN, Place, a_family
from vigbox.model import Life
from vigbox.web.held import HeldButton


def test_a_family_withdraws_in_one_action(place: Place, drawn_film: bytes) -> None:
    client, path = place.unlocked(), f"/cases/{place.case}"
    recording = place.keep(drawn_film)
    assert client.get(f"/recordings/{recording}").status_code == 200
    assert "1 recording" in client.get(path).text
    answer = client.post(f"{path}/withdraw", data={"code": "VIG-8"}, headers=ORIGIN)
    assert answer.status_code == 400
    assert "type VIG-7" in answer.text
    assert place.layout.case_identity(place.case).exists()
    answer = client.post(f"{path}/withdraw", data={"code": " vig-7 "}, headers=ORIGIN)
    assert answer.status_code == 302, answer.text
    assert not place.layout.case_identity(place.case).exists()
    assert place.recorder.facts("disarm")["case"] == place.case
    assert place.recorder.facts("erase")["recording"] == recording
    assert "The key of this case is destroyed" in client.get(path).text
    assert "What soothes him?" not in client.get("/cases").text
    assert client.get(f"/recordings/{recording}").status_code == 409, "not even from the shelf"
    answer = client.post(f"{path}/arm", headers=ORIGIN)
    assert answer.status_code == 409
    assert "withdrawn" in answer.text


class Clock:
    now_ns = 0

    def __call__(self) -> int:
        return self.now_ns


def test_a_hold_counts_once_and_only_while_the_page_asks() -> None:
    clock = Clock()
    button = HeldButton(clock)
    seen = []
    for second, holds in ((0, 3), (1, 3), (2, 4), (3, 4), (20, 5), (21, 5), (22, 6)):
        clock.now_ns = second * 10**9
        seen.append(button.was_held(holds))
    assert seen == [False, False, True, False, False, False, True]


def test_a_case_that_is_filmed_is_not_taken_back_under_its_film(
    place: Place, drawn_film: bytes
) -> None:
    client = place.unlocked()
    case, _, _ = a_family(place, "FILMS-1")
    before, place.case = place.case, case
    place.recorder.recording = place.keep(drawn_film, Life.RECORDING)
    place.case = before
    try:
        answer = client.post(f"/cases/{case}/withdraw", data={"code": "FILMS-1"}, headers=ORIGIN)
        assert answer.status_code == 409
        assert "is filming this family now" in answer.text
        assert place.layout.case_identity(case).exists()
    finally:
        place.recorder.recording = None
    answer = client.post(f"/cases/{case}/withdraw", data={"code": "FILMS-1"}, headers=ORIGIN)
    assert answer.status_code == 302
    assert not place.layout.case_identity(case).exists()
