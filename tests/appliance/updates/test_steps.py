"""An update's steps on a twin of a machine: done, gone back from, cut at every call."""

import contextlib
import errno
import json
import math
import os
import shutil
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from tests.appliance.updates.made import KINDS, is_locked, plant
from tests.appliance.updates.twin import NO_CAMERA, UNITS, CutError, Twin, twin
from vigbox.appliance import wifi_state
from vigbox.appliance.updates import steps
from vigbox.appliance.updates.steps import AROUND, FRONT, RECORDER, RIGHTS, WIFI, Unit, Update
from vigbox.appliance.wifi_state import Problem, WifiState
from vigbox.store.settings_file import read


def told(update: Update) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((update.data / "update.json").read_text())
    return found


def names(update: Update) -> set[str]:
    return {each.name for each in update.folder.iterdir()}


def is_well(update: Update, version: str) -> bool:
    at = twin(update)
    return at.package() == ("install ok installed", version) and all(at.pids.values())


def test_a_well_release_stays_and_is_kept_for_the_next_update(update: Update) -> None:
    (update.folder / "newer-case.db").write_text("of an update that was gone back from")
    update.go_on()
    assert told(update)["state"] == "done"
    assert is_well(update, "2")
    assert (update.folder / "kept.deb").read_text() == "2"
    assert names(update) == {"kept.deb"}


@pytest.mark.parametrize("ill", [*UNITS, *AROUND, "page", "silent", "camera", "dpkg"])
def test_an_ill_release_is_gone_back_from(update: Update, ill: str) -> None:
    twin(update).ill = ill
    update.go_on()
    found = told(update)
    assert (found["state"], found["version"], found["before"]) == ("gone back", "2", "1")
    assert found["why"]
    assert is_well(update, "1")
    assert (update.folder / "kept.deb").read_text() == "1"


@pytest.mark.parametrize("ill", AROUND)
def test_what_the_page_is_reached_through_is_named_when_it_is_ill(update: Update, ill: str) -> None:
    twin(update).ill = ill
    update.go_on()
    assert told(update)["why"] == AROUND[ill]


@pytest.mark.parametrize("ill", AROUND)
def test_what_was_ill_before_is_asked_of_no_version(update: Update, ill: str) -> None:
    twin(update).poor = {ill}
    update.go_on()
    assert told(update)["state"] == "done"


@pytest.mark.parametrize(
    ("name", "comes_s", "state"),
    [
        (WIFI, 200.0, "done"),
        (WIFI, steps.WIFI_S + steps.PATIENCE_S + 10.0, "gone back"),
        (FRONT, 100.0, "done"),
        (FRONT, 200.0, "gone back"),
    ],
)
def test_the_wifi_alone_has_a_patience_of_its_own(
    update: Update, name: str, comes_s: float, state: str
) -> None:
    at = update.machine = Pressed(update.data, update=update, lasts_s=0.0, time=3600.0)
    at.slow_s[name] = comes_s
    update.go_on()
    assert told(update)["state"] == state
    assert all(at.held), "nobody unlocks meanwhile"


def test_a_box_that_only_boots_brings_up_first_what_is_to_be_proved(update: Update) -> None:
    at = twin(update)
    at.ill, at.boot_s = WIFI, {WIFI: 60.0, "nginx.service": 20.0}
    update.go_on()
    first = at.calls.index("stop vigbox-web.service")
    assert at.calls[:first] == ["wait"] * 12
    assert told(update)["why"] == AROUND[WIFI]


def test_a_box_without_wifi_is_not_waited_for_when_it_runs_for_long(update: Update) -> None:
    at = twin(update)
    at.time, at.poor = steps.BOOTED_S, {WIFI, RIGHTS}
    update.go_on()
    assert at.calls[0] == "stop vigbox-web.service"
    assert told(update)["state"] == "done"


def test_it_is_gone_back_only_when_the_recorder_of_before_answers(update: Update) -> None:
    class Leaving(Twin):
        """The newer version's recorder is told to leave, and does ten seconds later."""

        def _renew(self) -> None:
            if self.version == "1":
                self.leaves_s = self.time + 10
            else:
                super()._renew()

        def unit(self, name: str) -> Unit:
            if name == RECORDER and self.time >= self.leaves_s:
                self.pids[name] = 77
            return super().unit(name)

    here = Leaving(update.data, ill="page")
    here.leaves_s = math.inf
    update.machine = here
    update.go_on()
    assert told(update)["state"] == "gone back"
    assert here.pids[RECORDER] == 77
    assert here.time >= here.leaves_s + steps.STEADY_S


