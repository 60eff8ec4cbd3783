import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.casework.conftest import WORK, Box, a_case, names, nobody_waits
from vigbox.casework import practitioners, wraps
from vigbox.casework.desk import Desk, NotHereError
from vigbox.casework.practitioners import (
    PractitionerError,
    add_practitioner,
    add_supervisor,
    listed,
    remove_practitioner,
    remove_supervisor,
    renew_practitioner,
    share_case,
)
from vigbox.casework.tables import AuditEvent, Case, Recipient
from vigbox.casework.wraps import NotChangedError, settle, waiting
from vigbox.errors import VigboxError
from vigbox.seal.errors import LockedError, NoMatchError, RecipientError, WrongPassphraseError
from vigbox.seal.identities import X25519Identity
from vigbox.seal.opening import open_bytes


def opens(desk: Desk, case: Case) -> bool:
    try:
        (identity,) = desk.case_identities(case.id)
    except (VigboxError, OSError):
        return False
    return str(identity.recipient) == case.recipient


def who(desk: Desk, name: str) -> str:
    with desk.session() as casework:
        found = listed(casework, "practitioner", "supervisor")
        return next(each.id for each in found if each.name == name)


def test_a_colleague_opens_what_was_shared_and_what_comes(box: Box) -> None:
    anna = box.desk
    before = a_case(anna, "OLD-1")
    berta = box.unlock(add_practitioner(anna, "Berta", cases=True, work_factor=WORK))
    after = a_case(anna, "NEW-1")
    assert opens(berta, before)
    assert opens(berta, after)
    assert berta.me.name == "Berta"
    with berta.session() as casework:
        assert casework.get_one(Case, before.id).helping_question == "Why does he cry?"


def test_a_colleague_without_cases_opens_none_of_before_and_reads_none_of_its_words(
    box: Box,
) -> None:
    anna = box.desk
    case = a_case(anna, "OLD-1")
    berta = box.unlock(add_practitioner(anna, "Berta", cases=False, work_factor=WORK))
    assert not opens(berta, case)
    with berta.session() as casework:
        found = casework.get_one(Case, case.id)
        assert (found.code, found.helping_question) == ("OLD-1", "")
        assert [each.initials for each in found.participants] == [""]


def test_a_passphrase_is_six_words_and_kept_nowhere(box: Box) -> None:
    passphrase = add_practitioner(box.desk, "Berta", cases=True, work_factor=WORK)
    assert len(passphrase.replace("yo-yo", "yoyo").split("-")) >= 6
    for path in box.layout.data.rglob("*"):
        assert not path.is_file() or passphrase.encode() not in path.read_bytes()


@pytest.mark.parametrize("name", ["", "   ", "Anna", " anna "])
def test_a_name_is_needed_that_is_not_taken(box: Box, name: str) -> None:
    before = names(box.layout.practitioners)
    with pytest.raises(PractitionerError, match="not yet taken"):
        add_practitioner(box.desk, name, cases=True, work_factor=WORK)
    assert names(box.layout.practitioners) == before


def test_whoever_is_removed_opens_nothing_any_more(box: Box) -> None:
    anna = box.desk
    case = a_case(anna, "OLD-1")
    passphrase = add_practitioner(anna, "Berta", cases=True, work_factor=WORK)
    berta = box.unlock(passphrase)
    held, key = berta.keyring.identities, anna.database.key
    berta.close()
    remove_practitioner(anna, who(anna, "Berta"))
    with pytest.raises(WrongPassphraseError):
        box.unlock(passphrase)
    layout = box.layout
    for path in (layout.database_key, layout.arming_key, layout.case_identity(case.id)):
        with pytest.raises(NoMatchError):
            open_bytes(path.read_bytes(), held)
    assert anna.database.key != key
    anna.close()
    assert opens(box.desk, case), "the others go on as before"


def test_a_kept_identity_file_does_not_bring_somebody_back(box: Box) -> None:
    anna = box.desk
    passphrase = add_practitioner(anna, "Berta", cases=True, work_factor=WORK)
    path = box.layout.practitioner(who(anna, "Berta"))
    kept = path.read_bytes()
    remove_practitioner(anna, who(anna, "Berta"))
    path.write_bytes(kept)
    with pytest.raises(NoMatchError):
        box.unlock(passphrase)
    settle(anna)
    assert not path.exists()


