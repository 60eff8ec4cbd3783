import pytest
from sqlalchemy import event

from tests.casework.conftest import Box, a_case, names
from vigbox.casework.tables import Case, Fact
from vigbox.casework.wraps import settle, waiting
from vigbox.seal.errors import HeaderError


def test_settling_what_is_settled_writes_nothing(box: Box) -> None:
    desk = box.desk
    a_case(desk, "CASE-1")

    def stamps() -> dict[str, int]:
        folder = box.layout.data / "identities"
        return {str(each): each.stat().st_mtime_ns for each in folder.rglob("*.age")}

    before = stamps()
    settle(desk)
    assert stamps() == before


def test_a_box_of_0_1_0_goes_on(box: Box) -> None:
    # then the identity's file was not named after its practitioner, and nobody noted the wraps
    desk = box.desk
    case = a_case(desk, "CASE-1")
    box.layout.practitioner(desk.me.id).rename(box.layout.practitioners / f"{'a' * 32}.age")
    with desk.session() as casework:
        casework.delete(casework.get_one(Fact, "own keys sealed to"))
        casework.get_one(Case, case.id).sealed_to = ""
    desk.close()
    again = box.desk
    settle(again)
    assert names(box.layout.practitioners) == {f"{again.me.id}.age"}
    with again.session() as casework:
        assert not waiting(casework)
    again.close()
    assert box.desk.case_identities(case.id)


def test_an_identity_that_a_cut_left_unnamed_is_taken_away(box: Box) -> None:
    desk = box.desk
    (box.layout.practitioners / f"{'a' * 32}.age").write_bytes(b"half")
    (box.layout.practitioners / "b.age.tmp").write_bytes(b"half")
    settle(desk)
    assert names(box.layout.practitioners) == {f"{desk.me.id}.age"}


def test_asking_who_waits_takes_no_longer_for_every_case(box: Box) -> None:
    desk = box.desk

    def questions() -> int:
        asked: list[str] = []
        with desk.session() as casework:
            event.listen(
                casework.connection(), "before_cursor_execute", lambda *told: asked.append(told[2])
            )
            assert waiting(casework) == []
        return len(asked)

    a_case(desk, "CASE-1")
    once = questions()
    for number in range(2, 7):
        a_case(desk, f"CASE-{number}")
    assert questions() == once


def test_a_damaged_identity_is_told_and_keeps_no_other_case_from_its_wraps(box: Box) -> None:
    desk = box.desk
    damaged, well = a_case(desk, "CASE-1"), a_case(desk, "CASE-2")
    with desk.session() as casework:
        for each in (damaged, well):
            casework.get_one(Case, each.id).sealed_to = ""
    box.layout.case_identity(damaged.id).write_bytes(b"half")
    with pytest.raises(HeaderError):
        settle(desk)
    with desk.session() as casework:
        assert [each.code for each in waiting(casework)] == ["CASE-1"]
