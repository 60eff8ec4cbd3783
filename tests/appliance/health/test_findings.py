"""What the facts mean, in sentences that a page can say in its own language."""

import ast
import dataclasses
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import vigbox
from tests.web.test_refusals import GAP, is_known, said
from vigbox.appliance.health.facts import Facts, UnitState
from vigbox.appliance.health.findings import findings, wants_a_look
from vigbox.appliance.wifi_state import PROBLEMS
from vigbox.store.settings_file import read
from vigbox.web.sentences_health import HEALTH

NOW = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
RUN = tuple(UnitState(each, "active") for each in ("lamp", "recorder", "web"))
WELL = Facts(
    at=NOW.isoformat(), room_bytes=60 << 30, card="eMMC", worn_percent=10, celsius=50,
    power="firmware", memory="counted", swap="none", radio="on", hotspot="on", units=RUN,
)  # fmt: skip
BYTES_PER_S = 500_000
NOW_BOOTTIME_S = 11_000


def of(**changed: object) -> dict[str, tuple[bool, str]]:
    facts = dataclasses.replace(WELL, **changed)  # type: ignore[arg-type]  # as the tests name them
    found = findings(facts, BYTES_PER_S, NOW, NOW_BOOTTIME_S)
    return {each.about: (each.is_well, each.says) for each in found}


def test_a_box_that_is_well_says_so_of_everything() -> None:
    found = of()
    assert all(is_well for is_well, _ in found.values()), found
    assert found["room"][1] == "There is room for 35 hours of film."


@pytest.mark.parametrize(
    ("about", "changed", "told"),
    [
        ("room", {"room_bytes": 600_000_000}, "room for 20 minutes of film. Export and erase"),
        ("room", {"is_read_only": True}, "can only be read"),
        ("wear", {"worn_percent": 90}, "nearly worn out. Have it replaced"),
        ("wear", {"worn_percent": None, "is_spent": True}, "nearly worn out"),
        ("wear", {"card_errors": 3}, "failed 3 times. Export what you need"),
        ("heat", {"celsius": 80}, "hot: 80 °C. Give it air"),
        ("heat", {"is_slowed": True}, "The box is hot"),
        ("heat", {"was_slowed": True}, "was too hot since"),
        ("power", {"is_weak": True, "was_weak": True}, "too weak now. Use the power supply"),
        ("power", {"was_weak": True}, "was too weak since"),
        ("memory", {"memory": "uncounted"}, "Write cgroup_enable=memory at the end"),
        ("memory", {"swap": "card"}, "plain pictures. Switch swap off"),
        ("wifi", {"radio": "blocked"}, "no country is set. Write the country's two letters in"),
        ("wifi", {"hotspot": "off"}, "Wi-Fi is off. Switch"),
        ("wifi", {"wifi": "unprepared", "hotspot": "none"}, "country is set in vigbox.toml"),
        ("wifi", {"wifi": "same-name"}, "Another box is near"),
        ("programs", {"units": (UnitState("web", "failed"),)}, "The web does not run. Switch"),
        ("programs", {"units": (UnitState("recorder", "active", 9),)}, "begin anew 9 times"),
        ("health", {"at": (NOW - timedelta(hours=2)).isoformat()}, "seen 120 minutes ago"),
        ("health", {"uptime_s": NOW_BOOTTIME_S - 3 * 3600}, "seen 180 minutes ago"),
        ("health", {"at": ""}, "Nobody has looked"),
    ],
)
def test_what_is_not_well_says_what_to_do(
    about: str, changed: dict[str, object], told: str
) -> None:
    is_well, says = of(**changed)[about]
    assert not is_well
    assert told in says


@pytest.mark.parametrize(
    ("changed", "is_wanted"),
    [
        ({}, False),
        ({"is_weak": True}, True),
        ({"room_bytes": 600_000_000}, True),
        ({"hotspot": "off"}, True),
        # the network helper says these itself, and takes them back at once
        ({"wifi": "blocked"}, False),
        ({"wifi": "blocked", "celsius": 90}, True),
        ({"wifi": "no-helper", "hotspot": "off"}, True),
    ],
)
def test_what_the_page_calls_not_well_is_worth_a_look(
    changed: dict[str, object], *, is_wanted: bool
) -> None:
    facts = dataclasses.replace(WELL, **changed)  # type: ignore[arg-type]  # as the tests name them
    assert wants_a_look(facts, BYTES_PER_S, NOW, NOW_BOOTTIME_S) is is_wanted


