"""Other programs are asked in English and in time, and what they say is taken as it comes."""

import pytest

from vigbox.appliance.programs import Answer, run


def test_what_a_program_says_is_told_without_its_line_s_end() -> None:
    assert run("printf", r"\n a:b\nc \n\n") == Answer(is_well=True, says="a:b\nc")


def test_a_program_that_fails_tells_its_complaint_and_not_its_output() -> None:
    told = run("sh", "-c", "echo half; echo 'Error: no radio' >&2; exit 3")
    assert told == Answer(is_well=False, says="Error: no radio")


def test_one_that_is_not_there_has_not_answered() -> None:
    told = run("vigbox-nowhere", "--terse")
    assert not told.is_well
    assert "vigbox-nowhere" in told.says


def test_one_that_is_killed_has_not_answered() -> None:
    assert not run("sh", "-c", "echo well; kill -KILL $$").is_well


def test_one_that_takes_too_long_has_not_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vigbox.appliance.programs._PATIENCE_S", 0.2)
    told = run("tail", "-f", "/dev/null")
    assert not told.is_well
    assert "timed out" in told.says


def test_it_is_asked_in_english_whatever_the_box_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "nl_NL.UTF-8")
    monkeypatch.setenv("LANGUAGE", "nl")
    monkeypatch.setenv("SECRET", "dapper")
    said = dict(each.split("=", 1) for each in run("env").says.splitlines())
    assert said["LC_ALL"] == "C.UTF-8"
    assert not {"LANGUAGE", "SECRET"} & said.keys()
    assert said["PATH"].startswith("/usr/sbin:"), "iw and rfkill are root's programs"


def test_it_has_nothing_to_read_and_asks_nobody() -> None:
    assert run("cat") == Answer(is_well=True)


def test_its_words_are_words_and_no_shell_s() -> None:
    assert run("printf", "%s|", "a b", "$HOME", "; id", "").says == "a b|$HOME|; id||"


def test_bytes_that_are_no_text_stop_nobody() -> None:
    assert run("printf", r"vb-\377x") == Answer(is_well=True, says="vb-\ufffdx")
    assert run("sh", "-c", r"printf '\377' >&2; exit 1") == Answer(is_well=False, says="\ufffd")
