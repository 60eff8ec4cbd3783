"""What of the last update is worth a line on the page Health."""

import json
from pathlib import Path

import pytest

from vigbox.appliance.updates.finding import last_update
from vigbox.appliance.updates.place import UNDER_WAY, Place, this_boot


def told(data: Path, **facts: object) -> list[tuple[bool, str]]:
    (data / "update.json").write_text(json.dumps(facts))
    return [(each.is_well, each.says) for each in last_update(Place(data))]


def test_without_an_update_and_after_one_that_stayed_there_is_nothing_to_say(
    tmp_path: Path,
) -> None:
    assert last_update(Place(tmp_path)) == []
    assert told(tmp_path, state="done", version="0.2.0") == []
    assert told(tmp_path, state="offered", version="0.2.0") == []


def test_one_that_was_gone_back_from_is_the_only_one_that_is_not_well(tmp_path: Path) -> None:
    facts = {"version": "0.2.0", "before": "0.1.0", "why": "The page does not answer."}
    why = "did not come up well, so the box went back to 0.1.0: The page does not answer."
    assert told(tmp_path, state="gone back", **facts) == [(False, f"Version 0.2.0 {why}")]
    ((is_well, says),) = told(tmp_path, state="refused", **facts)
    assert is_well
    assert says == "The last update was not installed: The page does not answer."


@pytest.mark.parametrize("state", UNDER_WAY)
def test_one_that_is_under_way_is_said(tmp_path: Path, state: str) -> None:
    assert told(tmp_path, state=state, version="0.2.0") == [
        (True, "Version 0.2.0 is being installed.")
    ]


@pytest.mark.parametrize("state", ["installing", "proving", "going back"])
def test_what_another_boot_told_is_over(tmp_path: Path, state: str) -> None:
    assert told(tmp_path, state=state, version="0.2.0", boot="another") == []
    assert told(tmp_path, state=state, version="0.2.0", boot=this_boot()) != []


@pytest.mark.parametrize("state", [None, 5, [], {}, "", "gone", "Gone back"])
def test_a_state_that_is_none_is_nothing_to_say(tmp_path: Path, state: object) -> None:
    assert told(tmp_path, state=state, version="0.2.0") == []
