from collections.abc import Callable

import pytest

from tests.casework.conftest import WORK, Box, a_case
from vigbox.casework.practitioners import add_practitioner
from vigbox.casework.recovery import NotProvedError, asked_of, current, prove, replace_sheet
from vigbox.casework.sheet import new_sheet
from vigbox.casework.wraps import NotChangedError, settle
from vigbox.seal.errors import NoMatchError


def test_a_word_read_back_proves_the_sheet(box: Box) -> None:
    desk = box.desk
    with desk.session() as casework:
        number = asked_of(current(casework))
        assert not current(casework).proved_at
    prove(desk, number, f" {box.secrets.sheet.words[number - 1].upper()} ")
    with desk.session() as casework:
        assert current(casework).proved_at


def test_another_word_proves_nothing(box: Box) -> None:
    desk = box.desk
    with desk.session() as casework:
        number = asked_of(current(casework))
    words = box.secrets.sheet.words
    wrong = next(each for each in words if each != words[number - 1])
    other = number % len(words) + 1
    for asked, typed in ((number, wrong), (number, ""), (other, words[other - 1]), (0, words[-1])):
        with pytest.raises(NotProvedError, match="numbered words"):
            prove(desk, asked, typed)
    with desk.session() as casework:
        assert not current(casework).proved_at


def test_a_new_sheet_counts_only_when_it_is_proved(box: Box) -> None:
    desk, sheet = box.desk, new_sheet()
    case = a_case(desk, "OLD-1")
    with pytest.raises(NotProvedError):
        replace_sheet(desk, sheet, "nonsense")
    assert box.recover().case_identities(case.id)
    with pytest.raises(NoMatchError):
        box.recover(sheet.secret)
    replace_sheet(desk, sheet, sheet.words[sheet.asked - 1])
    desk.close()
    assert box.recover(sheet.secret).case_identities(case.id)
    with pytest.raises(NoMatchError):
        box.recover()


def test_the_old_sheet_itself_can_make_the_new_one(box: Box) -> None:
    a_case(box.desk, "OLD-1")
    desk, sheet = box.recover(), new_sheet()
    replace_sheet(desk, sheet, sheet.words[sheet.asked - 1])
    case = a_case(desk, "NEW-1")
    desk.close()
    assert box.recover(sheet.secret).case_identities(case.id)


@pytest.mark.parametrize("name", ["_seal_own_keys", "keep_keys", "_seal_again"])
def test_a_cut_before_a_new_sheet_counts_leaves_the_old_one_in_force(
    box: Box, cut: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    desk, sheet = box.desk, new_sheet()
    case = a_case(desk, "OLD-1")
    cut(f"vigbox.casework.wraps.{name}")
    with pytest.raises(NotChangedError, match="the one of before still counts"):
        replace_sheet(desk, sheet, sheet.words[sheet.asked - 1])
    monkeypatch.undo()
    desk.close()
    again = box.recover()
    settle(again)
    assert again.case_identities(case.id)
    with pytest.raises(NoMatchError):
        box.recover(sheet.secret)


@pytest.mark.parametrize("name", ["_seal_own_keys", "change_key", "_settle_cases"])
def test_a_cut_once_a_new_sheet_counts_is_told_and_shuts_the_box_to_nobody(
    box: Box, cut: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    desk, sheet = box.desk, new_sheet()
    case = a_case(desk, "OLD-1")

    def noted(*_: object) -> None:  # the last thing before the new one counts
        cut(f"vigbox.casework.wraps.{name}")

    monkeypatch.setattr("vigbox.casework.recovery.audit.note", noted)
    problem = replace_sheet(desk, sheet, sheet.words[sheet.asked - 1])
    monkeypatch.undo()
    assert "counts already" in problem
    desk.close()
    again = box.recover(sheet.secret)
    assert again.case_identities(case.id)
    settle(again)
    again.close()
    assert box.desk.case_identities(case.id)
    with pytest.raises(NoMatchError):
        box.recover()


def test_a_case_of_a_colleague_keeps_the_old_sheet_until_they_unlock(box: Box) -> None:
    anna, sheet = box.desk, new_sheet()
    passphrase = add_practitioner(anna, "Berta", cases=False, work_factor=WORK)
    berta = box.unlock(passphrase)
    case = a_case(berta, "THEIRS-1", [berta.me.id])
    berta.close()
    replace_sheet(anna, sheet, sheet.words[sheet.asked - 1])
    anna.close()
    with pytest.raises(NoMatchError):
        box.recover(sheet.secret).case_identities(case.id)
    settle(box.unlock(passphrase))
    assert box.recover(sheet.secret).case_identities(case.id)
