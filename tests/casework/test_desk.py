"""A desk opens what its keyring opens, and nothing once that is over."""

import pytest

from tests.casework.conftest import WORK, Box, a_case
from vigbox.casework.desk import CaseGoneError, Desk, NotHereError, NotSharedError
from vigbox.casework.practitioners import add_practitioner, remove_practitioner, share_case
from vigbox.seal.errors import LockedError
from vigbox.seal.keyring import Keyring


def test_a_locked_keyring_has_no_desk(box: Box) -> None:
    with pytest.raises(LockedError):
        Desk(box.layout, Keyring())


def test_it_knows_who_sits_there(box: Box) -> None:
    desk = box.desk
    berta = box.unlock(add_practitioner(desk, "Berta", cases=True, work_factor=WORK))
    assert (desk.me.name, berta.me.name) == ("Anna", "Berta")
    assert desk.arming_key().verify_key == berta.arming_key().verify_key


def test_who_was_removed_has_none_with_the_keys_they_hold(box: Box) -> None:
    desk = box.desk
    berta = box.unlock(add_practitioner(desk, "Berta", cases=True, work_factor=WORK))
    remove_practitioner(desk, berta.me.id)
    with pytest.raises(NotHereError, match="was removed"):
        Desk(box.layout, berta.keyring, desk.database)


def test_what_is_not_shared_any_more_is_refused_from_the_next_question_on(box: Box) -> None:
    desk = box.desk
    case = a_case(desk, "SHARE-1").id
    berta = box.unlock(add_practitioner(desk, "Berta", cases=True, work_factor=WORK))
    assert berta.case_identities(case)
    share_case(desk, case, [])
    with pytest.raises(NotSharedError, match="Ask a colleague"):
        berta.case_identities(case)
    assert desk.case_identities(case)


def test_a_case_whose_key_was_destroyed_is_gone(box: Box) -> None:
    desk = box.desk
    case = a_case(desk, "GONE-1").id
    assert desk.case_identities(case)
    box.layout.case_identity(case).unlink()
    with pytest.raises(CaseGoneError, match="was destroyed"):
        desk.case_identities(case)


def test_a_closed_one_gives_no_key_and_wiped_those_it_gave(box: Box) -> None:
    desk = box.desk
    case = a_case(desk, "WIPE-1").id
    (identity,) = desk.case_identities(case)
    desk.close()
    with pytest.raises(LockedError, match="wiped"):
        identity.secret_text()
    with pytest.raises(LockedError):
        desk.case_identities(case)