def test_that_the_version_of_before_is_ill_as_well_is_told(update: Update) -> None:
    at = twin(update)
    at.ill = "page"
    real = at.recorder

    def recorder(socket: str) -> dict[str, Any] | None:
        return real(socket) if at.version == "2" else None

    at.recorder = recorder  # type: ignore[method-assign]
    update.go_on()
    assert told(update)["state"] == "gone back"
    assert told(update)["why"] == (
        "The page does not answer. Version 1 does not run well either: "
        "The recorder does not answer."
    )


def test_what_falls_over_again_and_again_is_not_waited_for(update: Update) -> None:
    twin(update).ill = RECORDER
    update.go_on()
    assert told(update)["why"] == f"{RECORDER} fell over 4 times."
    assert twin(update).time < steps.PATIENCE_S


def test_nothing_is_installed_while_a_film_is_made(update: Update) -> None:
    at = twin(update)
    at.film_s = 3600.0
    update.go_on()
    first = next(n for n, each in enumerate(at.calls) if each.startswith("dpkg"))
    assert at.calls[:first].count("wait") * 5.0 >= 3600.0
    assert "end film" not in at.calls
    assert told(update)["state"] == "done"


@pytest.mark.parametrize("step", ["waiting", "going back"])
def test_a_film_that_somebody_paused_for_ever_is_ended_and_holds_nothing_up(
    update: Update, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "LONGEST_FILM_S", 1800.0)
    at = twin(update)
    journal = update.read()
    assert journal
    update.write(replace(journal, step=step))
    at.film_s = math.inf
    update.go_on()
    assert told(update)["state"] == ("done" if step == "waiting" else "gone back")
    assert at.calls.count("end film") == 1
    assert 1800.0 < at.calls[: at.calls.index("end film")].count("wait") * 5.0 < 1900.0


def test_no_film_that_the_settings_allow_is_so_long(tmp_path: Path) -> None:
    settings = tmp_path / "vigbox.toml"
    settings.write_text(f"longest_recording_minutes = {int(steps.LONGEST_FILM_S // 60)}\n")
    assert read(settings).faults, "the settings refuse it"
    settings.write_text("longest_recording_minutes = 720\n")
    assert not read(settings).faults


def test_one_that_is_paused_while_the_update_is_proved_neither(
    update: Update, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "LONGEST_FILM_S", 1800.0)
    at = update.machine = Pressed(update.data, update=update, lasts_s=math.inf)
    update.go_on()
    assert told(update)["state"] == "done"
    assert 1800.0 < at.time < 2000.0
    assert "end film" in at.calls
    assert all(at.held)


def test_a_database_that_nobody_changed_is_not_touched(update: Update) -> None:
    twin(update).ill = "page"
    before = (update.data / "case.db").stat().st_ino
    update.go_on()
    assert (update.data / "case.db").stat().st_ino == before


def test_a_database_that_was_brought_up_is_put_back_and_the_newer_one_kept(update: Update) -> None:
    twin(update).ill, twin(update).is_migrating = "page", True
    update.go_on()
    assert (update.data / "case.db").read_text() == "as it was"
    assert (update.data / "case.schema").read_text() == "0008"
    assert (update.folder / "newer-case.db").read_text() == "newer"
    assert told(update)["is_database_put_back"]


def test_the_newer_database_of_the_last_time_gives_way_to_the_one_of_now(update: Update) -> None:
    (update.folder / "newer-case.db").write_text("of an update that was gone back from")
    twin(update).ill, twin(update).is_migrating = "page", True
    update.go_on()
    assert (update.folder / "newer-case.db").read_text() == "newer"


