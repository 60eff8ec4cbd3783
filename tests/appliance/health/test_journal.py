"""What went wrong since the box was switched on: counted, told by patterns, and by nothing else."""

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tests.appliance.health.machine_twin import NOW_US, line, twin
from vigbox.appliance.health.facts import Trouble
from vigbox.appliance.health.journal import Heard, hear
from vigbox.appliance.health.known_lines import known_lines
from vigbox.appliance.health.machine import Machine

NAMES = frozenset({"recorder", "web", "lamp"})
REFUSED = "vigbox.recorder.box: a press was refused: No case is armed."


def said(*lines: str) -> Machine:
    """A machine whose journal of vigbox says this, and whose kernel says nothing."""

    def ask(words: Sequence[str]) -> str:
        return "\n".join(lines) if "--unit=vigbox*" in words else ""

    return Machine(Path("/nowhere"), ask)


def test_lines_of_one_kind_are_counted_and_the_newest_comes_first(tmp_path: Path) -> None:
    journal = [
        line("vigbox.recorder.box: a press was refused: No case is armed.", hours_ago=5),
        line("vigbox.recorder.box: a press was refused: The card failed.", hours_ago=2),
        line("vigbox.web.outlet: not sent: office:anna", "vigbox-web.service", 3),
        line("vigbox.recorder.service: ready on /var/lib/vigbox"),
        line("somebody wrote this"),
    ]
    heard = hear(twin(tmp_path, journal=journal), NOW_US, NAMES)
    assert heard.troubles == (
        Trouble("recorder", "a press was refused: …", 2, 2), Trouble("web", "not sent: …", 1, 3),
    )  # fmt: skip
    assert heard.others == 1


def test_the_boot_of_the_newest_line_is_asked_for_and_without_one_the_kernel_s() -> None:
    asked: list[Sequence[str]] = []

    def ask(words: Sequence[str]) -> str:
        asked.append(words)
        return answers.get("--lines=1" in words, "")

    answers = {True: json.dumps({"_BOOT_ID": "a1" * 16})}
    hear(Machine(ask=ask), NOW_US, NAMES)
    assert [f"--boot={'a1' * 16}" in words for words in asked] == [False, True, True]
    answers, asked[:] = {True: '{"_BOOT_ID": "--vacuum-size=1"}'}, []
    hear(Machine(ask=ask), NOW_US, NAMES)
    assert ["--boot" in words for words in asked] == [False, True, True]
    assert not any("vacuum" in word for words in asked for word in words)


@pytest.mark.parametrize(
    ("unit", "who"),
    [
        ("vigbox-web.service", "web"),
        ("vigbox-media@7.service", "box"),
        ("vigbox-annas-own.service", "box"),
        ("", "box"),
    ],
)
def test_who_said_it_is_a_program_of_the_package_or_the_box(unit: str, who: str) -> None:
    told = hear(said(line(REFUSED, unit)), NOW_US, NAMES).troubles
    assert [each.who for each in told] == [who]


def test_systemd_s_word_of_a_unit_is_that_unit_s() -> None:
    killed = "vigbox-web.service: Main process exited, code=killed, status=9/KILL"
    facts = {"MESSAGE": killed, "_SYSTEMD_UNIT": "init.scope", "UNIT": "vigbox-web.service",
             "__REALTIME_TIMESTAMP": str(NOW_US)}  # fmt: skip
    told = hear(said(json.dumps(facts)), NOW_US, NAMES).troubles
    assert [each.who for each in told] == ["web"]


def test_what_the_kernel_says_is_the_kernel_s(tmp_path: Path) -> None:
    facts = json.loads(line("hwmon hwmon1: Undervoltage detected!")) | {"_TRANSPORT": "kernel"}
    box = twin(tmp_path, kernel=[json.dumps(facts)])
    told = hear(box, NOW_US, NAMES).troubles
    assert [(each.who, each.says) for each in told] == [("kernel", "…Undervoltage detected!…")]