def test_the_last_practitioner_stays(box: Box) -> None:
    desk = box.desk
    with pytest.raises(PractitionerError, match="only practitioner"):
        remove_practitioner(desk, desk.me.id)


def test_nobody_is_removed_who_alone_opens_a_case(box: Box) -> None:
    anna = box.desk
    berta = box.unlock(add_practitioner(anna, "Berta", cases=True, work_factor=WORK))
    a_case(berta, "ALONE-1", [berta.me.id])
    with pytest.raises(PractitionerError, match="ALONE-1"):
        remove_practitioner(anna, berta.me.id)
    sheet = box.recover()
    remove_practitioner(sheet, berta.me.id)
    with sheet.session() as casework:
        assert not waiting(casework)


def test_a_case_that_only_others_open_waits_for_them(box: Box) -> None:
    anna = box.desk
    berta = box.unlock(add_practitioner(anna, "Berta", cases=True, work_factor=WORK))
    passphrase = add_practitioner(anna, "Carla", cases=True, work_factor=WORK)
    case = a_case(berta, "THEIRS-1", [berta.me.id, who(anna, "Carla")])
    berta_held = berta.keyring.identities
    berta.close()
    remove_practitioner(anna, berta.me.id)
    with anna.session() as casework:
        assert [each.code for each in waiting(casework)] == ["THEIRS-1"]
    anna.close()
    carla = box.unlock(passphrase)
    settle(carla)
    with carla.session() as casework:
        assert not waiting(casework)
    with pytest.raises(NoMatchError):
        open_bytes(box.layout.case_identity(case.id).read_bytes(), berta_held)


def test_a_new_passphrase_takes_the_place_of_the_old_one(box: Box) -> None:
    anna = box.desk
    case = a_case(anna, "OLD-1")
    old = anna.keyring.identities
    passphrase = renew_practitioner(anna, anna.me.id, nobody_waits, work_factor=WORK).passphrase
    assert opens(anna, case), "who is at the desk goes on"
    with pytest.raises(WrongPassphraseError):
        box.unlock(box.secrets.passphrase)
    again = box.unlock(passphrase)
    assert again.me.name == "Anna"
    assert opens(again, case)
    later = a_case(again, "NEW-1")
    with pytest.raises(NoMatchError):
        open_bytes(box.layout.case_identity(later.id).read_bytes(), old)


def test_a_passphrase_is_changed_by_its_owner_alone(box: Box) -> None:
    anna = box.desk
    add_practitioner(anna, "Berta", cases=True, work_factor=WORK)
    with pytest.raises(PractitionerError, match="by its owner"):
        renew_practitioner(anna, who(anna, "Berta"), nobody_waits, work_factor=WORK)


def test_the_recovery_sheet_gives_a_forgotten_passphrase_anew(box: Box) -> None:
    case = a_case(box.desk, "OLD-1")
    sheet = box.recover()
    passphrase = renew_practitioner(
        sheet, who(sheet, "Anna"), nobody_waits, work_factor=WORK
    ).passphrase
    assert opens(box.unlock(passphrase), case)


def test_a_supervisor_opens_a_shared_case_with_stock_age(box: Box, tmp_path: Path) -> None:
    anna = box.desk
    shared, other = a_case(anna, "SHARED-1"), a_case(anna, "OTHER-1")
    supervisor = X25519Identity.generate()
    add_supervisor(anna, "Sonja", str(supervisor.recipient))
    share_case(anna, shared.id, [who(anna, "Sonja")])
    file = tmp_path / "identity.txt"
    file.write_text(supervisor.secret_text() + "\n")

    def age(case: Case) -> subprocess.CompletedProcess[bytes]:
        path = box.layout.case_identity(case.id)
        return subprocess.run(
            ["age", "-d", "-i", str(file), str(path)], capture_output=True, check=False
        )

    assert age(shared).stdout.startswith(b"AGE-SECRET-KEY-1")
    assert age(other).returncode
    remove_supervisor(anna, who(anna, "Sonja"))
    assert age(shared).returncode
    assert opens(anna, shared)