def test_a_cut_while_the_database_is_put_back_keeps_both(
    update: Update, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = twin(update)
    at.ill, at.is_migrating = "page", True
    whole = steps.copy

    def cut(source: Path, target: Path) -> None:
        if target == update.data / "case.schema":
            raise CutError
        whole(source, target)

    monkeypatch.setattr(steps, "copy", cut)
    with pytest.raises(CutError):
        update.go_on()
    monkeypatch.undo()
    at.start_again()
    update.early()
    update.go_on()
    assert (update.data / "case.db").read_text() == "as it was"
    assert (update.folder / "newer-case.db").read_text() == "newer"
    assert told(update)["is_database_put_back"]


def test_a_box_that_was_not_ready_before_is_not_gone_back_from_for_that(update: Update) -> None:
    twin(update).has_camera = False
    update.go_on()
    assert told(update)["state"] == "done"


@pytest.mark.parametrize(("ill", "state"), [("", "done"), ("camera", "gone back")])
def test_a_recorder_that_began_a_moment_ago_is_asked_once_it_knows_of_its_camera(
    update: Update, ill: str, state: str
) -> None:
    twin(update).ill, twin(update).looks_until_s = ill, 10.0
    update.go_on()
    assert told(update)["state"] == state


def test_one_that_never_knows_of_its_camera_keeps_no_update_off(update: Update) -> None:
    twin(update).looks_until_s = 1e9
    update.go_on()
    assert told(update)["state"] == "done"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["case.db", "case.db-wal", "case.schema"])
def test_nothing_that_the_web_planted_is_read_as_its_database(
    update: Update, tmp_path_factory: pytest.TempPathFactory, name: str, kind: str
) -> None:
    secret = tmp_path_factory.mktemp("root") / "secret"
    secret.write_text("root's alone")
    plant(update.data / name, kind, secret)
    update.go_on()
    # what is no database of ours needs no copy, and keeps no update off
    assert told(update)["state"] == "done"
    assert is_well(update, "2")
    assert names(update) == {"kept.deb"}
    assert secret.read_text() == "root's alone"


def test_of_a_database_that_is_not_whole_no_part_is_put_back(update: Update) -> None:
    (update.data / "case.db-wal").mkdir()
    twin(update).ill, twin(update).is_migrating = "page", True
    update.go_on()
    assert told(update)["state"] == "gone back"
    assert (update.data / "case.db").read_text() == "newer"
    assert not told(update)["is_database_put_back"]


def test_a_database_of_holes_alone_fills_no_card(update: Update) -> None:
    os.truncate(update.data / "case.db", 1 << 40)
    before = os.statvfs(update.folder).f_bfree
    update.go_on()
    assert told(update)["state"] == "done"
    assert abs(os.statvfs(update.folder).f_bfree - before) < 1 << 20


def test_holes_that_the_newer_version_s_page_left_hold_up_no_way_back(update: Update) -> None:
    class Planting(Twin):
        def _renew(self) -> None:
            super()._renew()
            if self.version == "2":
                os.truncate(self.data / "case.db", 1 << 40)

    update.machine = Planting(update.data, ill="page", is_migrating=True)
    update.go_on()
    assert told(update)["state"] == "gone back"
    assert (update.data / "case.db").read_text() == "as it was"
    assert not (update.folder / "newer-case.db").exists()


def test_a_database_that_is_really_so_large_is_copied(update: Update) -> None:
    data = os.urandom(3 << 20)
    (update.data / "case.db").write_bytes(data)
    copied: list[bytes] = []

    class Looking(Twin):
        def _renew(self) -> None:
            super()._renew()
            copied.append((update.folder / "case.db").read_bytes())

    update.machine = Looking(update.data)
    update.go_on()
    assert copied == [data]


PLANTED = [".case.db.new", "case.db", "case.db-wal", "case.db-shm", "case.schema", "update.json"]


@pytest.mark.parametrize("place", PLANTED)
def test_no_folder_of_the_web_s_is_in_the_way_back(update: Update, place: str) -> None:
    class Planting(Twin):
        def _renew(self) -> None:
            super()._renew()
            if self.version == "2":
                (self.data / place).unlink(missing_ok=True)
                (self.data / place).mkdir()
                (self.data / place / "held").touch()

    update.machine = Planting(update.data, ill="page", is_migrating=True)
    update.go_on()
    assert told(update)["state"] == "gone back"
    assert update.read() is None
    if place != "case.schema":  # without it nobody knows that it was brought up
        assert (update.data / "case.db").read_text() == "as it was"
        assert told(update)["is_database_put_back"]


