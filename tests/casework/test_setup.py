"""A set-up makes every key once, and keeps neither of the two secrets a person is shown."""

from pathlib import Path

import pytest

from tests.casework.conftest import Box, a_case
from vigbox.casework.setup import AlreadySetUpError, NotNewError, clear_unfinished, set_up
from vigbox.seal.identities import X25519Identity
from vigbox.seal.opening import open_bytes


def files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_box_is_set_up_once(box: Box) -> None:
    before = files(box.layout.data)
    with pytest.raises(AlreadySetUpError, match="Nothing was changed"):
        set_up(box.layout, work_factor=10)
    assert files(box.layout.data) == before


@pytest.mark.parametrize(
    "left",
    [
        "recordings/0.mp4.age",
        "identities/cases/0.age",
        "arming/armed.json",
        "arming/unarmed.json",
        "armed.json",
        "unarmed.json",
    ],
)
def test_a_box_that_lost_its_box_json_is_no_new_one(box: Box, left: str) -> None:
    box.layout.box.unlink()
    (box.layout.data / left).write_bytes(b"of this box")
    before = files(box.layout.data)
    for again in (lambda: set_up(box.layout, work_factor=10), lambda: clear_unfinished(box.layout)):
        with pytest.raises(NotNewError, match="Nothing was changed: call"):
            again()
    assert files(box.layout.data) == before


def test_a_box_that_lost_its_id_as_well_keeps_its_keys(box: Box) -> None:
    box.layout.box.unlink()
    box.layout.chosen_id.unlink()
    before = files(box.layout.data)
    for again in (lambda: set_up(box.layout, work_factor=10), lambda: clear_unfinished(box.layout)):
        with pytest.raises(NotNewError, match=r"box\.id are missing .* no new name"):
            again()
    assert files(box.layout.data) == before


def test_what_a_cut_set_up_left_is_no_box(box: Box) -> None:
    box.layout.box.unlink()
    set_up(box.layout, work_factor=10)


def test_neither_secret_is_kept(box: Box) -> None:
    for data in files(box.layout.data).values():
        assert box.secrets.passphrase.encode() not in data
        assert box.secrets.recovery.encode() not in data


def test_the_recovery_identity_opens_what_the_practitioner_can(box: Box) -> None:
    recovery, case = X25519Identity.parse(box.secrets.recovery), a_case(box.desk, "REC-1")
    layout = box.layout
    for path in (layout.arming_key, layout.database_key, layout.case_identity(case.id)):
        assert open_bytes(path.read_bytes(), [recovery])
