import itertools
import re
from dataclasses import replace
from pathlib import Path

import pytest
from pympi.Elan import Eaf

from tests.export.interchange import made
from vigbox.export.interchange import elan


@pytest.fixture(scope="module")
def eaf(tmp_path_factory: pytest.TempPathFactory) -> Eaf:
    path = tmp_path_factory.mktemp("elan") / "VIG-7.eaf"
    path.write_bytes(elan.to_bytes(made.NOTED))
    return Eaf(path)


def test_elan_has_a_tier_for_clips_marks_each_person_and_each_heading(eaf: Eaf) -> None:
    assert list(eaf.get_tier_names()) == [
        "Clips",
        "Clips (2)",
        "Clips (3)",
        "Marks",
        "Initiative: mother",
        "Initiative: mother (2)",
        "Initiative: child",
        "Being attentive",
        "Receiving initiatives",
        "Receiving initiatives (2)",
        'Zuhören & "warten" <b>',
    ]


def test_clips_are_where_they_are_to_the_millisecond(eaf: Eaf) -> None:
    names = [each for each in eaf.get_tier_names() if each.startswith("Clips")]
    found = [said for each in names for said in eaf.get_annotation_data_for_tier(each)]
    wanted = [
        (-(-each.start_ticks // 90), -(-each.end_ticks // 90), made.NOTED.label(each))
        for each in made.SPANS
    ]
    assert sorted(each[:3] for each in found) == sorted(wanted)


def test_no_two_annotations_of_a_tier_overlap(eaf: Eaf) -> None:
    for name in eaf.get_tier_names():
        said = sorted(eaf.get_annotation_data_for_tier(name))
        for before, after in itertools.pairwise(said):
            assert before[1] <= after[0], name


def test_marks_and_items_are_told(eaf: Eaf) -> None:
    assert eaf.get_annotation_data_for_tier("Marks") == [
        (0, 1000, "Mark 1"),
        (1372, 2372, "Mark 2"),
        (599_500, 600_500, "Mark 3"),
    ]
    (quoted,) = eaf.get_annotation_data_for_tier('Zuhören & "warten" <b>')
    assert quoted[2] == "l'attente / 等待"


def test_the_film_lies_beside_it(eaf: Eaf) -> None:
    (linked,) = eaf.get_linked_files()
    assert linked["RELATIVE_MEDIA_URL"] == f"./{made.NOTED.media}"
    assert linked["MIME_TYPE"] == "video/mp4"


def test_without_anything_noted_it_is_a_document_still(tmp_path: Path) -> None:
    path = tmp_path / "empty.eaf"
    path.write_bytes(elan.to_bytes(made.EMPTY))
    assert list(Eaf(path).get_tier_names()) == ["Clips", "Marks"]


@pytest.mark.parametrize("made_at", ["2026-03-04", made.NOTED.made_at])
def test_its_date_is_a_date_and_a_time_though_only_the_day_be_known(made_at: str) -> None:
    document = elan.to_bytes(replace(made.NOTED, made_at=made_at)).decode()
    assert re.search(r'DATE="\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d"', document)


def test_elements_stand_in_the_order_of_the_schema() -> None:
    children = re.findall(r"^ <([A-Z_]+)", elan.to_bytes(made.NOTED).decode(), re.MULTILINE)
    order = ["HEADER", "TIME_ORDER", "TIER", "LINGUISTIC_TYPE"]
    assert list(dict.fromkeys(children)) == order