@pytest.mark.parametrize("place", [".case.db.new", ".update.json.new", "case.db", "case.db-wal"])
def test_root_writes_through_no_link_of_the_web_s(
    update: Update, tmp_path_factory: pytest.TempPathFactory, place: str
) -> None:
    victim = tmp_path_factory.mktemp("root") / "victim"
    victim.write_text("root's alone")
    at, before = twin(update), victim.stat()

    class Planting(Twin):
        def _renew(self) -> None:
            super()._renew()
            if self.version == "2":
                plant(self.data / place, "link", victim)

    update.machine = Planting(at.data, ill="page", is_migrating=True)
    update.go_on()
    assert told(update)["state"] == "gone back"
    assert victim.read_text() == "root's alone"
    assert (victim.stat().st_mode, victim.stat().st_uid) == (before.st_mode, before.st_uid)
    assert (update.data / "case.db").read_text() == "as it was"
    assert not (update.data / "case.db").is_symlink()


@pytest.mark.parametrize("kind", KINDS)
def test_a_planted_note_of_the_schema_stops_nobody_from_going_back(
    update: Update, tmp_path_factory: pytest.TempPathFactory, kind: str
) -> None:
    secret = tmp_path_factory.mktemp("root") / "secret"
    secret.write_text("9999")

    class Planting(Twin):
        def _renew(self) -> None:
            super()._renew()
            if self.version == "2":
                plant(self.data / "case.schema", kind, secret)

    update.machine = Planting(update.data, ill="page", is_migrating=True)
    update.go_on()
    assert told(update)["state"] == "gone back"
    assert is_well(update, "1")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files to somebody")
def test_the_database_that_is_put_back_is_its_owner_s_again(update: Update) -> None:
    os.chown(update.data / "case.db", 4321, 4322)
    twin(update).ill, twin(update).is_migrating = "page", True
    update.go_on()
    told = (update.data / "case.db").stat()
    assert (told.st_uid, told.st_gid, told.st_mode & 0o777) == (4321, 4322, 0o600)