@pytest.mark.parametrize(
    ("message", "transport", "was_weak"),
    [
        ("Under-voltage detected! (0x00050005)", "kernel", True),
        ("hwmon hwmon1: Undervoltage detected!", "kernel", True),
        ("hwmon hwmon1: Voltage normalised", "kernel", False),
        ("Under-voltage detected! (0x00050005)", "stdout", False),
    ],
)
def test_the_kernel_s_word_of_weak_power_is_heard_however_much_came_after(
    tmp_path: Path, message: str, transport: str, *, was_weak: bool
) -> None:
    facts = json.loads(line(message, hours_ago=99)) | {"_TRANSPORT": transport}
    later = [line("Geheim".join(each.parts)) for each in known_lines().loud]
    box = twin(tmp_path, journal=later, kernel=[json.dumps(facts)])
    assert hear(box, NOW_US, NAMES).was_weak is was_weak


def test_a_journal_that_nobody_may_read_is_told_from_one_that_says_nothing(tmp_path: Path) -> None:
    assert hear(twin(tmp_path), NOW_US, NAMES).is_open
    assert not hear(Machine(tmp_path, lambda _words: ""), NOW_US, NAMES).is_open


def test_a_line_from_after_now_is_no_hour_old() -> None:
    told = hear(said(line(REFUSED, hours_ago=-9)), NOW_US, NAMES).troubles
    assert [each.hours_ago for each in told] == [0]


def test_of_many_kinds_the_newest_forty_are_told() -> None:
    lines = [
        line("Geheim".join(each.parts), hours_ago=n) for n, each in enumerate(known_lines().loud)
    ]
    told = hear(said(*lines), NOW_US, NAMES).troubles
    assert len(told) == 40
    assert max(each.hours_ago for each in told) < 60


def test_a_message_of_several_lines_is_several_lines() -> None:
    trace = f'Traceback:\n  File "/opt/x/vigbox/web/app.py", line 7, in anna\n{REFUSED}'
    heard = hear(said(line(trace)), NOW_US, NAMES)
    assert {each.says for each in heard.troubles} == {
        "in vigbox/web/app.py, line 7",
        "a press was refused: …",
    }
    assert heard.others == 1


@pytest.mark.parametrize(
    "odd",
    [
        "", "{", "[]", "5", "null", '"text"', "[" * 300,
        '{"MESSAGE": "x"}',
        '{"MESSAGE": null, "__REALTIME_TIMESTAMP": "1"}',
        '{"MESSAGE": [72, 105], "__REALTIME_TIMESTAMP": "1"}',
        '{"MESSAGE": "x", "__REALTIME_TIMESTAMP": "Anna"}',
        '{"MESSAGE": "x", "__REALTIME_TIMESTAMP": null}',
    ],
)  # fmt: skip
def test_a_line_that_is_none_is_passed_over_and_the_next_is_read(odd: str) -> None:
    heard = hear(said(odd, line(REFUSED)), NOW_US, NAMES)
    assert [each.says for each in heard.troubles] == ["a press was refused: …"]
    assert heard.others == 0


@given(some.dictionaries(
    some.sampled_from(["MESSAGE", "UNIT", "_SYSTEMD_UNIT", "_TRANSPORT", "__REALTIME_TIMESTAMP"]),
    some.one_of(some.text(), some.integers(), some.none(), some.lists(some.integers())),
))  # fmt: skip
def test_no_line_whatever_it_is_stops_the_look_or_is_told_in_its_own_words(
    facts: dict[str, object],
) -> None:
    known = known_lines()
    told = hear(said(json.dumps(facts)), NOW_US, NAMES, known).troubles
    assert all(known.may_say(each.says) and each.who in {*NAMES, "box", "kernel"} for each in told)


def test_the_patterns_can_be_handed_in() -> None:
    nothing = dataclasses.replace(known_lines(), loud=(), usual=(), errors=frozenset())
    assert hear(said(line(REFUSED)), NOW_US, NAMES, nothing) == Heard((), 1)
