"""Whatever else runs on a box, the recorder comes before it, and what stops begins again."""

import configparser
from pathlib import Path

import pytest

from vigbox.recorder import control, preview

SYSTEMD = Path(__file__).parents[2] / "systemd"
SERVICES = sorted(each.name for each in SYSTEMD.glob("*.service"))
OTHERS = [each for each in SERVICES if each != "vigbox-recorder.service"]
USUAL = {"CPUWeight": 100, "IOWeight": 100, "OOMScoreAdjust": 0, "Nice": 0}
"""What systemd takes where a unit says nothing."""


def said(unit: str) -> dict[str, str]:
    found = configparser.RawConfigParser(strict=False)
    found.optionxform = str  # type: ignore[assignment]  # configparser's own way
    found.read(SYSTEMD / unit)
    return dict(found["Service"])


def weight(unit: str, key: str) -> int:
    value = said(unit).get(key, str(USUAL[key]))
    return 0 if value == "idle" else int(value)


@pytest.mark.parametrize("unit", OTHERS)
@pytest.mark.parametrize("key", ["CPUWeight", "IOWeight"])
def test_the_recorder_has_ten_times_the_share_of_any_other(unit: str, key: str) -> None:
    assert weight("vigbox-recorder.service", key) >= 10 * weight(unit, key)


@pytest.mark.parametrize("unit", [each for each in OTHERS if each != "vigbox-lamp.service"])
def test_any_other_is_ended_for_want_of_memory_and_waits_before_the_recorder(unit: str) -> None:
    recorder = "vigbox-recorder.service"
    assert weight(recorder, "OOMScoreAdjust") < weight(unit, "OOMScoreAdjust")
    assert weight(recorder, "Nice") < weight(unit, "Nice")


def test_whoever_asks_the_recorder_leaves_it_threads_for_a_film() -> None:
    asked = control._MOST_ASKERS + preview._MOST_READERS
    assert int(said("vigbox-recorder.service")["TasksMax"]) - asked >= 64


def test_the_lamp_that_is_kept_longer_still_is_small() -> None:
    assert int(said("vigbox-lamp.service")["TasksMax"]) <= 16


@pytest.mark.parametrize(
    "unit", ["vigbox-web.service", "vigbox-media@.service", "vigbox-health.service"]
)
def test_what_works_on_films_has_a_limit_of_memory_and_no_swap(unit: str) -> None:
    assert said(unit)["MemoryMax"]
    assert said(unit)["MemorySwapMax"] == "0"


@pytest.mark.parametrize("unit", ["vigbox-recorder.service", "vigbox-lamp.service"])
def test_what_hangs_is_started_again(unit: str) -> None:
    assert said(unit)["WatchdogSec"]
    assert said(unit)["Type"] == "notify"


@pytest.mark.parametrize(
    "unit", [each for each in SERVICES if said(each).get("Type", "simple") in ("notify", "simple")]
)
def test_what_runs_on_begins_again_whatever_stops_it(unit: str) -> None:
    if "@" in unit:  # one job, whose end somebody waits for
        return
    if unit == "vigbox-setup.service":  # ends well once the box is set up
        assert said(unit)["Restart"] == "on-failure"
        return
    assert said(unit)["Restart"] == "always"


@pytest.mark.parametrize("unit", SERVICES)
def test_nothing_leaves_its_memory_on_the_card(unit: str) -> None:
    is_ours = "/opt/vigbox" in said(unit).get("ExecStart", "")
    assert not is_ours or said(unit).get("LimitCORE") == "0"
