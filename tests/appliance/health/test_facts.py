"""The record that goes between two users: what does not fit is left out, nothing is invented."""

import dataclasses
import json
import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as some

from vigbox.appliance.health.facts import BOARD, KERNEL, VERSION, Facts, Trouble, UnitState

WHOLE = Facts(
    at="2026-11-21T20:00:00+00:00", vigbox="0.1.0", python="3.13.5", kernel="6.12.34+rpt-rpi-v8",
    system="Raspberry Pi OS 13", board="Raspberry Pi 5 Model B Rev 1.0", is_pi=True, uptime_s=9,
    room_bytes=1 << 30, size_bytes=1 << 34, card="SD", worn_percent=10, is_spent=True,
    written_bytes=1 << 40, card_errors=2, is_read_only=True, celsius=-5, power="sensor",
    was_weak=True, is_weak=True, was_slowed=True, is_slowed=True, memory="uncounted",
    swap="card", radio="blocked", country="unset", hotspot="off", wifi="same-name",
    clock_network=True, clock_chip=True, other_lines=7,
    units=(UnitState("web", "failed", 3),), troubles=(Trouble("web", "not sent: …", 2, 1),),
)  # fmt: skip
FIELDS = sorted(each.name for each in dataclasses.fields(Facts))
json_values = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(),
    lambda inner: some.lists(inner) | some.dictionaries(some.text(), inner),
    max_leaves=8,
)


def fits(found: Facts) -> bool:
    """Tell whether every text in there is a short word of the lists."""
    texts = [each for each in dataclasses.astuple(found) if isinstance(each, str)]
    texts += [word for each in found.units for word in (each.name, each.state)]
    signs = set(string.ascii_letters + string.digits + " .:+-~")
    return all(len(each) < 64 and set(each) <= signs for each in texts)


def test_what_was_found_comes_back_whole() -> None:
    default = dataclasses.asdict(Facts())
    assert all(value != default[key] for key, value in dataclasses.asdict(WHOLE).items())
    assert Facts.from_json(WHOLE.to_json()) == WHOLE
    assert Facts.from_json("{}") == Facts()


@pytest.mark.parametrize("field", FIELDS)
def test_a_field_of_another_kind_is_not_known_and_the_others_stay(field: str) -> None:
    told = json.loads(WHOLE.to_json())
    empty = getattr(Facts(), field)
    for odd in ("Anna van Dijk", "6.12-annas", 1e99, 1 << 62, -100, None, {"a": 1}, [["Anna"]]):
        found = Facts.from_json(json.dumps(told | {field: odd}))
        assert found == dataclasses.replace(WHOLE, **{field: empty}), odd


@pytest.mark.parametrize("text", ["[]", "5", "null", '"Anna"', "", "{", "{]", b"\xff\xfe"])
def test_what_is_no_record_is_refused(text: str | bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Facts.from_json(text)


def test_no_more_rows_are_read_than_a_box_has() -> None:
    rows = [{"name": "web", "state": "active", "restarts": n} for n in range(1000)]
    assert len(Facts.from_json(json.dumps({"units": rows})).units) == 64


def test_a_row_with_one_odd_value_is_left_out_alone() -> None:
    rows = [
        {"name": "web", "state": "active", "restarts": True},
        {"name": "web", "state": "active"},
        {"name": "web\n", "state": "active", "restarts": 0},
        {"name": "lamp", "state": "active", "restarts": 0, "more": "Anna"},
        "lamp",
    ]
    found = Facts.from_json(json.dumps({"units": rows}))
    assert found == Facts(units=(UnitState("lamp", "active"),))


@given(some.dictionaries(some.sampled_from(FIELDS) | some.text(), json_values))
def test_whatever_somebody_writes_nothing_but_words_of_the_lists_is_read(
    told: dict[str, object],
) -> None:
    found = Facts.from_json(json.dumps(told))
    assert fits(found)
    assert Facts.from_json(found.to_json()) == found


@given(some.sampled_from(FIELDS), some.data())
def test_a_text_that_is_nearly_one_is_read_whole_or_not_at_all(
    field: str, data: some.DataObject
) -> None:
    before = json.loads(WHOLE.to_json())[field]
    more = data.draw(some.text(min_size=1, max_size=20))
    told = f"{before}{more}" if data.draw(some.booleans()) else f"{more}{before}"
    found = Facts.from_json(json.dumps({field: told}))
    assert getattr(found, field) in (told, getattr(Facts(), field))
    assert fits(found)


@given(some.binary() | some.text())
def test_bytes_are_read_or_refused_and_nothing_else(text: str | bytes) -> None:
    try:
        assert fits(Facts.from_json(text))
    except (ValueError, RecursionError):
        return


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        (VERSION, ["0.1.0", "13", "3.13.0rc1", "0.2.0~1", "1.0.dev3"], ["", "1.0-anna", "1\n"]),
        (KERNEL, ["6.12.34+rpt-rpi-v8", "6.1.0-18-arm64", "6.12"], ["6.1-annas", "6", "x6.1"]),
        (BOARD, ["Raspberry Pi Zero 2 W Rev 1.0", "Raspberry Pi 4 Model B", "Raspberry Pi",
                 "Raspberry Pi Compute Module 4 Rev 1.1", "Raspberry Pi 3 Model B Plus Rev 1.3"],
         ["Raspberry Pi of Anna", "Raspberry Pi 4 Model B Rev 1.4 Anna", ""]),
    ],
)  # fmt: skip
def test_the_patterns_know_the_machines_there_are(
    pattern: str, good: list[str], bad: list[str]
) -> None:
    assert all(re.fullmatch(pattern, each, re.ASCII) for each in good)
    assert not any(re.fullmatch(pattern, each, re.ASCII) for each in bad)
