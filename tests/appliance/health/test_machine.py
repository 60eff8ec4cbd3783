"""How the machine is asked: small files, folders and programs, of which any may be missing."""

import os
import sys
from pathlib import Path

import pytest

from tests.appliance.health.machine_twin import twin
from vigbox.appliance.health.machine import Machine, ask


def test_a_program_that_is_not_there_or_fails_says_nothing() -> None:
    assert ask(["/nowhere/vcgencmd"]) == ""
    assert ask(["sh", "-c", "echo said; exit 1"]) == ""
    assert ask(["sh", "-c", "echo said"]) == "said\n"


def test_a_program_is_asked_in_english_and_with_nothing_of_ours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LC_ALL", "nl_NL.UTF-8")
    monkeypatch.setenv("SECRET", "dapper")
    said = dict(each.split("=", 1) for each in ask(["env"]).splitlines())
    assert said.keys() <= {"PATH", "LC_ALL", "PWD", "_", "SHLVL"}
    assert said["LC_ALL"] == "C.UTF-8"


def test_what_a_program_says_may_be_no_text() -> None:
    assert ask(["printf", r"a\377b"]) == "a\ufffdb"


def test_a_program_gets_nothing_to_read() -> None:
    assert ask(["cat"]) == ""


def test_a_word_has_no_line_s_end_and_is_no_longer_than_a_small_file(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    (tmp_path / "model").write_bytes(b"Raspberry Pi 5\0")
    (tmp_path / "long").write_bytes(b"x" * 100_000)
    (tmp_path / "odd").write_bytes(b"\xff\n")
    assert machine.word("model") == "Raspberry Pi 5"
    assert len(machine.word("long")) == 4096
    assert machine.word("odd") == "\ufffd"
    assert machine.word("gone") == machine.word(".") == ""


@pytest.mark.parametrize(
    ("says", "base", "number"),
    [("12\n", 10, 12), ("0x0b", 16, 11), ("-3", 10, -3), ("", 10, None), ("12 13", 10, None),
     ("anna", 16, None), ("9" * 4000, 10, int("9" * 4000))],
)  # fmt: skip
def test_a_number_is_one_or_not_known(
    tmp_path: Path, says: str, base: int, number: int | None
) -> None:
    (tmp_path / "file").write_text(says)
    assert Machine(tmp_path).number("file", base) == number


def test_a_number_longer_than_python_reads_is_not_known(tmp_path: Path) -> None:
    limit = sys.get_int_max_str_digits()
    assert 0 < limit < 5000
    (tmp_path / "file").write_text("9" * 4096)
    assert Machine(tmp_path).number("file") == int("9" * 4096)


def test_paths_are_found_in_order_and_none_in_a_folder_that_is_not_there(tmp_path: Path) -> None:
    for each in ("b", "a", "c"):
        (tmp_path / each).mkdir()
    assert [each.name for each in Machine(tmp_path).found("[abc]")] == ["a", "b", "c"]
    assert Machine(tmp_path / "gone").found("*") == []


def test_the_card_is_found_by_the_device_of_the_data_folder(tmp_path: Path) -> None:
    told = tmp_path.stat().st_dev
    number = f"{os.major(told)}:{os.minor(told)}"
    (tmp_path / "sys/dev/block").mkdir(parents=True)
    (tmp_path / "disk").mkdir()
    (tmp_path / "sys/dev/block" / number).symlink_to(tmp_path / "disk")
    assert Machine(tmp_path, data=tmp_path).partition() == tmp_path / "disk"
    assert Machine(tmp_path, data=tmp_path / "gone").partition() is None
    assert twin(tmp_path / "pi").partition() == tmp_path / "pi/sys/devices/mmc/mmcblk0/mmcblk0p3"


@pytest.mark.parametrize(
    ("row", "is_read_only"),
    [
        ("30 21 179:3 / /x rw - ext4 /dev/mmcblk0p3 ro,errors=remount-ro", True),
        ("30 21 179:3 / /x ro - ext4 /dev/mmcblk0p3 rw", False),
        ("30 21 179:2 / /x rw - ext4 /dev/mmcblk0p2 ro", False),
        ("30 21 179:3 / /x rw - ext4 /dev/mmcblk0p3 rw,errors=remount-ro", False),
        ("30 21 179:3 ro", False),
        ("", False),
        ("\x00\xff", False),
    ],
)
def test_only_the_card_s_own_word_makes_it_one_that_can_only_be_read(
    tmp_path: Path, row: str, *, is_read_only: bool
) -> None:
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/mountinfo").write_text(f"{row}\n", "latin-1")
    assert Machine(tmp_path, device="179:3").is_read_only() is is_read_only


def test_a_machine_without_mounts_is_no_card_that_can_only_be_read(tmp_path: Path) -> None:
    assert not Machine(tmp_path, device="179:3").is_read_only()
