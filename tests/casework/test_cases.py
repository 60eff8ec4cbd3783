"""Cases: under a code that is no name, each with a key of its own; numbers that only grow."""

import pytest
from sqlalchemy.orm import Session

from tests.casework.conftest import Box, a_case
from vigbox.casework.cases import CaseError, next_number


@pytest.mark.parametrize("code", ["", "a", "Anna", "VIG 7", "x" * 17, "-VIG", "ÅSA-1"])
def test_a_code_is_no_name(box: Box, code: str) -> None:
    with pytest.raises(CaseError, match="Never use a name"):
        a_case(box.desk, code)


def test_a_code_is_taken_once(box: Box) -> None:
    desk = box.desk
    a_case(desk, "ONCE-1")
    with pytest.raises(CaseError, match="already"):
        a_case(desk, "ONCE-1")


def test_each_case_has_an_identity_of_its_own(box: Box) -> None:
    desk = box.desk
    one, other = a_case(desk, "OWN-1"), a_case(desk, "OWN-2")
    assert one.recipient != other.recipient
    (identity,) = desk.case_identities(one.id)
    assert str(identity.recipient) == one.recipient


def test_a_case_is_never_nobodys(box: Box) -> None:
    with pytest.raises(CaseError, match="At least one practitioner"):
        a_case(box.desk, "NONE-1", ["a stranger"])


def test_numbers_only_grow_each_kind_by_itself(session: Session) -> None:
    assert [next_number(session, each) for each in ("arming", "arming", "unarmed")] == [1, 2, 1]


def test_a_number_goes_above_what_the_recorder_already_has(session: Session) -> None:
    assert [next_number(session, "arming", above) for above in (0, 7, 3)] == [1, 8, 9]