def test_facts_of_nobody_are_worth_a_look() -> None:
    assert wants_a_look(Facts(), BYTES_PER_S, NOW, NOW_BOOTTIME_S)


@pytest.mark.parametrize(
    ("changed", "count"),
    [
        ({"memory": "uncounted", "swap": "card"}, 2),
        ({"memory": "counted", "swap": "memory"}, 0),
    ],
)
def test_each_fault_of_memory_is_told_and_swap_that_is_memory_is_none(
    changed: dict[str, str], count: int
) -> None:
    facts = dataclasses.replace(WELL, **changed)  # type: ignore[arg-type]  # as the tests name them
    found = findings(facts, BYTES_PER_S, NOW, NOW_BOOTTIME_S)
    assert len([each for each in found if not each.is_well]) == count


@pytest.mark.parametrize("changed", [{"memory": ""}, {"swap": ""}])
def test_of_memory_that_is_not_known_nothing_good_is_said(changed: dict[str, str]) -> None:
    assert "memory" not in of(**changed)


def test_no_box_is_told_to_be_set_up_again_which_it_would_refuse() -> None:
    assert not [each for each in sentences("appliance/health/findings.py") if "up again" in each]


def test_what_cannot_be_told_is_said_and_is_no_alarm() -> None:
    found = of(worn_percent=None, celsius=None, power="", radio="none", hotspot="none")
    assert all(is_well for is_well, _ in found.values())
    assert found["wear"][1] == "This card does not tell how worn it is."
    assert found["power"][1] == "Nothing here tells how good the power supply is."


def test_whatever_the_network_helper_says_has_its_sentence() -> None:
    for each in PROBLEMS - {"no-helper"}:
        is_well, says = of(wifi=each)["wifi"]
        assert not is_well
        assert "{" not in says
        assert says in {*HEALTH}


def test_a_clock_that_was_set_back_makes_nothing_old() -> None:
    assert "health" not in of(at=(NOW + timedelta(days=9)).isoformat())


def test_a_clock_that_an_unlock_set_makes_nothing_old() -> None:
    before = (NOW - timedelta(hours=12)).isoformat()
    assert "health" not in of(at=before, uptime_s=NOW_BOOTTIME_S - 60)


def test_nothing_known_is_told() -> None:
    found = findings(None, BYTES_PER_S, NOW, NOW_BOOTTIME_S)
    assert [each.is_well for each in found] == [False]


def sentences(path: str) -> set[str]:
    """Every text of a module that reads as a sentence."""
    tree = ast.parse((Path(vigbox.__file__).parent / path).read_text())
    documents = {ast.get_docstring(each, clean=False) for each in ast.walk(tree)
                 if isinstance(each, ast.Module | ast.ClassDef | ast.FunctionDef)}  # fmt: skip
    inside = {id(part) for each in ast.walk(tree) if isinstance(each, ast.JoinedStr)
              for part in each.values}  # fmt: skip
    after = {id(each.value) for each in ast.walk(tree) if isinstance(each, ast.Expr)}
    texts = (
        text for each in ast.walk(tree)
        if isinstance(each, ast.JoinedStr | ast.Constant)
        and id(each) not in inside | after
        for text in said(each)
    )  # fmt: skip
    return {each for each in texts if each not in documents and " " in each.replace(GAP, "")
            and each.endswith((".", GAP))}  # fmt: skip


def test_every_sentence_can_be_translated() -> None:
    found = sentences("appliance/health/findings.py")
    assert len(found) >= 25, "the code is read"
    assert sorted(each for each in found if not is_known(each)) == []


@pytest.mark.parametrize(
    "text",
    [
        "widht = 5\nwidth = 5\ntwo_lamps = 1\naddress = 5\ndata = 5\noutlet_config = 5\n",
        'width = 640\nwidth = 640\ncolour = 5\nwhat?\nmicrophone = a\naddress = "a"\n',
        "rubbish\n" * 40,
        "\xff\xfe",
    ],
)
def test_every_mistake_of_the_settings_can_be_translated(tmp_path: Path, text: str) -> None:
    path = tmp_path / "vigbox.toml"
    path.write_bytes(text.encode("latin-1"))
    told = [*read(path).sentences, *read(tmp_path).sentences]
    assert len(told) > 2
    for each in told:
        assert is_known(each), each
        if " must be " in each:
            assert is_known(each.split(": ", 1)[1].split(". Write")[0]), each
