"""Who a box is, read back from its ``box.json``; and an id that is chosen once and for all."""

import json
from pathlib import Path

import pytest

from vigbox.store.identity import LostBoxError, known_id, own_id, read_box, refuse_lost
from vigbox.store.layout import DataFolderError, Layout


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", json.dumps({"box": "x"}).encode()])
def test_a_damaged_box_is_not_used(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "box.json").write_bytes(data)
    with pytest.raises(DataFolderError, match=r"box\.json"):
        read_box(Layout(tmp_path))


def test_a_folder_that_is_not_set_up_says_how(tmp_path: Path) -> None:
    with pytest.raises(DataFolderError, match="vigbox setup"):
        read_box(Layout(tmp_path))


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    found = Layout(tmp_path / "data")
    found.create()
    return found


def test_an_id_is_chosen_once_for_all_to_read(layout: Layout) -> None:
    chosen = own_id(layout)
    assert chosen == own_id(layout) == known_id(layout) == layout.chosen_id.read_text().strip()
    assert layout.chosen_id.stat().st_mode & 0o777 == 0o644


def test_a_folder_that_is_not_there_yet_is_no_lost_box(tmp_path: Path) -> None:
    refuse_lost(Layout(tmp_path / "data"))


OF_A_BOX = {
    "recordings/0.mp4.age": "films: 1, keys: 0, certificates: 0, databases: 0",
    "imports/0.mp4.age": "films: 1, keys: 0, certificates: 0, databases: 0",
    "identities/database.age": "films: 0, keys: 1, certificates: 0, databases: 0",
    "identities/authority.age": "films: 0, keys: 1, certificates: 0, databases: 0",
    "identities/practitioners/0.age": "films: 0, keys: 1, certificates: 0, databases: 0",
    "identities/cases/0.age": "films: 0, keys: 1, certificates: 0, databases: 0",
    "tls/authority.pem": "films: 0, keys: 0, certificates: 1, databases: 0",
    "case.db": "films: 0, keys: 0, certificates: 0, databases: 1",
}


@pytest.mark.parametrize("left", OF_A_BOX)
def test_a_box_that_lost_both_of_its_names_gets_no_new_one(layout: Layout, left: str) -> None:
    (layout.data / left).write_bytes(b"of this box")
    before = sorted(layout.data.rglob("*"))
    with pytest.raises(LostBoxError, match=r"box\.json and box\.id are missing") as caught:
        own_id(layout)
    assert OF_A_BOX[left] in str(caught.value)
    assert "a copy of the card, or call whoever looks after the box" in str(caught.value)
    assert sorted(layout.data.rglob("*")) == before


@pytest.mark.parametrize("left", OF_A_BOX)
def test_with_its_id_it_keeps_its_name(layout: Layout, left: str) -> None:
    chosen = own_id(layout)
    (layout.data / left).write_bytes(b"of this box")
    assert own_id(layout) == chosen


def test_what_a_cut_left_of_no_whole_file_is_no_box(layout: Layout) -> None:
    for left in ("case.schema", "box.id.tmp", "recordings/readme", "tls/.tmp", "wifi.key"):
        (layout.data / left).write_bytes(b"")
    assert own_id(layout)


def test_an_id_that_cannot_be_read_is_told_and_not_drawn_anew(layout: Layout) -> None:
    layout.chosen_id.write_text("Anna")
    with pytest.raises(DataFolderError, match="it holds no id"):
        own_id(layout)
    assert layout.chosen_id.read_text() == "Anna"
