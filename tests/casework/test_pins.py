import dataclasses

from tests.casework.conftest import Box, a_case
from vigbox.casework.pins import alarms
from vigbox.casework.tables import Fact
from vigbox.model import Life, new_id
from vigbox.seal.signing import SigningKey
from vigbox.store.identity import read_box
from vigbox.store.manifests import Manifest


def film(case: str, recipient: str) -> Manifest:
    at = "2026-11-21T10:00:00+00:00"
    return Manifest(new_id(), case, (recipient,), "b", at, 1, Life.FINISHED)


def test_a_box_as_it_was_gives_no_alarm(box: Box) -> None:
    desk = box.desk
    case = a_case(desk, "FILM-1")
    with desk.session() as casework:
        films = [film(case.id, case.recipient)]
        armed = (case.id, case.recipient)
        assert alarms(casework, read_box(box.layout), films, armed) == []


def test_a_swapped_key_is_shouted_about(box: Box) -> None:
    public = read_box(box.layout)
    other = SigningKey.generate().verify_key
    with box.desk.session() as casework:
        for name, swapped in {
            "arming": dataclasses.replace(public, arming=other),
            "recorder": dataclasses.replace(public, recorder=other),
            "device": dataclasses.replace(public, device=other),
        }.items():
            (told,) = alarms(casework, swapped, [])
            assert f"The {name} key" in told
            assert "data-protection officer" in told


def test_a_film_sealed_to_somebody_else_is_shouted_about(box: Box) -> None:
    desk = box.desk
    one, other = a_case(desk, "FILM-1"), a_case(desk, "FILM-2")
    with desk.session() as casework:
        (told,) = alarms(casework, read_box(box.layout), [film(one.id, other.recipient)])
    assert "FILM-1" in told


def test_an_arming_for_a_stranger_is_shouted_about(box: Box) -> None:
    desk = box.desk
    one, other = a_case(desk, "FILM-1"), a_case(desk, "FILM-2")
    public = read_box(box.layout)
    with desk.session() as casework:
        for armed in ((one.id, other.recipient), (new_id(), one.recipient)):
            (told,) = alarms(casework, public, [], armed)
            assert "Arm it again" in told


def test_a_box_of_before_pins_is_pinned_at_its_next_unlock(box: Box) -> None:
    desk, public = box.desk, read_box(box.layout)
    with desk.session() as casework:
        for name in ("box", "arming", "recorder", "device"):
            casework.delete(casework.get_one(Fact, name))
    with desk.session() as casework:
        assert alarms(casework, public, []) == []
    swapped = dataclasses.replace(public, arming=SigningKey.generate().verify_key)
    with desk.session() as casework:
        assert alarms(casework, swapped, [])