def test_what_cannot_be_put_back_now_is_put_back_at_the_next_boot(
    update: Update, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = twin(update)
    at.ill, at.is_migrating = "page", True
    whole = steps.copy

    def full(source: Path, target: Path) -> None:
        if target.parent == update.data:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        whole(source, target)

    with monkeypatch.context() as patched:
        patched.setattr(steps, "copy", full)
        update.go_on()
    assert told(update)["state"] == "going back"
    assert is_well(update, "1")
    at.start_again()
    update.early()
    update.go_on()
    assert (update.data / "case.db").read_text() == "as it was"


@pytest.mark.parametrize("words", [[], ["--early"]])
def test_whoever_goes_on_with_an_update_is_the_only_one(update: Update, words: list[str]) -> None:
    held: list[bool] = []

    class Asking(Twin):
        def package(self) -> tuple[str, str]:
            held.append(is_locked(update.folder))
            return super().package()

    journal = update.read()
    assert journal
    update.write(replace(journal, step="installing"))
    update.machine = Asking(update.data)
    steps.main(words, update)
    assert held
    assert all(held)
    assert not is_locked(update.folder)


def test_a_folder_that_is_somebody_else_s_or_a_link_is_not_worked_in(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "updates").symlink_to(tmp_path / "other")
    with pytest.raises(OSError, match="updates"), steps.locked(tmp_path / "updates"):
        pytest.fail("it was locked")


@dataclass
class Pressed(Twin):
    """Somebody films while it is installed: the recorder of before goes on for ten minutes."""

    update: Update | None = None
    lasts_s: float = 600.0
    held: list[bool] = field(default_factory=list)

    def _renew(self) -> None:
        super()._renew()
        if self.version == "2":
            self.pids[RECORDER] = 10
            self.film_s = self.time + self.lasts_s

    def unit(self, name: str) -> Unit:
        if name == RECORDER and self.version == "2" and self.time >= self.film_s:
            self.pids[RECORDER] = 11
        return super().unit(name)

    def wait(self, seconds: float) -> None:
        super().wait(seconds)
        assert self.update
        self.held.append(told(self.update)["locked_until_s"] > self.time)


def test_for_as_long_as_it_is_proved_nobody_unlocks(update: Update) -> None:
    at = update.machine = Pressed(update.data, update=update)
    update.go_on()
    assert told(update)["state"] == "done"
    assert at.time > 600.0
    assert all(at.held)


def test_a_film_of_meanwhile_that_took_the_room_is_held_against_no_version(update: Update) -> None:
    full = ("The card is nearly full: 900 MB are left.", "room")
    at = update.machine = Pressed(update.data, update=update, not_ready=full)
    update.go_on()
    assert at.time > 600.0
    assert told(update)["state"] == "done"


@pytest.mark.parametrize("kind", ["room", "over"])
def test_what_is_held_against_no_version_hides_no_camera_that_is_gone(
    update: Update, kind: str
) -> None:
    twin(update).not_ready, twin(update).ill = ("It is not ready.", kind), "camera"
    update.go_on()
    assert (told(update)["state"], told(update)["why"]) == ("gone back", NO_CAMERA)


@pytest.mark.parametrize(
    ("why", "kind", "state"),
    [
        ("The time the box was armed for is over.", "over", "done"),
        ("armed.json cannot be read.", "statement", "gone back"),
        ("The card failed.", "card", "gone back"),
    ],
)
def test_an_arming_that_ran_out_is_no_illness_and_a_statement_that_is_lost_is_one(
    update: Update, why: str, kind: str, state: str
) -> None:
    at = twin(update)
    at.cut_after = 12
    with pytest.raises(CutError):
        update.go_on()
    at.start_again()
    at.not_ready = (why, kind)
    update.early()
    assert told(update)["state"] == "proving"
    update.go_on()
    assert told(update)["state"] == state


@pytest.mark.parametrize("step", ["installing", "going back"])
def test_while_a_slow_card_installs_nobody_unlocks(update: Update, step: str) -> None:
    version = "1" if step == "installing" else "2"
    at = update.machine = Pressed(update.data, update=update, version=version, is_slow=True)
    journal = update.read()
    assert journal
    update.write(replace(journal, step=step))
    update.go_on()
    assert at.time >= 600.0
    assert all(at.held)


@pytest.mark.skipif(shutil.which("dpkg") is None, reason="this machine has no dpkg")
def test_what_dpkg_says_is_told_when_it_fails() -> None:
    asked: list[bool] = []
    said = steps.Box().dpkg("--info", "/nowhere.deb", meanwhile=lambda: asked.append(True))
    assert said.startswith("It cannot be installed: ")
    assert "/nowhere.deb" in said
    assert asked
    assert steps.Box().dpkg("--version", meanwhile=lambda: None) == ""


def test_while_a_film_holds_up_the_way_back_nobody_unlocks(update: Update) -> None:
    at = update.machine = Pressed(update.data, update=update, film_s=600.0)
    journal = update.read()
    assert journal
    update.write(replace(journal, step="going back"))
    update.go_on()
    assert told(update)["state"] == "gone back"
    assert at.time >= 600.0
    assert all(at.held)


@pytest.mark.parametrize("state", ["installing", "proving", "going back"])
def test_until_it_is_proved_the_page_is_told_to_stay_locked(update: Update, state: str) -> None:
    at = twin(update)
    journal = update.read()
    assert journal
    update.tell(state, journal)
    assert told(update)["boot"] == at.boot()
    assert told(update)["locked_until_s"] == steps.PATIENCE_S


def test_after_a_boot_the_page_is_told_anew_to_stay_locked(update: Update) -> None:
    at = twin(update)
    at.cut_after = 12
    with pytest.raises(CutError):
        update.go_on()
    at.start_again()
    update.early()
    assert told(update)["state"] == "proving"
    assert told(update)["boot"] == "boot 1"


@pytest.mark.parametrize("ill", ["", "page", "dpkg"])
@pytest.mark.parametrize("cut_after", range(1, 60))
def test_a_cut_at_any_moment_leaves_a_whole_package_at_the_next_boot(
    update: Update, cut_after: int, ill: str
) -> None:
    at = twin(update)
    at.ill, at.cut_after = ill, cut_after
    try:
        update.go_on()
    except CutError:
        at.start_again()
        update.early()
        # what the recorder starts from is whole, whichever version it is
        assert at.state.split()[-1] in ("installed", "unpacked", "half-configured")
        update.go_on()
    assert is_well(update, "1" if ill else "2")
    assert update.read() is None
    assert told(update)["state"] == ("gone back" if ill else "done")


def test_cut_again_and_again_while_it_is_installed_it_goes_back(update: Update) -> None:
    at = twin(update)
    at.cut_after = 2
    for _ in range(2):
        with pytest.raises(CutError):
            update.go_on() if not at.boots else update.early()
        at.start_again()
        at.cut_after = 1
    at.cut_after = -1
    update.early()
    assert at.version == "1"
    update.go_on()
    assert told(update)["state"] == "gone back"
    assert is_well(update, "1")


def test_going_back_that_fails_is_tried_again_at_the_next_boot(update: Update) -> None:
    at = twin(update)
    at.ill = "page"
    (update.folder / "before.deb").rename(update.folder / "gone.deb")
    with pytest.raises(FileNotFoundError):
        update.go_on()
    assert update.read()
    (update.folder / "gone.deb").rename(update.folder / "before.deb")
    at.start_again()
    update.early()
    update.go_on()
    assert is_well(update, "1")


def test_when_even_going_back_fails_all_runs_that_can_and_a_boot_tries_again(
    update: Update,
) -> None:
    at = twin(update)
    at.ill, at.is_stuck = "page", True
    update.go_on()
    assert told(update)["state"] == "going back"
    assert all(at.pids.values())
    at.is_stuck = False
    at.start_again()
    update.early()
    update.go_on()
    assert is_well(update, "1")
    assert told(update)["state"] == "gone back"


def test_without_an_update_nothing_is_done(update: Update) -> None:
    (update.folder / "journal.json").unlink()
    update.early()
    update.go_on()
    assert twin(update).calls == []


def test_a_card_that_is_full_before_anything_was_changed_refuses(
    update: Update, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "_SPARE_BYTES", 1 << 62)
    update.go_on()
    assert told(update)["state"] == "refused"
    assert "No space left" in told(update)["why"]
    assert is_well(update, "1")


def test_the_steps_need_nothing_but_python() -> None:
    text = Path(steps.__file__).read_text("utf-8")
    imported = {
        line.split()[1].partition(".")[0]
        for line in text.splitlines()
        if line.startswith(("import ", "from "))
    }
    assert imported <= set(sys.stdlib_module_names)


def test_a_journal_says_the_same_when_it_is_read_again(update: Update) -> None:
    journal = replace(update.read() or pytest.fail("none"), cuts=1, why="so")
    update.write(journal)
    assert update.read() == journal


def test_a_journal_of_another_version_is_read(update: Update) -> None:
    journal = replace(update.read() or pytest.fail("none"), around=tuple(AROUND))
    path = update.folder / "journal.json"
    update.write(journal)
    found = json.loads(path.read_text())
    path.write_text(json.dumps(found | {"newer": 1}))
    assert update.read() == journal
    del found["around"]
    path.write_text(json.dumps(found))
    assert update.read() == replace(journal, around=())


def test_what_a_journal_notes_and_this_version_does_not_know_is_asked_of_nobody(
    update: Update,
) -> None:
    journal = update.read() or pytest.fail("none")
    update.write(replace(journal, step="proving", around=("newer", WIFI)))
    twin(update).version = "2"
    update.go_on()
    assert told(update)["state"] == "done"


SYSTEMCTL = """#!/bin/sh
case "$2" in
    vigbox-front.service) echo "ActiveState=$FRONT" ;;
    vigbox-net.service) echo MainPID=42 ;;
    *) echo "ActiveState=$STATE" ;;
esac
echo "Result=$RESULT
ReloadResult=$RELOAD"
"""
PKCHECK = '#!/bin/sh\ntest "$1 $2 $3" = "--process 42 --action-id" && test "$4" != "$DENIED"\n'


@pytest.fixture
def told_by(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., steps.Box]:
    """Give a box whose systemd and polkit answer with what is told."""
    for name, text in (("systemctl", SYSTEMCTL), ("pkcheck", PKCHECK)):
        (tmp_path / "bin").mkdir(exist_ok=True)
        (tmp_path / "bin" / name).write_text(text)
        (tmp_path / "bin" / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    well = {"FRONT": "inactive", "STATE": "active", "RESULT": "success", "RELOAD": "success"}

    def box(**facts: str) -> steps.Box:
        for key, value in (well | {"DENIED": ""} | facts).items():
            monkeypatch.setenv(key, value)
        return steps.Box()

    return box


@pytest.mark.parametrize("name", sorted(AROUND.keys() - {WIFI, RIGHTS}))
def test_a_unit_is_well_when_it_runs_and_was_not_reloaded_in_vain(
    told_by: Callable[..., steps.Box], name: str
) -> None:
    assert told_by().is_well(name)
    assert not told_by(RESULT="exit-code").is_well(name)
    assert not told_by(RELOAD="exit-code").is_well(name)
    for state in ("failed", "activating", "deactivating", "inactive"):
        is_over = (name, state) == (FRONT, "inactive")
        assert told_by(FRONT=state, STATE=state).is_well(name) is is_over


def test_the_helper_s_rights_are_those_that_it_needs_for_the_wifi(
    told_by: Callable[..., steps.Box], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert told_by().is_well(RIGHTS)
    for each in ("network-control", "wifi.share.protected"):
        assert not told_by(DENIED=f"org.freedesktop.NetworkManager.{each}").is_well(RIGHTS)
    monkeypatch.setattr(steps, "HELPER", "none.service")
    assert not told_by().is_well(RIGHTS), "it does not run"


def test_the_wifi_is_up_when_the_helper_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert steps.WIFI_STATE == wifi_state.STATE
    path = tmp_path / "state.json"
    monkeypatch.setattr(steps, "WIFI_STATE", path)
    assert not steps.Box().is_well(WIFI)
    problems = (Problem("other-country", "DE, not NL"),)
    path.write_bytes(WifiState("vb-1", "10.42.0.1", is_up=True, problems=problems).to_bytes())
    assert steps.Box().is_well(WIFI)
    for said in (WifiState("vb-1").to_bytes(), b'{"is_up": 1}', b"[]", b"\xff", b""):
        path.write_bytes(said)
        assert not steps.Box().is_well(WIFI), said


@contextlib.contextmanager
def answering(path: Path, *said: bytes, is_slow: bool = False) -> Iterator[str]:
    """Somebody at a socket who says this to whoever asks; slowly, it is said again and again."""
    over = threading.Event()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()

        def serve() -> None:
            link, _ = server.accept()
            with link, contextlib.suppress(OSError):
                link.recv(4096)
                for each in said:
                    link.sendall(each)
                while is_slow and not over.wait(0.01):
                    link.sendall(b"x")

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield str(path)
        finally:
            over.set()
            thread.join(30)


@pytest.mark.parametrize(
    ("said", "is_there"),
    [
        ((b"HTTP/1.1 200 OK\r\nX: y\r\n\r\n<html>",), True),
        ((b"HTTP/1.", b"1 20", b"0 OK\r\n"), True),
        ((b"HTTP/1.1 500 Oh\r\n\r\n",), False),
        ((b"HTTP/1.1 2000 OK\r\n",), False),
        ((b"200 200 200\r\n",), False),
        ((b"\n",), False),
        ((b"",), False),
        ((b"\xff" * 100,), False),
    ],
)
def test_a_page_is_there_when_it_says_so_in_its_first_line(
    tmp_path: Path, said: tuple[bytes, ...], *, is_there: bool
) -> None:
    with answering(tmp_path / "sock", *said) as path:
        assert steps.is_page(path, "box") is is_there
    assert not steps.is_page(str(tmp_path / "none"), "box")


def test_a_page_that_answers_byte_by_byte_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    with answering(tmp_path / "sock", b"HTTP/1.1 200 ", is_slow=True) as path:
        began = time.monotonic()
        assert not steps.is_page(path, "box", within_s=0.5)
        assert 0.4 < time.monotonic() - began < 10.0


def test_a_page_that_says_too_much_is_none(tmp_path: Path) -> None:
    with answering(tmp_path / "sock", b"x" * (3 << 20), is_slow=True) as path:
        assert not steps.is_page(path, "box")


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (b'{"mode": "idle", "not_ready": ""}\n', {"mode": "idle", "not_ready": ""}),
        (b'{"error": "no"}\n', None),
        (b"[]\n", None),
        (b"\xff\n", None),
        (b"[" * 200_000 + b"\n", None),
        (b"", None),
    ],
)
def test_the_recorder_is_believed_when_it_gives_its_status(
    tmp_path: Path, said: bytes, status: object
) -> None:
    with answering(tmp_path / "sock", said) as path:
        assert steps.Box().recorder(path) == status


def test_a_film_is_ended_by_asking_the_recorder(tmp_path: Path) -> None:
    with answering(tmp_path / "sock", b'{"done": true}\n') as path:
        steps.Box().end_film(path)
    steps.Box().end_film(str(tmp_path / "none"))