def test_a_supervisor_needs_a_recipient(box: Box) -> None:
    with pytest.raises(RecipientError):
        add_supervisor(box.desk, "Sonja", "age1nonsense")


def test_who_does_not_open_a_case_cannot_share_it(box: Box) -> None:
    anna = box.desk
    case = a_case(anna, "MINE-1", [anna.me.id])
    berta = box.unlock(add_practitioner(anna, "Berta", cases=False, work_factor=WORK))
    with pytest.raises(PractitionerError, match="Only somebody who opens"):
        share_case(berta, case.id, [berta.me.id])


def test_unsharing_takes_the_wrap_away(box: Box) -> None:
    anna = box.desk
    case = a_case(anna, "MINE-1")
    berta = box.unlock(add_practitioner(anna, "Berta", cases=True, work_factor=WORK))
    assert opens(berta, case)
    share_case(anna, case.id, [])
    berta.forget_case(case.id)
    assert not opens(berta, case)
    assert opens(anna, case)


@pytest.mark.parametrize(
    "name",
    ["vigbox.casework.wraps._drop_identities", "vigbox.casework.wraps._seal_again",
     "vigbox.casework.wraps.change_key", "vigbox.casework.database.CaseDatabase.change_key",
     "vigbox.casework.wraps.note_own_keys", "vigbox.casework.wraps._settle_cases"],
)  # fmt: skip
def test_a_cut_while_somebody_is_removed_is_settled_at_the_next_unlock(
    box: Box, cut: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    anna = box.desk
    case = a_case(anna, "OLD-1")
    passphrase = add_practitioner(anna, "Berta", cases=True, work_factor=WORK)
    berta, key = box.unlock(passphrase), anna.database.key
    held = berta.keyring.identities
    berta.close()
    cut(name)
    with pytest.raises(OSError, match="plug"):
        remove_practitioner(anna, who(anna, "Berta"))
    monkeypatch.undo()
    anna.close()
    with pytest.raises((WrongPassphraseError, NotHereError)):
        box.unlock(passphrase)
    again = box.desk
    settle(again)
    assert names(box.layout.practitioners) == {f"{again.me.id}.age"}
    assert again.database.key != key
    for path in (box.layout.database_key, box.layout.case_identity(case.id)):
        with pytest.raises(NoMatchError):
            open_bytes(path.read_bytes(), held)
    again.close()
    assert opens(box.desk, case)


def test_a_second_cut_after_the_key_was_changed_loses_nothing(
    box: Box, cut: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = box.desk
    for name in ("Berta", "Carla"):
        add_practitioner(anna, name, cases=True, work_factor=WORK)
    cut("vigbox.casework.wraps.note_own_keys")
    with pytest.raises(OSError, match="plug"):
        remove_practitioner(anna, who(anna, "Berta"))
    anna.close()
    monkeypatch.undo()
    cut("vigbox.casework.database.CaseDatabase.change_key")
    again = box.desk
    with pytest.raises(OSError, match="plug"):
        settle(again)
    again.close()
    monkeypatch.undo()
    last = box.desk
    settle(last)
    with last.session() as casework:
        assert "practitioner removed" in set(casework.scalars(select(AuditEvent.what)))


def opened_by(path: Path) -> int:
    return path.read_bytes().count(b"-> X25519")


@pytest.mark.parametrize(
    "name",
    ["vigbox.casework.wraps._settle", "vigbox.casework.wraps._seal_own_keys",
     "vigbox.casework.wraps.save", "vigbox.casework.wraps.keep_keys",
     "vigbox.casework.practitioners.keep_identity", "vigbox.casework.practitioners._take_place",
     "vigbox.casework.practitioners._leave"],
)  # fmt: skip
def test_a_cut_before_new_words_count_leaves_the_old_ones_in_force(
    box: Box, cut: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    anna = box.desk
    case = a_case(anna, "OLD-1")
    cut(name)
    with pytest.raises(NotChangedError, match="the one of before still counts: the plug"):
        renew_practitioner(anna, anna.me.id, nobody_waits, work_factor=WORK)
    monkeypatch.undo()
    anna.close()
    again = box.desk
    assert opens(again, case)
    settle(again)
    layout = box.layout
    for path in (layout.database_key, layout.arming_key, layout.case_identity(case.id)):
        assert opened_by(path) == 2, "the words that nobody knows open nothing"
    assert names(layout.practitioners) == {f"{again.me.id}.age"}


def test_words_that_nobody_knows_open_no_database_of_later(
    box: Box, cut: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = box.desk
    key = anna.database.key
    cut("vigbox.casework.practitioners._take_place")
    with pytest.raises(NotChangedError):
        renew_practitioner(anna, anna.me.id, nobody_waits, work_factor=WORK)
    monkeypatch.undo()
    words = renew_practitioner(anna, anna.me.id, nobody_waits, work_factor=WORK)
    assert (words.problem, anna.database.key != key) == ("", True)
    assert opened_by(box.layout.database_key) == 2
    anna.close()
    assert box.unlock(words.passphrase).me.name == "Anna"


def test_a_case_whose_key_is_damaged_keeps_nobody_from_new_words(box: Box) -> None:
    anna = box.desk
    for code, damage in (("CUT-1", b"age"), ("EMPTY-1", b"")):
        box.layout.case_identity(a_case(anna, code).id).write_bytes(damage)
    case = a_case(anna, "WHOLE-1")
    words = renew_practitioner(anna, anna.me.id, nobody_waits, work_factor=WORK)
    assert words.problem
    anna.close()
    assert opens(box.unlock(words.passphrase), case)


def lock(desk: Desk) -> None:
    """Lock as the door does."""
    desk.keyring.lock()
    desk.close()
    desk.database.close()


def test_a_lock_before_new_words_count_leaves_the_old_ones_in_force(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, keep = box.desk, practitioners.keep_identity
    case = a_case(anna, "OLD-1")

    def locked(*given: object) -> str:
        lock(anna)
        return keep(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(practitioners, "keep_identity", locked)
    with pytest.raises(LockedError):
        renew_practitioner(anna, anna.me.id, nobody_waits, work_factor=WORK)
    again = box.desk
    settle(again)
    assert names(box.layout.practitioners) == {f"{again.me.id}.age"}
    assert opened_by(box.layout.case_identity(case.id)) == 2
    assert opens(again, case)


@pytest.mark.parametrize("what", ["lock", "cut", "key"])
def test_new_words_that_count_are_given_whatever_fails_afterwards(
    box: Box, cut: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    anna, take_place = box.desk, practitioners._take_place
    case = a_case(anna, "OLD-1")
    old = anna.keyring.identities

    def then(desk: Desk, who: str, new: Recipient) -> None:
        take_place(desk, who, new)
        if what == "lock":
            lock(desk)
        else:
            cut(
                "vigbox.casework.wraps.save"
                if what == "cut"
                else "vigbox.casework.wraps.change_key"
            )

    monkeypatch.setattr(practitioners, "_take_place", then)
    words = renew_practitioner(anna, anna.me.id, nobody_waits, work_factor=WORK)
    monkeypatch.undo()
    assert "counts already" in words.problem
    assert anna.keyring.is_locked == (what == "lock"), "and a lock is one for the new identity too"
    anna.close()
    again = box.unlock(words.passphrase)
    assert opens(again, case)
    settle(again)
    for path in (box.layout.database_key, box.layout.case_identity(case.id)):
        assert opened_by(path) == 2
    if what != "lock":  # which wiped it
        with pytest.raises(NoMatchError):
            open_bytes(box.layout.database_key.read_bytes(), old)
    with pytest.raises(WrongPassphraseError):
        box.unlock(box.secrets.passphrase)


def test_nothing_else_is_settled_while_somebody_takes_a_place(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, take_place = box.desk, practitioners._take_place

    def then(desk: Desk, who: str, new: Recipient) -> None:
        assert desk.database.settling.locked(), "it would take back what the new one was given"
        take_place(desk, who, new)

    monkeypatch.setattr(practitioners, "_take_place", then)
    assert not renew_practitioner(anna, anna.me.id, nobody_waits, work_factor=WORK).problem
    assert not wraps.tried(anna)
