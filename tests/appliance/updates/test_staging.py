"""An update is taken in by one at a time, with the way back beside it."""

import io
import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from tests.appliance.updates.made import (
    KEY,
    PACKAGE,
    STRANGER,
    Pretended,
    header,
    is_locked,
    left,
    update_of,
)
from tests.appliance.updates.twin import Twin
from vigbox.appliance.updates.judge import SPARE_BYTES, Installed
from vigbox.appliance.updates.place import Place
from vigbox.appliance.updates.release import (
    UpdateRefusedError,
)
from vigbox.appliance.updates.staging import Staging, UnderWayError, schema_of
from vigbox.appliance.updates.steps import Journal, Update
from vigbox.appliance.updates.stick import look_in
from vigbox.casework.schema import HEAD


def test_an_update_that_is_taken_in_is_begun_from_nothing_but_root_s_folder(
    staging: Staging,
) -> None:
    journal = staging.take(io.BytesIO(update_of()), "terminal")
    assert (journal.step, journal.version, journal.before) == ("waiting", "0.2.0", "0.1.0")
    assert left(staging) == {"journal.json", "next.deb", "before.deb", "steps.py"}
    assert (staging.place.folder / "next.deb").read_bytes() == PACKAGE
    assert staging.place.status()["state"] == "waiting"
    text = (staging.place.folder / "steps.py").read_text()
    assert "journal.json" in text
    with pytest.raises(UnderWayError):
        staging.take(io.BytesIO(update_of()), "page")


@pytest.mark.parametrize("damage", ["cut", "byte", "unsigned", "older"])
def test_of_an_update_that_is_refused_nothing_is_left(staging: Staging, damage: str) -> None:
    data = bytearray(update_of(key=STRANGER if damage == "unsigned" else KEY))
    if damage == "cut":
        del data[-1]
    elif damage == "byte":
        data[-7] ^= 1
    elif damage == "older":
        data = bytearray(update_of(version="0.0.1"))
    with pytest.raises(UpdateRefusedError):
        staging.take(io.BytesIO(data), "page")
    assert left(staging) == set()
    assert not staging.place.is_under_way()


def test_the_release_that_was_kept_is_what_is_gone_back_to(staging: Staging) -> None:
    staging.place.folder.mkdir()
    (staging.place.folder / "kept.deb").write_bytes(PACKAGE)
    staging.take(io.BytesIO(update_of()), "page")
    assert (staging.place.folder / "before.deb").read_bytes() == PACKAGE


def test_on_one_file_system_the_room_is_not_counted_twice(
    staging: Staging, monkeypatch: pytest.MonkeyPatch
) -> None:
    # enough for the new files alone, and for the update with the way back alone
    monkeypatch.setattr(
        "vigbox.appliance.updates.staging.room_bytes", lambda _: SPARE_BYTES + header().room_bytes
    )
    with pytest.raises(UpdateRefusedError, match="MB are missing"):
        staging.take(io.BytesIO(update_of()), "page")
    assert left(staging) == set()


def test_an_older_version_leaves_the_page_to_be_started_by_the_update(staging: Staging) -> None:
    older = update_of(version="0.0.9")
    assert (
        "vigbox-web.service" in staging.take(io.BytesIO(older), "terminal", allow_older=True).units
    )


@pytest.mark.parametrize("is_by_itself", [True, False, None])
def test_whoever_takes_an_update_in_is_the_only_one(
    staging: Staging, tmp_path: Path, *, is_by_itself: bool | None
) -> None:
    held: list[bool] = []

    class Asking(Pretended):
        def facts(self, schema: str) -> Installed:
            held.append(is_locked(staging.place.folder))
            return super().facts(schema)

    asking = replace(staging, package=Asking(staging.root))
    if is_by_itself is None:
        asking.take(io.BytesIO(update_of()), "page")
    else:
        (tmp_path / "a.update").write_bytes(update_of())
        look_in(tmp_path, asking, is_by_itself=is_by_itself)
    assert held
    assert all(held)
    assert not is_locked(staging.place.folder)


def test_of_two_at_once_the_second_leaves_what_the_first_laid_ready(staging: Staging) -> None:
    ended, looked = threading.Event(), threading.Event()
    refusals: list[str] = []

    class Watched(Place):
        def is_under_way(self) -> bool:
            found = super().is_under_way()
            looked.set()  # it has looked, and believes that it is the only one
            return found

    def take() -> None:
        try:
            late = replace(staging, place=Watched(staging.place.data))
            late.take(io.BytesIO(update_of(version="0.3.0")), "page")
        except UnderWayError as error:
            refusals.append(str(error))
        ended.set()

    staging.place.folder.mkdir()
    with staging.alone():
        thread = threading.Thread(target=take)
        thread.start()
        assert looked.wait(30)
        staging.lay_ready(io.BytesIO(update_of()), "stick")
    thread.join(30)
    assert ended.is_set()
    assert refusals == ["An update is under way already. Wait until it is over."]
    assert left(staging) == {"journal.json", "next.deb", "before.deb", "steps.py"}
    assert staging.place.status()["version"] == "0.2.0"


@pytest.mark.parametrize("name", ["case.schema", "update.json"])
@pytest.mark.parametrize("is_pipe", [True, False])
def test_root_reads_no_link_and_waits_for_no_pipe_in_the_data_folder(
    staging: Staging, tmp_path: Path, name: str, *, is_pipe: bool
) -> None:
    (tmp_path / "secret").write_text('{"state": "9999"}')
    if is_pipe:
        os.mkfifo(staging.place.data / name)
    else:
        (staging.place.data / name).symlink_to(tmp_path / "secret")
    assert schema_of(staging.place.data) == HEAD
    assert staging.place.status() == {}


def test_a_journal_is_read_by_the_copy_of_the_steps(staging: Staging) -> None:
    taken = staging.take(io.BytesIO(update_of()), "page")
    found = Update(staging.place.folder, Twin(staging.place.data)).read()
    assert found == taken
    assert isinstance(found, Journal)


@pytest.mark.parametrize("noted", ["9999", "zzzz", "~"])
def test_a_schema_that_this_version_cannot_have_made_keeps_no_update_off(
    staging: Staging, noted: str
) -> None:
    (staging.place.data / "case.schema").write_text(noted)
    assert schema_of(staging.place.data) == HEAD
    assert staging.take(io.BytesIO(update_of()), "page").schema == HEAD


def test_an_older_schema_is_the_one_that_was_gone_back_to(staging: Staging) -> None:
    (staging.place.data / "case.schema").write_text("0007\n")
    assert schema_of(staging.place.data) == "0007"
