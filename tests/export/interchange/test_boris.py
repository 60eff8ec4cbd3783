import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.export.interchange import boris_reader, made
from vigbox.export.interchange import boris


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("boris")
    path = folder / "VIG-7.boris"
    path.write_bytes(boris.to_bytes(made.NOTED))
    is_changed, message, problems, found = boris_reader.read(path, folder)
    assert (is_changed, message, problems) == (False, "", "")
    return found


def ms(ticks: int) -> float:
    return -(-ticks // 90) / 1000


def events(project: dict[str, Any]) -> list[list[Any]]:
    (observation,) = project["observations"].values()
    found: list[list[Any]] = observation["events"]
    return found


def test_boris_reads_every_clip_from_its_in_to_its_out(project: dict[str, Any]) -> None:
    for each in made.SPANS:
        own = [row for row in events(project) if row[2:4] == ["Clip", str(each.number)]]
        assert [row[0] for row in own] == [ms(each.start_ticks), ms(each.end_ticks)]
        assert [row[5] for row in own] == [each.first, each.end]
        assert {row[1] for row in own} == {each.initiative}


def test_boris_reads_marks_as_points(project: dict[str, Any]) -> None:
    assert [row[0] for row in events(project) if row[2] == "Mark"] == [0, 1.372, 599.5]
    kinds = {each["code"]: each["type"] for each in project["behaviors_conf"].values()}
    assert kinds["Mark"] == "Point event"
    assert kinds["Clip"] == kinds["Being attentive"] == "State event"


def test_states_that_overlap_are_one_so_that_every_start_has_its_stop(
    project: dict[str, Any],
) -> None:
    rows = [row for row in events(project) if row[2] == "Receiving initiatives"]
    first, second = made.SPANS[:2]
    assert [row[0] for row in rows] == [
        ms(first.start_ticks),
        ms(max(first.end_ticks, second.end_ticks)),
    ]
    assert {row[3] for row in rows} == {"returning eye-contact smiling nodding in response"}


def test_people_are_subjects_and_the_film_is_named(project: dict[str, Any]) -> None:
    assert [each["name"] for each in project["subjects_conf"].values()] == ["mother", "child"]
    (observation,) = project["observations"].values()
    assert observation["file"]["1"] == [made.NOTED.media]
    assert observation["media_info"]["length"] == {made.NOTED.media: 600}
    assert observation["media_info"]["fps"] == {made.NOTED.media: 30}


def test_apart_in_time_the_same_state_is_there_twice() -> None:
    spans = (made.span(1, 0, 30, made.BEING), made.span(2, 60, 90, made.BEING))
    project = json.loads(boris.to_bytes(replace(made.NOTED, spans=spans)))
    rows = [row for row in events(project) if row[2] == "Being attentive"]
    assert [row[0] for row in rows] == [0, 1, 2, 3]


def test_boris_reads_a_recording_of_which_nothing_was_noted(tmp_path: Path) -> None:
    path = tmp_path / "empty.boris"
    path.write_bytes(boris.to_bytes(made.EMPTY))
    assert boris_reader.read(path, tmp_path)[:3] == (False, "", "")
